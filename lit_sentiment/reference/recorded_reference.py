"""The curves of a Keras training, recorded in a file, and how far Keras strays from itself."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from lit_sentiment.errors import InputError
from lit_sentiment.files import replace_text
from lit_sentiment.runs.identity import Identity

Curves = dict[str, list[float]]
COMPARED_FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy")


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
        try:
            return cls(**json.loads(path.read_text()))
        except OSError as refusal:
            raise InputError(f"{path}: expected a recorded reference, found {refusal.strerror}") from None
        except (ValueError, TypeError) as fault:
            raise InputError(f"{path}: expected a recorded reference, found {fault}") from None


def recorded_references() -> Iterator[Path]:
    """Yield the references that come with the package."""
    folder = Path(str(files("lit_sentiment.reference"))) / "recorded"
    yield from sorted(folder.glob("*.json"))


def find_reference(identity: Identity) -> RecordedReference | None:
    """Return the reference in the package that was recorded for exactly this training, if there is one."""
    references = (RecordedReference.read(path) for path in recorded_references())
    return next((reference for reference in references if reference.identity == identity), None)


def _curves_json(curves: Curves) -> str:
    return "{\n" + ",\n".join(f'  "{name}": {json.dumps(curve)}' for name, curve in curves.items()) + "\n}"
