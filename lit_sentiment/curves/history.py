"""The figures of a training, epoch by epoch."""

import math
from dataclasses import dataclass, field
from pathlib import Path

from lit_sentiment.errors import InputError, reason
from lit_sentiment.files import replace_text

FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy", "penalty", "val_penalty", "data_loss", "val_data_loss")
"""Every figure that a history can hold, in the order of its columns."""


@dataclass
class History:
    """A curve per figure: one value per epoch, from epoch 0; NaN where a figure does not apply."""

    curves: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in FIGURES})

    def __len__(self) -> int:
        """Return the number of epochs."""
        return len(self.curves["loss"])

    def __getitem__(self, figure: str) -> list[float]:
        """Return the curve of a figure."""
        return self.curves[figure]

    def append(self, figures: dict[str, float]) -> None:
        """Add an epoch; what else `figures` holds is passed over."""
        for name, curve in self.curves.items():
            curve.append(float(figures.get(name, math.nan)))

    def epoch(self, epoch: int) -> dict[str, float]:
        """Return the figures of an epoch that apply to it; -1 is the last."""
        return {name: curve[epoch] for name, curve in self.curves.items() if not math.isnan(curve[epoch])}

    def until(self, epochs: int) -> "History":
        """Return the history of the first epochs."""
        return History({name: curve[:epochs] for name, curve in self.curves.items()})

    def data_curve(self, prefix: str = "") -> list[float]:
        """Return the loss without the penalty, where there is one; `prefix` is empty or `val_`."""
        data_loss = self.curves[f"{prefix}data_loss"]
        return self.curves[f"{prefix}loss"] if all(map(math.isnan, data_loss)) else data_loss

    @property
    def best_epoch(self) -> int:
        """The epoch, from 0, of the smallest val_loss; the first of several; 0 where there is none."""
        return min(range(len(self)), key=lambda epoch: (math.isnan(value := self["val_loss"][epoch]), value), default=0)

    @property
    def rise(self) -> float:
        """How far the last validation loss is above the smallest, both without the penalty."""
        losses = self.data_curve("val_")
        return losses[-1] - min(losses)

    def write(self, path: Path) -> None:
        """Write a row per epoch as CSV, at full precision, empty where a figure does not apply."""
        rows = [["epoch", *FIGURES]]
        for epoch in range(len(self)):
            values = [self.curves[name][epoch] for name in FIGURES]
            rows.append([str(epoch), *("" if math.isnan(value) else repr(value) for value in values)])
        replace_text(path, "".join(",".join(row) + "\n" for row in rows))

    @classmethod
    def read(cls, path: Path) -> "History":
        """Read what `write` wrote, in this version or one that logged a figure more or less.

        Raises:
            InputError: The file is missing or is not such a table.
        """
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as fault:
            raise InputError(f"{path}: expected the history of a run, found {reason(fault)}") from None
        columns = lines[0].split(",") if lines else []
        if columns[:1] != ["epoch"] or not {"loss", "val_loss"} <= {*columns} or len({*columns}) < len(columns):
            expected = "epoch,loss, val_loss and other figures, each once"
            raise InputError(f"{path}, line 1: expected {expected}, found {''.join(lines[:1])[:80]!r}")
        history = cls()
        for line, row in enumerate(lines[1:], start=2):
            try:
                epoch, *values = row.split(",")
                if int(epoch) != len(history):
                    raise ValueError(f"epoch {epoch}")
                if len(values) != len(columns) - 1:
                    raise ValueError(f"{len(values)} numbers")
                figures = (float(value or math.nan) for value in values)
                history.append(dict(zip(columns[1:], figures, strict=True)))
            except ValueError as fault:
                expected = f"epoch {line - 2} and {len(columns) - 1} numbers"
                raise InputError(f"{path}, line {line}: expected {expected}, found {fault}") from None
        return history
