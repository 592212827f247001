"""How early a verdict on the epochs so far is the one on the whole training."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from lit_sentiment.curves.history import History
from lit_sentiment.curves.overfitting import diagnose
from lit_sentiment.curves.verdict import FEWEST_EPOCHS, RISING_KINDS


def rises_after(history: History, chance: float | None = 0.5) -> list[bool]:
    """Say for the first FEWEST_EPOCHS epochs, and for each more, whether the verdict is that validation loss rises."""
    lengths = range(min(FEWEST_EPOCHS, len(history)), len(history) + 1)
    return [diagnose(history.until(length), chance).kind in RISING_KINDS for length in lengths]


def epochs_until_told(history: History, chance: float | None = 0.5) -> int:
    """Return how many epochs after the smallest validation loss the verdict first says that it rises.

    Where it never does, they reach one beyond the end.
    """
    losses, said = history.data_curve("val_"), rises_after(history, chance)
    told = said.index(True) if True in said else len(said)
    return min(FEWEST_EPOCHS, len(history)) + told - 1 - losses.index(min(losses))


@dataclass(frozen=True)
class EarlyWarning:
    """How early and how reliably the verdict on the epochs so far tells of a rise, over several runs."""

    rising: int
    """Runs in which validation loss rises in the end, by the verdict on all epochs."""
    epochs: list[int]
    """Of each of them, how many epochs after the smallest validation loss the verdict first says so; in order."""
    others: int
    """The other runs."""
    false_alarms: int
    """Those of them in which the verdict says so at some epoch."""

    @classmethod
    def of(cls, runs: Iterable[tuple[History, float]]) -> "EarlyWarning":
        """Judge runs, each a history and the accuracy of always giving the commonest label."""
        epochs, alarms = [], []
        for history, chance in runs:
            said = rises_after(history, chance)
            if said[-1]:
                epochs.append(epochs_until_told(history, chance))
            else:
                alarms.append(any(said))
        return cls(len(epochs), sorted(epochs), len(alarms), sum(alarms))

    @property
    def sentence(self) -> str:
        """Say it."""
        parts = []
        if self.rising:
            parts.append(
                f"in {self.rising} runs validation loss rises in the end, and the verdict first says so "
                f"{median(self.epochs):g} epochs after its minimum (median; {self.epochs[0]} to {self.epochs[-1]})"
            )
        if self.others:
            parts.append(
                f"in {self.others} runs it does not, and the verdict says so at some epoch in {self.false_alarms}"
            )
        return "; ".join(parts)
