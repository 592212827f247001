"""`suspects`: the reviews whose labels are most likely wrong."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jsonargparse.typing import PositiveInt

from lit_sentiment.commands.answers import without_formula
from lit_sentiment.console import Console
from lit_sentiment.data.review import Split
from lit_sentiment.errors import InputError
from lit_sentiment.files import replace_text, require_new
from lit_sentiment.process import leaving_at_once

if TYPE_CHECKING:
    import numpy as np

    from lit_sentiment.data.review_data import ReviewData

_SPLITS: tuple[Split, ...] = ("train", "validation")
_COLUMNS = ("split", "place", "label", "text", "probability", "networks", "linear", "networks_against")


@dataclass(frozen=True)
class Suspects:
    """The reviews of a split, and how probable their labels are."""

    split: Split
    networks: "np.ndarray"
    """float64 (N,): the probability of the label of each review, the mean over the runs at their best epochs."""
    linear: "np.ndarray"
    """Likewise of a linear model that was fitted without the review."""
    against: "np.ndarray"
    """int (N,): how many of the runs find another class more likely."""

    @property
    def probability(self) -> "np.ndarray":
        """What they are ranked by: the mean of both, float64 (N,)."""
        return (self.networks + self.linear) / 2


def suspects(runs: list[Path], *, output: Path, count: PositiveInt = 100, spreadsheet: bool = False) -> list[Suspects]:
    """Write the reviews whose labels are most likely wrong, the least probable label first.

    A label is judged by what has not learnt it yet: by the networks at their best epoch, and by a linear model that is
    fitted without the review (cross-validation; for validation reviews, on the training reviews). CSV in UTF-8: split,
    place in the user's file, label, text, probability (the mean of the next two), that of the networks, that of the
    linear model, and how many networks are against the label.

    Args:
        runs: Finished runs of the same reviews, better several seeds.
        output: The file to write.
        count: How many reviews of each split.
        spreadsheet: Put ' before a text or label that starts with = + - @: a spreadsheet takes it for a formula.

    Returns:
        All reviews of both splits.

    Raises:
        InputError: A run or its reviews cannot be read, or the runs are of different reviews.
    """
    require_new("--output", output)
    for place, path in enumerate(runs):
        if path.resolve() in [other.resolve() for other in runs[:place]]:
            raise InputError(f"`runs`: expected each once, found {path} several times")
    with leaving_at_once():
        import numpy as np

        from lit_sentiment.models.linear_baseline import linear_label_probabilities
        from lit_sentiment.report.judge import Judge, label_probabilities
        from lit_sentiment.report.study_runs import read_run

    read, judge = [read_run(path) for path in runs], Judge()
    for run in read[1:]:
        if any(run.identity[f"{split}_sha256"] != read[0].identity[f"{split}_sha256"] for split in _SPLITS):
            raise InputError(f"{run.folder.path}: expected the reviews of {read[0].folder.path}, found others")
    data = judge.data_of(read[0])
    linear = linear_label_probabilities(data.arrays("train"), data.arrays("validation"))
    found = []
    for split, by_linear in zip(_SPLITS, linear, strict=True):
        of_runs, against = zip(*(label_probabilities(run, data.arrays(split)) for run in read), strict=True)
        found.append(Suspects(split, np.mean(of_runs, axis=0), by_linear, np.sum(against, axis=0)))
    replace_text(output, _table(found, data, count, len(read), spreadsheet))
    console = Console(soft_wrap=True)
    for one in found:
        known = data.wrong_labels(one.split)
        if known is not None and known.any():
            console.print(f"{one.split}: {_hits(one, known)}")
    console.print(f"Written: {output}")
    return found


def _table(found: Sequence[Suspects], data: "ReviewData", count: int, runs: int, spreadsheet: bool) -> str:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(_COLUMNS)
    for one in found:
        reviews = data.reviews(one.split)
        for place in one.probability.argsort(kind="stable")[:count].tolist():
            review = reviews[place]
            texts = [data.class_names[review.label], review.text]
            if spreadsheet:
                texts = [without_formula(text) for text in texts]
            figures = (float(values[place]) for values in (one.probability, one.networks, one.linear))
            numbers = [round(figure, 6) for figure in figures]
            writer.writerow(
                [one.split, getattr(review, "place", ""), *texts, *numbers, f"{one.against[place]} of {runs}"]
            )
    return table.getvalue()


def _hits(one: Suspects, known: "np.ndarray") -> str:
    """Say how many of the known wrong labels are among as many first suspects, by each kind of model."""
    size = int(known.sum())
    kinds = {"both": one.probability, "the networks": one.networks, "the linear model": one.linear}
    hits = ", ".join(
        f"{known[values.argsort(kind='stable')[:size]].mean():.0%} by {name}" for name, values in kinds.items()
    )
    return f"{size} labels of {len(known)} are known to be wrong; of the first {size} suspects are so {hits}"
