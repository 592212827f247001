"""A callback that keeps what the model says of every review, epoch by epoch."""

from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch
from lightning import Callback, Trainer
from torch import Tensor

from lit_sentiment.models.sentiment_model import SentimentModel
from lit_sentiment.models.trained_model import log_odds, logits_of
from lit_sentiment.runs.epoch_judgements import JudgedSplit, SplitJudgements, write_judgements

SPLITS: tuple[JudgedSplit, ...] = get_args(JudgedSplit)


class JudgementRecorder(Callback):
    """Judges the training and validation reviews after every epoch with dropout off, and writes `judgements.npz`.

    It draws no random number and changes no weight, so the curves are those of a training without it. An epoch takes
    about a quarter longer. What it has kept is part of checkpoints, so a resumed training has every epoch.

    Args:
        path: The file to rewrite after every epoch.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._logits: dict[str, list[Tensor]] = {split: [] for split in SPLITS}

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
        write_judgements(
            self.path,
            {
                split: SplitJudgements(
                    torch.stack(self._logits[split]).numpy(), data.arrays(split).labels, data.wrong_labels(split)
                )
                for split in SPLITS
            },
        )

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
