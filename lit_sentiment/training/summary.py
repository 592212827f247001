"""What `fit` says at the end."""

import shlex

from lightning import Trainer

from lit_sentiment.curves.history import History
from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics.early_stopping import KerasEarlyStopping
from lit_sentiment.models.linear_baseline import LinearBaseline
from lit_sentiment.reference.comparison import compare_curves, verdict_on
from lit_sentiment.reference.recorded_reference import RecordedReference
from lit_sentiment.runs.run_folder import RunFolder
from lit_sentiment.training.history_recorder import OverfittingMonitor
from lit_sentiment.training.stopping import TimeLimit


def summary_lines(
    monitor: OverfittingMonitor,
    run: RunFolder,
    trainer: Trainer,
    reference: RecordedReference | None,
    linear: LinearBaseline | None = None,
) -> list[str]:
    """Return which epoch was best, why training stopped, what the curves say, and where everything is."""
    history = monitor.history
    best = history.epoch(history.best_epoch)
    lines = [""]
    if "val_loss" in best:
        lines.append(
            f"Best epoch: {history.best_epoch + 1} of {len(history)}, "
            f"val_loss {best['val_loss']:.4f}, val_accuracy {best['val_accuracy']:.4f}"
        )
    if linear is not None:
        lines.append(f"Linear model: {linear.line}")
    for stopper in trainer.early_stopping_callbacks:
        if stopper.stopped_epoch:
            lines.append(f"Stopped early: {stopper.stopping_reason_message}")
        if isinstance(stopper, KerasEarlyStopping) and stopper.best_epoch is not None and stopper.restore_best_weights:
            lines.append(f"Weights: those of epoch {stopper.best_epoch + 1}, restored")
    lines += [
        f"Stopped early: --trainer.max_time of {limit.seconds:.0f} s was over after epoch {len(history)}"
        for limit in trainer.callbacks  # type: ignore[attr-defined]
        if isinstance(limit, TimeLimit) and limit.over
    ]
    lines.append(f"Verdict: {monitor.verdict.sentence}")
    lines.append(f"Try next: {'; '.join(monitor.verdict.suggestions)}")
    if reference is not None:
        lines.append(f"Keras: {_comparison(history, reference)}")
    files = (run.config, run.history, run.best_checkpoint, run.last_checkpoint)
    written = [str(path.relative_to(run.path)) for path in files if path.exists()]
    return [
        *lines,
        f"Written to {run.path}: {', '.join(written)}, event files",
        f"Look at it: tensorboard --logdir {shlex.quote(str(run.path.parent))}",
    ]


def _comparison(history: History, reference: RecordedReference) -> str:
    try:
        return verdict_on(compare_curves(history.curves, reference.curves, reference.twins, reference.identity))
    except InputError as refusal:
        return f"not compared, {refusal}"
