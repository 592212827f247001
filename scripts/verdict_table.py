"""How often the verdict on curves is right: on the recorded Keras curves cut short, and on simulated ones.

python scripts/verdict_table.py                # two minutes; docs/verdict.md holds what it prints
PYTHONPATH=OTHER_CHECKOUT python scripts/verdict_table.py      # the same of another version
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator

from lit_sentiment.curves.history import History
from lit_sentiment.curves.overfitting import diagnose
from lit_sentiment.reference.recorded_reference import RecordedReference, recorded_references

CURVES = 1000
"""Per cell; the standard error of a share of 3 % is .5 %."""
EPOCHS = (5, 7, 10, 20, 60)
NOISES = (0.01, 0.05, 0.2)
"""Relative to the level of the curve."""
RISING = ("overfitting", "overconfident")

Shape = Callable[[int, int], float]
"""A curve without noise: its value at an epoch of so many."""
LEVEL: dict[str, Shape] = {
    "flat": lambda epoch, epochs: 1.0,
    "levels off at once": lambda epoch, epochs: 1 + 0.5 * 0.4**epoch,
    "levels off slowly": lambda epoch, epochs: 1 + 0.01 ** (3 * epoch / epochs),
}
OTHERS: dict[str, Shape] = {
    "rises by 50 % from a third on": lambda epoch, epochs: 1 + 0.75 * max(0.0, epoch / (epochs - 1) - 1 / 3),
    "rises by 100 % from a third on": lambda epoch, epochs: 1 + 1.5 * max(0.0, epoch / (epochs - 1) - 1 / 3),
    "falls faster every epoch": lambda epoch, epochs: 1 - 0.6 * (epoch / (epochs - 1)) ** 2,
}


def history_of(val_loss: list[float], loss: list[float]) -> History:
    """Return a training without accuracies."""
    history = History()
    for validation, train in zip(val_loss, loss, strict=True):
        history.append({"val_loss": validation, "loss": train})
    return history


def kinds(shape: Shape, epochs: int, noise: float) -> Counter[str]:
    """Return how often each verdict comes, over a training loss that falls."""
    dice, counts = random.Random(f"{epochs} {noise}"), Counter[str]()
    for _ in range(CURVES):
        val_loss = [shape(epoch, epochs) + dice.gauss(0, noise) for epoch in range(epochs)]
        counts[diagnose(history_of(val_loss, [0.9**epoch for epoch in range(epochs)])).kind] += 1
    return counts


def recorded() -> Iterator[dict[str, list[float]]]:
    """Yield the curves of every recorded Keras training."""
    for path in recorded_references():
        reference = RecordedReference.read(path)
        yield from (reference.curves, *reference.twins)


def print_recorded() -> None:
    """Print the verdicts on the recorded curves, cut after each epoch from the fifth on."""
    by_epochs: dict[int, Counter[str]] = {}
    wrong = back = lost = 0
    for curves in recorded():
        before = ""
        for epochs in range(5, len(curves["loss"]) + 1):
            history = History({name: curves.get(name, [float("nan")] * epochs)[:epochs] for name in History().curves})
            kind = diagnose(history).kind
            by_epochs.setdefault(epochs, Counter())[kind] += 1
            val_loss, loss = history["val_loss"], history["loss"]
            lowest = val_loss.index(min(val_loss))
            is_up = val_loss[-1] >= 1.15 * val_loss[lowest] and loss[-1] < loss[lowest]
            wrong += is_up and kind == "healthy"
            back += is_up and before in RISING and kind == "healthy"
            lost += is_up and before in RISING and kind not in RISING
            before = kind
    names = sorted({kind for counts in by_epochs.values() for kind in counts})
    print("| epochs | " + " | ".join(names) + " |\n|---|" + "--:|" * len(names))
    for epochs, counts in sorted(by_epochs.items()):
        print(f"| {epochs} | " + " | ".join(str(counts[name]) for name in names) + " |")
    print(f"\nval_loss 15 % and more above its minimum while the training loss fell, and yet healthy: {wrong}")
    print(f"of these, healthy after a rise was found an epoch before: {back}; in doubt after one: {lost - back}\n")


def print_simulated(title: str, shapes: dict[str, Shape], wanted: tuple[str, ...]) -> None:
    """Print in how many of 100 curves the verdict is one of those named."""
    print(f"\n{title}, of 100 curves\n")
    print("| curve | noise | " + " | ".join(f"{epochs} epochs" for epochs in EPOCHS) + " |")
    print("|---|--:|" + "--:|" * len(EPOCHS))
    for name, shape in shapes.items():
        for noise in NOISES:
            shares = []
            for epochs in EPOCHS:
                counts = kinds(shape, epochs, noise)
                shares.append(f"{100 * sum(counts[kind] for kind in wanted) / CURVES:.1f}")
            print(f"| {name} | {noise:.0%} | " + " | ".join(shares) + " |")


if __name__ == "__main__":
    print_recorded()
    print_simulated("Called overfitting (false alarms)", LEVEL, RISING)
    rises = {name: shape for name, shape in OTHERS.items() if "rises" in name}
    print_simulated("Called overfitting (found)", rises, RISING)
    falling = ("unfinished", "underfitting")
    print_simulated(
        "Called unfinished or underfitting", {"falls faster every epoch": OTHERS["falls faster every epoch"]}, falling
    )
