"""The figures of a training, recorded, and what they say at its end."""

from pathlib import Path
from typing import Any

from lightning import Callback, LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_info

from lit_sentiment.curves.history import History
from lit_sentiment.curves.overfitting import Verdict, diagnose
from lit_sentiment.data.review_data import ReviewData
from lit_sentiment.tensorboard.tensorboard_curves import TensorBoardCurves


class HistoryRecorder(Callback):
    """Keeps the figures of every epoch; they are part of checkpoints, so a resumed training has them all.

    TensorBoardCurves among the loggers get them here: Lightning brings those of the training when the checkpoint of
    the epoch is written, and after a kill in between the resumed training would lack them.

    Keras equivalence: the `History` that `fit` returns, and its `CSVLogger`.

    Args:
        path: A CSV file to rewrite after every epoch, or None.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.history = History()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Add the epoch."""
        self.history.append({name: value.item() for name, value in trainer.callback_metrics.items()})
        if self.path is not None and trainer.is_global_zero:
            self.history.write(self.path)
        for logger in trainer.loggers:
            if isinstance(logger, TensorBoardCurves):
                logged = {name: value.item() for name, value in trainer.logged_metrics.items()}
                logger.log_metrics({**logged, "epoch": trainer.current_epoch})

    def state_dict(self) -> dict[str, Any]:
        """Return the curves so far."""
        return {"curves": self.history.curves}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from the curves of an interrupted training."""
        self.history = History(state_dict["curves"])


class OverfittingMonitor(HistoryRecorder):
    """Records the history, and at the end of training says whether and when the model began to overfit.

    Args:
        path: See HistoryRecorder.
        chance: See diagnose. By default that of the training reviews if they are ReviewData, or else one half.
    """

    def __init__(self, path: Path | None = None, chance: float | None = None) -> None:
        super().__init__(path)
        self.chance = chance

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Look up the chance of the data."""
        data = getattr(trainer, "datamodule", None)
        if self.chance is None:
            self.chance = data.arrays("train").chance if isinstance(data, ReviewData) else 0.5

    @property
    def verdict(self) -> Verdict:
        """What the curves say so far."""
        return diagnose(self.history, self.chance)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Log the verdict."""
        rank_zero_info(self.verdict.sentence)
