"""What the best and the last epoch of a run say of a sentence, word by word."""

from threading import Lock
from typing import Any

import numpy as np

from lit_sentiment.errors import InputError
from lit_sentiment.models.trained_model import TrainedModel
from lit_sentiment.runs.run_folder import RunFolder
from lit_sentiment.text.text_encoder import PADDING

MOST_CHARACTERS = 5000
"""Of a sentence: each of its beginnings is a text to judge."""


class TwoEpochs:
    """The models of a run's two checkpoints.

    Raises:
        InputError: One cannot be opened.
    """

    def __init__(self, run: RunFolder) -> None:
        self.best = TrainedModel.open(run.best_checkpoint)
        self.last = TrainedModel.open(run.last_checkpoint)
        self._lock = Lock()

    def judge(self, text: str) -> dict[str, Any]:
        """Return, as JSON types, the words of a text as the models read them, and what they make of it.

        `words`; for each whether it is in the vocabulary (`known`), and whether those that are not are `left_out`; how
        many words are cut off (`unread`), and at which end (`side`); the names of the `classes`; and of the `best` and
        the `last` epoch the probability of each class, after each word (`by_word`) and for the text as a whole
        (`whole`), as `predict` gives it on a CPU.

        Raises:
            InputError: The text is too long, or a model does not give numbers.
        """
        if len(text) > MOST_CHARACTERS:
            raise InputError(f"expected at most {MOST_CHARACTERS} characters, found {len(text)}; shorten the text")
        encoder = self.best.encoder
        words = encoder.split_words(text)
        with self._lock:  # one text takes all cores
            best, last = _judged(self.best, text, words), _judged(self.last, text, words)
        return {
            "words": words,
            "left_out": encoder.unknown_id == PADDING,
            "known": [number != encoder.unknown_id for number in encoder.word_ids(words)],
            "unread": encoder.words_unread(words),
            "side": "beginning" if encoder.truncating == "pre" else "end",
            "classes": self.best.class_names,
            "best": best,
            "last": last,
        }


def _judged(trained: TrainedModel, text: str, words: list[str]) -> dict[str, Any]:
    beginnings = [words[: number + 1] for number in range(len(words))]
    # In a batch the last digits of a float may be others, so the whole text is judged alone, as `predict` would.
    whole = _by_class(trained, trained.encoder.encode([text]))[0]
    by_word = _by_class(trained, trained.encoder.encode_words(beginnings, len(words))) if words else []
    return {"by_word": [*by_word[:-1], whole] if words else [], "whole": whole}


def _by_class(trained: TrainedModel, token_ids: np.ndarray) -> list[list[float]]:
    """Return the probability of each class for token_ids int (N, T)."""
    probabilities = trained.model.probabilities(trained.logits(token_ids, show_progress=False))
    if not probabilities.isfinite().all():
        raise InputError("expected a model that gives finite numbers, found NaN or infinity: its training has diverged")
    if probabilities.ndim > 1:
        return probabilities.tolist()
    return [[1 - positive, positive] for positive in probabilities.tolist()]
