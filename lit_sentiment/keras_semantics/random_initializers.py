"""Initial weights that are drawn.

Source: Keras 3.15.1, `initializers/random_initializers.py`.

Keras equivalence, on a CPU: uniform weights are bit-equal; normal ones are within the rounding of
`stateless_random.normal`, orthogonal ones within that of `Orthogonal`.
"""

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_semantics.config_objects import keras_object
from lit_sentiment.keras_semantics.constant_initializers import Initializer, Shape, require_number, through_float32
from lit_sentiment.keras_semantics.seed_generator import Generator, SeedGenerator

TRUNCATED_STDDEV = 0.87962566103423978
"""Of a standard normal cut at 2."""


class RandomInitializer(Initializer):
    """An initialiser that draws.

    Args:
        seed: An integer, with which every call returns the same numbers; a SeedGenerator, with which each call draws
            anew; or None for an integer from Python's `random`, taken when the initialiser is constructed.
    """

    def __init__(self, seed: int | SeedGenerator | None = None) -> None:
        if not isinstance(seed, int | SeedGenerator | None):
            raise SettingError("seed", "a whole number, a SeedGenerator or none", seed)
        self._given_seed = seed
        self.seed = SeedGenerator().seed if seed is None else seed

    def get_config(self) -> dict[str, Any]:
        """Return the settings under Keras's names; `seed` is the one given, not the one drawn."""
        seed: Any = self._given_seed
        if isinstance(seed, SeedGenerator):
            seed = keras_object("keras.random", "SeedGenerator", {"seed": seed.given_seed})
        return super().get_config() | {"seed": seed}

    def _generator(self, given: Generator | None) -> Generator:
        if given is not None:
            return given
        return self.seed if isinstance(self.seed, SeedGenerator) else SeedGenerator(self.seed)


class RandomUniform(RandomInitializer):
    """`keras.initializers.RandomUniform(minval, maxval, seed)`: in [minval, maxval), which pass through float32.

    The default of `keras.layers.Embedding`.
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: int | SeedGenerator | None = None) -> None:
        self.minval, self.maxval = require_number("minval", minval), require_number("maxval", maxval)
        super().__init__(seed)

    def __call__(self, shape: Shape, dtype: torch.dtype, generator: Generator | None = None) -> Tensor:
        """Return the numbers; see Initializer."""
        low, high = through_float32(self.minval, dtype), through_float32(self.maxval, dtype)
        return self._generator(generator).uniform(shape, dtype) * (high - low) + low


class RandomNormal(RandomInitializer):
    """`keras.initializers.RandomNormal(mean, stddev, seed)`."""

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | SeedGenerator | None = None) -> None:
        self.mean, self.stddev = require_number("mean", mean), require_number("stddev", stddev)
        super().__init__(seed)

    def __call__(self, shape: Shape, dtype: torch.dtype, generator: Generator | None = None) -> Tensor:
        """Return the numbers; see Initializer."""
        return self._generator(generator).normal(shape, dtype) * self.stddev + self.mean


class TruncatedNormal(RandomNormal):
    """`keras.initializers.TruncatedNormal(mean, stddev, seed)`: normal, less what is 2 or more stddev from the mean."""

    def __call__(self, shape: Shape, dtype: torch.dtype, generator: Generator | None = None) -> Tensor:
        """Return the numbers; see Initializer."""
        return self._generator(generator).truncated_normal(shape, dtype) * self.stddev + self.mean


class VarianceScaling(RandomInitializer):
    """`keras.initializers.VarianceScaling(scale, mode, distribution, seed)`: of the variance scale / fan.

    The kernel of an LSTM is one matrix to it, so its fan_out is four times the number of units. That of a convolution
    has its fans times the width.

    Args:
        scale: More than 0.
        mode: `fan_in`, `fan_out` or `fan_avg`.
        distribution: `uniform`, `untruncated_normal` or `truncated_normal` (also `normal`).
        seed: See RandomInitializer.
        input_axes: The axes that are inputs, if they are not those above.
        output_axes: The axes that are outputs; they count if both are given.
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | SeedGenerator | None = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        if not require_number("scale", scale) > 0:
            raise SettingError("scale", "more than 0", scale)
        if mode not in ("fan_in", "fan_out", "fan_avg"):
            raise SettingError("mode", "fan_in, fan_out or fan_avg", mode)
        distribution = {"normal": "truncated_normal"}.get(str(distribution).lower(), str(distribution).lower())
        if distribution not in ("uniform", "truncated_normal", "untruncated_normal"):
            raise SettingError("distribution", "uniform, truncated_normal or untruncated_normal", distribution)
        self.scale, self.mode, self.distribution = scale, mode, distribution
        self.input_axes, self.output_axes = input_axes, output_axes
        super().__init__(seed)

    def __call__(self, shape: Shape, dtype: torch.dtype, generator: Generator | None = None) -> Tensor:
        """Return the numbers; see Initializer."""
        fan_in, fan_out = self._fans(shape)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}[self.mode]
        # In Keras's order of operations: sqrt(6 / (fan_in + fan_out)) may round the other way.
        variance = self.scale / max(1.0, fan)
        source = self._generator(generator)
        if self.distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            return RandomUniform(-limit, limit, seed=0)(shape, dtype, source)
        if self.distribution == "untruncated_normal":
            return RandomNormal(0.0, math.sqrt(variance), seed=0)(shape, dtype, source)
        return TruncatedNormal(0.0, math.sqrt(variance) / TRUNCATED_STDDEV, seed=0)(shape, dtype, source)

    def _fans(self, shape: Shape) -> tuple[int, int]:
        """Return the number of inputs and of outputs."""
        if self.input_axes is not None and self.output_axes is not None:
            fan_in, fan_out = (math.prod(shape[axis] for axis in axes) for axes in (self.input_axes, self.output_axes))
            return fan_in, fan_out
        width = math.prod(shape[:-2])
        return (shape[0], shape[0]) if len(shape) == 1 else (shape[-2] * width, shape[-1] * width)


