"""Whether the runs of a study are the same as Keras's: over the seeds, and run by run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lit_sentiment.reference.comparison import compare_curves
from lit_sentiment.reference.recorded_reference import Curves
from lit_sentiment.report.statistics import Equivalence, equivalence
from lit_sentiment.report.study_runs import RunGroup

COMPARED: dict[str, Callable[[Curves], float]] = {
    "smallest val_loss": lambda curves: min(curves["val_loss"]),
    "val_loss, last epoch": lambda curves: curves["val_loss"][-1],
    "accuracy, last epoch": lambda curves: curves["accuracy"][-1],
    "val_accuracy, last epoch": lambda curves: curves["val_accuracy"][-1],
}


@dataclass(frozen=True)
class KerasAgreement:
    """A group beside the Keras runs of the same seeds."""

    title: str
    runs: int
    same: int
    """In how many of them every curve is as close to Keras as Keras to itself."""
    tests: dict[str, Equivalence]
    """By figure."""


def keras_agreements(groups: Sequence[RunGroup], loss_margin: float, accuracy_margin: float) -> list[KerasAgreement]:
    """Compare each group that has recorded references with them."""
    agreements = []
    for group in groups:
        pairs = [(run.history.curves, reference) for run, reference in group.referenced]
        if not pairs:
            continue
        comparisons = [compare_curves(ours, it.curves, it.twins, it.identity) for ours, it in pairs]
        tests = {
            figure: equivalence(
                [value(ours) - value(reference.curves) for ours, reference in pairs],
                accuracy_margin if "accuracy" in figure else loss_margin,
            )
            for figure, value in COMPARED.items()
        }
        same = sum(all(curve.same for curve in curves) for curves in comparisons)
        agreements.append(KerasAgreement(group.title, len(pairs), same, tests))
    return agreements
