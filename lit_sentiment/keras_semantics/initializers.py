"""Keras's initialisers by name: initial weights in Keras's layout, inputs before outputs.

Source: Keras 3.15.1, `initializers/__init__.py`.
"""

import re
from typing import Any

from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics.config_objects import constructed, keras_object, object_in, shown
from lit_sentiment.keras_semantics.constant_initializers import Constant, Identity, Initializer, Ones, Zeros
from lit_sentiment.keras_semantics.random_initializers import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
)
from lit_sentiment.keras_semantics.seed_generator import SeedGenerator

__all__ = [
    "INITIALIZERS",
    *("Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity", "Initializer", "LecunNormal"),
    *("LecunUniform", "Ones", "Orthogonal", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling"),
    *("Zeros", "initializer_config", "initializer_from_config", "initializer_named"),
]

INITIALIZERS: dict[str, type[Initializer]] = {
    kind.__name__: kind
    for kind in (
        *(Zeros, Ones, Constant, Identity, RandomUniform, RandomNormal, TruncatedNormal, VarianceScaling),
        *(GlorotUniform, GlorotNormal, HeUniform, HeNormal, LecunUniform, LecunNormal, Orthogonal),
    )
}
"""By Keras's name of the class."""

_OTHER_NAMES = {
    **{re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(): name for name in INITIALIZERS},
    "zero": "Zeros",
    "one": "Ones",
    "uniform": "RandomUniform",
    "normal": "RandomNormal",
    "IdentityInitializer": "Identity",
    "OrthogonalInitializer": "Orthogonal",
}


def initializer_config(initializer: Initializer) -> dict[str, Any]:
    """Return an initialiser as Keras serializes it."""
    return keras_object("keras.initializers", type(initializer).__name__, initializer.get_config())


def initializer_named(name: str) -> type[Initializer] | None:
    """Return the class that one of Keras's names stands for, or None."""
    return INITIALIZERS.get(_OTHER_NAMES.get(name, name))


def initializer_from_config(value: Any) -> Initializer:
    """Make an initialiser from its Keras config; one without a seed draws it now.

    Args:
        value: A name, or an object as Keras 2 or 3 serializes it.

    Raises:
        InputError: It is another initialiser, or has a setting that it cannot have.
    """
    found = object_in(value, "keras.initializers")
    kind = None if found is None else initializer_named(found.name)
    if found is None or kind is None:
        raise InputError(f"expected an initialiser of {', '.join(INITIALIZERS)}, found {shown(value)}")
    settings = {name: one for name, one in found.settings.items() if name != "dtype"}  # in files of TensorFlow 1
    match object_in(settings.get("seed"), "keras.random"):
        case ("SeedGenerator", {"seed": int() | None as seed}):
            settings["seed"] = SeedGenerator(seed)
    try:
        return constructed(kind, settings)
    except InputError as refusal:
        raise InputError(f"{kind.__name__}: {refusal}") from None