class NamedScaling(VarianceScaling):
    """A VarianceScaling under a name of its own: scale, mode and distribution are its `rule`."""

    rule: ClassVar[tuple[float, str, str]]

    def __init__(
        self,
        seed: int | SeedGenerator | None = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        super().__init__(*self.rule, seed, input_axes, output_axes)


class GlorotUniform(NamedScaling):
    """`keras.initializers.GlorotUniform(seed)`: the default of every kernel."""

    rule = (1.0, "fan_avg", "uniform")


class GlorotNormal(NamedScaling):
    """`keras.initializers.GlorotNormal(seed)`."""

    rule = (1.0, "fan_avg", "truncated_normal")


class HeUniform(NamedScaling):
    """`keras.initializers.HeUniform(seed)`."""

    rule = (2.0, "fan_in", "uniform")


class HeNormal(NamedScaling):
    """`keras.initializers.HeNormal(seed)`."""

    rule = (2.0, "fan_in", "truncated_normal")


class LecunUniform(NamedScaling):
    """`keras.initializers.LecunUniform(seed)`."""

    rule = (1.0, "fan_in", "uniform")


class LecunNormal(NamedScaling):
    """`keras.initializers.LecunNormal(seed)`."""

    rule = (1.0, "fan_in", "truncated_normal")


class Orthogonal(RandomInitializer):
    """`keras.initializers.Orthogonal(gain, seed)`: orthonormal columns, or rows where it is wider than tall.

    The recurrent kernel of an LSTM is one matrix to it, not four. All axes but the last of a convolution are its rows.

    Keras equivalence: for an LSTM of up to 200 units, 2.8e-7 in float32 and 8.6e-16 in float64 at most, with the same
    signs. TensorFlow's QR is Eigen's, torch's is LAPACK's; float32 is factorised in float64, which leaves only the
    rounding that is TensorFlow's own. A nearly square matrix is worse conditioned, and so further off.
    """

    def __init__(self, gain: float = 1.0, seed: int | SeedGenerator | None = None) -> None:
        self.gain = require_number("gain", gain)
        super().__init__(seed)

    def __call__(self, shape: Shape, dtype: torch.dtype, generator: Generator | None = None) -> Tensor:
        """Return the matrix, of the shape asked for; see Initializer."""
        if len(shape) < 2:
            raise InputError(f"Orthogonal: expected a weight of rank 2 or more, found the shape {tuple(shape)}")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        normal = self._generator(generator).normal((max(rows, columns), min(rows, columns)), dtype)
        q, r = torch.linalg.qr(normal.double())
        # The signs of a QR are arbitrary; these make Q uniform over the orthogonal matrices, and the same in every
        # library.
        q = q * r.diagonal().sign()
        return self.gain * (q.T if rows < columns else q).to(dtype).reshape(tuple(shape))
