"""The curves of a Keras training, recorded in a file, and how far Keras strays from itself."""

import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from lit_sentiment.errors import InputError
from lit_sentiment.files import read_object, replace_text
from lit_sentiment.runs.identity import Identity, apart_from_roundings

Curves = dict[str, list[float]]
COMPARED_FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy")
OWN_REFERENCES = Path("references")
"""Where the command `reference` writes by default, and where references are looked for beside the package's own."""


@dataclass(frozen=True)
class RecordedReference:
    """What the command `reference` records of one training."""

    identity: Identity
    curves: Curves
    """By figure, a value per epoch, at full precision."""
    twins: list[Curves]
    """The same of Keras runs whose every initial weight was moved by a rounding (`keras_run`)."""
    provenance: dict[str, Any]
    """Versions, platform, and the command that made the file."""

    def write(self, path: Path) -> None:
        """Write as JSON, a line per curve."""
        parts = [
            f'"identity": {json.dumps(self.identity)}',
            f'"provenance": {json.dumps(self.provenance)}',
            f'"curves": {_curves_json(self.curves)}',
            '"twins": [' + ",\n".join(map(_curves_json, self.twins)) + "]",
        ]
        replace_text(path, "{\n" + ",\n".join(parts) + "\n}\n")

    @classmethod
    def read(cls, path: Path) -> "RecordedReference":
        """Read what `write` wrote.

        Raises:
            InputError: The file is missing or holds something else.
        """
        kinds = {"identity": dict, "curves": dict, "twins": list, "provenance": dict}
        content = read_object(path, "a recorded reference", kinds)
        return cls(**{name: content[name] for name in kinds})


def recorded_references() -> Iterator[Path]:
    """Yield the references that come with the package."""
    folder = Path(str(files("lit_sentiment.reference"))) / "recorded"
    yield from sorted(folder.glob("*.json"))


def find_reference(identity: Identity) -> RecordedReference | None:
    """Return the reference that was recorded for exactly this training, but for roundings, if there is one.

    It may come with the package or lie in `references/` in the working directory; what cannot be read there is passed
    over with a warning.
    """
    wanted = apart_from_roundings(identity)
    references = (RecordedReference.read(path) for path in recorded_references())
    return next((one for one in (*references, *_own_references()) if one.identity == wanted), None)


def _own_references() -> Iterator[RecordedReference]:
    for path in sorted(OWN_REFERENCES.glob("*.json")):
        try:
            yield RecordedReference.read(path)
        except InputError as refusal:
            warnings.warn(f"{refusal}; it is passed over", stacklevel=3)


def _curves_json(curves: Curves) -> str:
    return "{\n" + ",\n".join(f'  "{name}": {json.dumps(curve)}' for name, curve in curves.items()) + "\n}"
