"""A logger that writes the curves as Keras's TensorBoard callback does."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from lightning.fabric.loggers.logger import rank_zero_experiment
from lightning.pytorch.loggers import Logger
from lightning.pytorch.utilities import rank_zero_only
from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.summary import hparams as hparams_summaries

from lit_sentiment.curves.tensorboard_folder import place_of


class TensorBoardCurves(Logger):
    """Writes what the model logs per epoch to the sub-runs `train/` and `validation/`, so both lie in one chart.

    Keras equivalence: the tags (`epoch_loss`, `epoch_accuracy`, ...), the sub-runs and the steps (the epoch, from 0)
    of `keras.callbacks.TensorBoard`; a Keras run beside ours lies in the same charts.

    Args:
        folder: The folder of the run.
        first_epoch: Drop what earlier event files in the folder hold from this epoch on (for a resumed run).
    """

    def __init__(self, folder: Path, first_epoch: int = 0) -> None:
        super().__init__()
        self.folder = folder
        self.first_epoch = first_epoch
        self._writers: dict[str, SummaryWriter] = {}

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
        """Return the writer of a sub-run, `train` or `validation`."""
        if sub_run not in self._writers:
            self._writers[sub_run] = SummaryWriter(self.folder / sub_run, purge_step=self.first_epoch or None)
        return self._writers[sub_run]

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Write figures at the epoch that comes with them, whole on disk when this returns.

        Figures without an epoch, such as those of Lightning's LearningRateMonitor, go to `train/` at their step, under
        their own names.
        """
        figures = dict(metrics)  # Lightning gives the same dictionary to every logger
        epoch = figures.pop("epoch", None)
        for name, value in figures.items():
            if epoch is None:
                self.writer("train").add_scalar(name, value, step)
                continue
            sub_run, tag = place_of(name)
            self.writer(sub_run).add_scalar(tag, value, int(epoch))
        for writer in self._writers.values():
            writer.flush()

    @rank_zero_only
    def log_hyperparams(self, params: dict[str, Any] | Namespace, *_: Any, **__: Any) -> None:
        """Do nothing at the start: hyperparameters come with the final figures, see log_results."""

    @rank_zero_only
    def log_results(self, settings: dict[str, Any], results: dict[str, float], text: str) -> None:
        """Write a row of the HParams tab (settings beside final figures) and the verdict as text."""
        plain = {
            name: value if isinstance(value, bool | int | float) else str(value)
            for name, value in settings.items()
            if value is not None
        }
        results = {f"results/{name}": value for name, value in results.items()}
        with SummaryWriter(self.folder) as writer:
            for summary in hparams_summaries(plain, results):
                writer._get_file_writer().add_summary(summary)
            for name, value in results.items():
                writer.add_scalar(name, value)
            writer.add_text("verdict", text)

    @rank_zero_only
    def log_reference(self, curves: dict[str, list[float]], name: str = "keras") -> None:
        """Write the whole curves of another training to sub-runs of `name`, so that they lie in the same charts."""
        for figure, curve in curves.items():
            sub_run, tag = place_of(figure)
            with SummaryWriter(self.folder / name / sub_run) as writer:
                for epoch, value in enumerate(curve):
                    writer.add_scalar(tag, value, epoch)

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Close the files."""
        for writer in self._writers.values():
            writer.close()
