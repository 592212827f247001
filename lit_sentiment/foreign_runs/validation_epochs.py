"""Curves that were logged by step, as epochs: an epoch is what lies between two validations."""

import math
from bisect import bisect_right

from lit_sentiment.errors import listed
from lit_sentiment.tensorboard.event_files import Points


class ValidationEpochs:
    """The validations of a training as its epochs.

    A training value belongs to the first validation at its step or later; several are averaged. A validation without
    one takes the next training value (it may be a mean that is logged less often); where none follows, it is no epoch:
    the model was validated again after training, or, at step 0, before it.

    Args:
        train: The training loss.
        validation: The validation loss.
    """

    def __init__(self, train: Points, validation: Points) -> None:
        self.notes: list[str] = []
        self._as_fractions = _count_differently(train, validation)
        last_values = dict(validation)  # a later value of the same step counts
        ends = self._positions(list(last_values.items()))
        self._ends, self.steps = ends, list(last_values)
        values, counts = self._spread(train)
        kept = [
            epoch
            for epoch, value in enumerate(values)
            if value is not None and not (self.steps[epoch] == 0 < train[0][0] and not self._as_fractions)
        ]
        dropped = [self.steps[epoch] for epoch in sorted({*range(len(ends))} - {*kept})]
        self._ends, self.steps = [ends[epoch] for epoch in kept], [self.steps[epoch] for epoch in kept]
        self._describe(dropped, [counts[epoch] for epoch in kept])

    def __len__(self) -> int:
        """Return the number of epochs."""
        return len(self.steps)

    def of_training(self, points: Points) -> list[float]:
        """Return a value per epoch of a training curve, NaN where there is none."""
        return [math.nan if value is None else value for value in self._spread(points)[0]]

    def of_validation(self, points: Points) -> list[float]:
        """Return a value per epoch of a validation curve, NaN where there is none."""
        by_end = dict(zip(self._positions(points), (value for _, value in points), strict=True))
        return [by_end.get(end, math.nan) for end in self._ends]

    def _spread(self, points: Points) -> tuple[list[float | None], list[int]]:
        positions = self._positions(points)
        values: list[float | None] = []
        counts, start = [], 0
        for end in self._ends:
            stop = bisect_right(positions, end)
            own = points[start:stop] or points[stop : stop + 1]
            values.append(sum(value for _, value in own) / len(own) if own else None)
            counts.append(stop - start)
            start = stop
        return values, counts

    def _positions(self, points: Points) -> list[float]:
        if not self._as_fractions:
            return [step for step, _ in points]
        first, last = points[0][0], points[-1][0]
        spacing = (last - first) / max(1, len({step for step, _ in points}) - 1) or 1
        return [round((step - first + spacing) / (last - first + spacing), 9) for step, _ in points]

    def _describe(self, dropped: list[int], counts: list[int]) -> None:
        if self._as_fractions:
            self.notes.append("training and validation count their steps differently; both are taken to end together")
        if self.steps and not _are_epochs(self.steps):
            self.notes.append(
                f"an epoch here is a validation: {len(self)} of them, at steps {self.steps[0]} to {self.steps[-1]}"
            )
        if max(counts, default=0) > 1:
            self.notes.append("training values are averaged over the steps since the validation before")
        if 0 in counts:
            self.notes.append("training is logged less often than validation; the next training value counts")
        if dropped:
            self.notes.append(f"left out, for lack of training before it: the validation at step {listed(dropped)}")


def _are_epochs(steps: list[int]) -> bool:
    return steps[0] in (0, 1) and steps == list(range(steps[0], steps[0] + len(steps)))


def _count_differently(train: Points, validation: Points) -> bool:
    """Say whether one of the two is logged by epoch and the other by batch."""
    for one, other in ((train, validation), (validation, train)):
        steps = sorted({step for step, _ in one})
        if len(steps) > 1 and _are_epochs(steps) and other[-1][0] >= 2 * len(steps):
            return True
    return False
