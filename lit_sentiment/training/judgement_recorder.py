"""A callback that keeps what the model says of every review, epoch by epoch."""

from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch
from lightning import Callback, LightningModule, Trainer
from torch import Tensor

from lit_sentiment.data.review_data import ReviewData
from lit_sentiment.errors import InputError
from lit_sentiment.models.sentiment_model import SentimentModel
from lit_sentiment.models.trained_model import log_odds, logits_of
from lit_sentiment.runs.epoch_judgements import JudgedSplit, SplitJudgements, write_judgements

SPLITS: tuple[JudgedSplit, ...] = get_args(JudgedSplit)


class JudgementRecorder(Callback):
    """Judges the training and validation reviews after every epoch with dropout off.

    It draws no random number and changes no weight, so the curves are those of a training without it. An epoch takes
    about a quarter longer. What it has kept is part of checkpoints, so a resumed training has every epoch.

    Args:
        path: A file to rewrite after every epoch, such as `judgements.npz`, or None.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.judgements: dict[JudgedSplit, SplitJudgements] = {}
        """What it has kept, by split; epochs are counted from 0."""
        self._logits: dict[str, list[Tensor]] = {split: [] for split in SPLITS}

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Check that the training is one that it can judge.

        Raises:
            InputError: The model is not a SentimentModel, or the data are not ReviewData.
        """
        data = getattr(trainer, "datamodule", None)
        for setting, given, kind in (("model", pl_module, SentimentModel), ("datamodule", data, ReviewData)):
            if not isinstance(given, kind):
                found = type(given).__name__
                raise InputError(f"`{setting}`: JudgementRecorder expected a {kind.__name__}, found {found}")

    def on_train_epoch_end(self, trainer: Trainer, pl_module: SentimentModel) -> None:  # type: ignore[override]
        """Judge the reviews with the weights of the epoch."""
        if not trainer.is_global_zero:
            return
        data: Any = trainer.datamodule  # type: ignore[attr-defined]
        modes = [(module, module.training) for module in pl_module.modules()]
        pl_module.eval()
        for split in SPLITS:
            self._add(split, trainer.current_epoch, self._judged(pl_module, data.arrays(split).token_ids))
        for module, mode in modes:
            module.training = mode
        self.judgements = {
            split: SplitJudgements(
                torch.stack(self._logits[split]).numpy(), data.arrays(split).labels, data.wrong_labels(split)
            )
            for split in SPLITS
        }
        if self.path is not None:
            write_judgements(self.path, self.judgements)

    def state_dict(self) -> dict[str, Any]:
        """Return the logits so far, float32 (E, N) or (E, N, n) of each split."""
        return {split: torch.stack(epochs) for split, epochs in self._logits.items() if epochs}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from those of an interrupted training."""
        self._logits = {split: [*state_dict[split]] for split in state_dict}

    @staticmethod
    def _judged(model: SentimentModel, token_ids: np.ndarray) -> Tensor:
        return torch.from_numpy(log_odds(model, logits_of(model, token_ids))).float()

    def _add(self, split: JudgedSplit, epoch: int, logits: Tensor) -> None:
        missing = epoch - len(self._logits[split])  # of a training that began without the recorder
        self._logits[split] += [torch.full_like(logits, np.nan)] * missing + [logits]
