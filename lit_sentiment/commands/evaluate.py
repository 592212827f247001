"""`validate` and `test`: the figures of a trained model on labelled reviews."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lit_sentiment.commands.class_settings import named_values
from lit_sentiment.data.class_names import require_classes, require_outputs
from lit_sentiment.data.labels import shown
from lit_sentiment.data.review import Split
from lit_sentiment.data.review_source import ReviewSource
from lit_sentiment.errors import InputError
from lit_sentiment.process import leaving_at_once, say

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from lit_sentiment.models.trained_model import TrainedModel


def validate(*, ckpt_path: Path, data: ReviewSource | None = None, accelerator: str = "auto") -> dict[str, float]:
    """Print the figures of a checkpoint on validation reviews.

    They are those of the data that it was trained on, or of other --data. Texts are encoded as in training, whatever
    the data say.

    Args:
        ckpt_path: A checkpoint that fit wrote.
        data: Other reviews: ShopReviews, Imdb or ReviewTable.
        accelerator: Where to compute: cpu, gpu or auto.

    Returns:
        `loss`, with the penalty of regularisers, and the figures of `classification_figures` or `class_figures`.

    Raises:
        InputError: The checkpoint or the reviews cannot be read, the reviews are of other classes, or the model does
            not give numbers.
    """
    return _evaluate("validation", ckpt_path, data, accelerator)


def test(*, ckpt_path: Path, data: ReviewSource | None = None, accelerator: str = "auto") -> dict[str, float]:
    """Print the figures of a checkpoint on test reviews.

    They are those of the data that it was trained on, or of other --data. Texts are encoded as in training, whatever
    the data say.

    Args:
        ckpt_path: A checkpoint that fit wrote.
        data: Other reviews: ShopReviews, Imdb or ReviewTable.
        accelerator: Where to compute: cpu, gpu or auto.

    Returns:
        As `validate`.

    Raises:
        InputError: As `validate`.
    """
    return _evaluate("test", ckpt_path, data, accelerator)


def defaults_of(args: Sequence[str]) -> dict[str, Any]:
    """Return the defaults of the options: the data that the checkpoint among them was trained on."""
    if not {"-h", "--help"}.isdisjoint(args):
        return {}
    with leaving_at_once():
        from lit_sentiment.data import sources  # noqa: F401 - makes their names known to --data
        from lit_sentiment.models.trained_model import TrainedModel
    given = [value for name, value in named_values(args) if name == "--ckpt_path" and value]
    return {"data": TrainedModel.open(Path(given[-1])).data or None} if given else {}


def finite_logits(
    trained: "TrainedModel", token_ids: "np.ndarray", accelerator: str, ckpt_path: Path, show_progress: bool = True
) -> "Tensor":
    """Return the logits (N,) or (N, n) of token_ids int (N, T).

    Raises:
        InputError: There is no such accelerator here, or a logit is not a number: the training has diverged.
    """
    logits = trained.logits(token_ids, accelerator, show_progress=show_progress)
    wrong = int((~logits.isfinite()).reshape(len(logits), -1).any(1).sum())
    if wrong:
        raise InputError(
            f"--ckpt_path: expected a model that gives finite numbers, found NaN or infinity for {wrong} of "
            f"{len(logits)} texts in {ckpt_path}; its training has diverged, so give an earlier checkpoint"
        )
    return logits


def _evaluate(split: Split, ckpt_path: Path, data: ReviewSource | None, accelerator: str) -> dict[str, float]:
    with leaving_at_once():
        import torch

        from lit_sentiment.data.review_data import ReviewData
        from lit_sentiment.data.sources import SOURCES, make_source
        from lit_sentiment.models.class_figures import UNDEFINED_OF_CLASSES, confusion_matrix
        from lit_sentiment.models.classification import UNDEFINED
        from lit_sentiment.models.trained_model import TrainedModel
    trained = TrainedModel.open(ckpt_path)
    if data is None:
        if not trained.data:
            raise InputError(f"--data: expected the reviews to judge ({', '.join(SOURCES)}), found none in {ckpt_path}")
        data = make_source(trained.data)
    assert isinstance(data, ReviewData)
    data.encoder = trained.encoder
    require_outputs(data.class_names, trained.model.outputs, type(trained.model).__name__)
    if trained.named_classes is not None:
        require_classes(data.class_names, trained.named_classes)
    token_ids, labels = data.arrays(split)
    logits = finite_logits(trained, token_ids, accelerator, ckpt_path)
    data.setup("test" if split == "test" else "validate")  # says what the reviews are, once nothing is refused
    figures = trained.figures(logits, labels)
    penalty = trained.model.penalty()
    figures = {"loss": figures["data_loss"] + (0.0 if penalty is None else penalty.item()), **figures}
    say(f"{len(labels)} {split} reviews of {type(data).__name__}")
    for name, figure in figures.items():
        if " of " not in name:
            say(f"{name:<18} {figure:.4f}")
    undefined = UNDEFINED if logits.ndim == 1 else UNDEFINED_OF_CLASSES
    for name in sorted(undefined.keys() - figures.keys()):
        say(f"{name:<18} not defined: {undefined[name]}")
    if logits.ndim > 1:
        matrix = confusion_matrix(trained.model.probabilities(logits.double()), torch.from_numpy(labels))
        say("\n".join(_lines_of_classes(data.class_names, figures, matrix.tolist())))
    return figures


def _lines_of_classes(class_names: list[str], figures: dict[str, float], matrix: list[list[int]]) -> list[str]:
    """Return a table of the figures of each class, and the confusion matrix, in which columns are numbers."""
    rows = [f"{number} {shown(name)}" for number, name in enumerate(class_names)]
    width = max(18, *map(len, rows))
    names = ("precision", "recall", "f1")
    lines = ["", f"{'class':<{width}}" + "".join(f" {name:>9}" for name in names)]
    for row, one in zip(rows, class_names, strict=True):
        values = (figures.get(f"{name} of {one}") for name in names)
        cells = ("-" if value is None else f"{value:.4f}" for value in values)
        lines.append(f"{row:<{width}}" + "".join(f" {cell:>9}" for cell in cells))
    lines += ["", f"{'labelled, judged':<{width}}" + "".join(f" {number:>6}" for number in range(len(rows)))]
    return lines + [
        f"{row:<{width}}" + "".join(f" {count:>6}" for count in counts)
        for row, counts in zip(rows, matrix, strict=True)
    ]
