"""Whether the runs of a study are the same as Keras's: over the seeds, and run by run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lit_sentiment.errors import InputError
from lit_sentiment.reference.comparison import compare_curves
from lit_sentiment.reference.recorded_reference import Curves, RecordedReference
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
        tests = {
            figure: equivalence(
                [value(ours) - value(reference.curves) for ours, reference in pairs],
                accuracy_margin if "accuracy" in figure else loss_margin,
            )
            for figure, value in COMPARED.items()
        }
        same = sum(_is_same(ours, reference) for ours, reference in pairs)
        agreements.append(KerasAgreement(group.title, len(pairs), same, tests))
    return agreements


def _is_same(ours: Curves, reference: RecordedReference) -> bool:
    try:
        comparisons = compare_curves(ours, reference.curves, reference.twins, reference.identity)
    except InputError:  # it ended where no Keras run does, or has values that are no numbers
        return False
    return all(comparison.same for comparison in comparisons)
