"""A callback that says at the end what the curves say."""

from pathlib import Path

from lightning import LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_info

from lit_sentiment.curves.overfitting import Verdict, diagnose
from lit_sentiment.training.history_recorder import HistoryRecorder


class OverfittingMonitor(HistoryRecorder):
    """Records the history, and at the end of training says whether and when the model began to overfit.

    Args:
        path: See HistoryRecorder.
        chance: See diagnose.
    """

    def __init__(self, path: Path | None = None, chance: float = 0.5) -> None:
        super().__init__(path)
        self.chance = chance

    @property
    def verdict(self) -> Verdict:
        """What the curves say so far."""
        return diagnose(self.history, self.chance)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Log the verdict."""
        rank_zero_info(self.verdict.sentence)
