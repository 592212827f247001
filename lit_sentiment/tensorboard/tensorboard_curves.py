"""A logger that writes the curves as Keras's TensorBoard callback does."""

from argparse import Namespace
from itertools import product
from pathlib import Path
from typing import Any

from lightning.fabric.loggers.logger import rank_zero_experiment
from lightning.pytorch.loggers import Logger
from lightning.pytorch.utilities import rank_zero_only
from torch.utils.tensorboard import SummaryWriter

from lit_sentiment.tensorboard.curve_tags import chart_layout, chart_tag, place_of
from lit_sentiment.tensorboard.hparams_row import RESULTS, hparams_summaries, result_tag


class TensorBoardCurves(Logger):
    """Writes what the model logs per epoch to the sub-runs `train/` and `validation/`, so both lie in one chart.

    Keras equivalence: the tags (`epoch_loss`, `epoch_accuracy`, ...), the sub-runs and the steps (the epoch, from 0)
    of `keras.callbacks.TensorBoard`; a Keras run beside ours lies in the same charts.

    Args:
        folder: The folder of the run.
        first_epoch: Of a resumed run: drop what earlier event files in the folder hold from this epoch on.
        model: The name of the model, whose loss and accuracy then lie in charts of their own too, see model_charts.
        first_step: Likewise, of figures that come with a step and no epoch.
    """

    def __init__(self, folder: Path, first_epoch: int = 0, model: str | None = None, first_step: int = 0) -> None:
        super().__init__()
        self.folder = folder
        self.first_epoch = first_epoch
        self.model = model
        self.first_step = first_step
        self._writers: dict[str, SummaryWriter] = {}
        self._written: dict[str, tuple[float, float]] = {}

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.folder.name

    @property
    def version(self) -> str:
        """Nothing: a run has a folder of its own."""
        return ""

    @property
    @rank_zero_experiment
    def experiment(self) -> SummaryWriter:
        """The writer of the training curves."""
        return self.writer("train")

    def writer(self, sub_run: str) -> SummaryWriter:
        """Return the writer of a sub-run: `train`, `validation`, or `steps` of what comes by the step."""
        if sub_run not in self._writers:
            # Also at epoch 0: TensorBoard drops what came later at each mark of a start but the first one.
            first = self.first_step if sub_run == "steps" else self.first_epoch
            self._writers[sub_run] = SummaryWriter(self.folder / sub_run, purge_step=first)
            if sub_run == "train" and self.model is not None:
                self._writers[sub_run].add_custom_scalars(chart_layout(self.model))
        return self._writers[sub_run]

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Write figures at the epoch that comes with them, whole on disk when this returns.

        Figures without an epoch, such as those of Lightning's LearningRateMonitor, go to `steps/` at their step, under
        their own names. A figure that comes again with the same epoch is written once.
        """
        figures = dict(metrics)  # Lightning gives the same dictionary to every logger
        epoch = figures.pop("epoch", None)
        for name, value in figures.items():
            if epoch is None:
                self.writer("steps").add_scalar(name, value, step)
                continue
            if self._written.get(name) != (epoch, value):
                sub_run, tags = self._place_of(name)
                for tag in tags:
                    self.writer(sub_run).add_scalar(tag, value, int(epoch))
            self._written[name] = epoch, value
        for writer in self._writers.values():
            writer.flush()

    @rank_zero_only
    def log_hyperparams(self, params: dict[str, Any] | Namespace, *_: Any, **__: Any) -> None:
        """Do nothing at the start: hyperparameters come with the final figures, see log_results."""

    @rank_zero_only
    def log_results(self, settings: dict[str, Any], results: dict[str, float], text: str) -> None:
        """Write a row of the HParams tab (settings beside final figures, see hparams_row) and the verdict as text.

        Those of the same run before it was resumed are taken away.
        """
        earlier = list(self.folder.glob("events.out.tfevents.*"))
        with SummaryWriter(self.folder) as writer:
            for summary in hparams_summaries(settings):
                writer._get_file_writer().add_summary(summary)
            for name in RESULTS:
                if name in results:
                    writer.add_scalar(result_tag(name), results[name])
            writer.add_text("verdict", text)
        for path in earlier:
            path.unlink()

    @rank_zero_only
    def log_reference(self, curves: dict[str, list[float]]) -> None:
        """Write the whole curves of Keras to sub-runs of `keras`, so that they lie in the same charts."""
        for figure, curve in curves.items():
            sub_run, tags = self._place_of(figure)
            with SummaryWriter(self.folder / "keras" / sub_run) as writer:
                for tag, (epoch, value) in product(tags, enumerate(curve)):
                    writer.add_scalar(tag, value, epoch)

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Close the files."""
        for writer in self._writers.values():
            writer.close()

    def _place_of(self, figure: str) -> tuple[str, list[str]]:
        sub_run, tag = place_of(figure)
        further = None if self.model is None else chart_tag(self.model, figure)
        return sub_run, [tag] if further is None else [tag, further]
