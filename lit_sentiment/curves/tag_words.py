"""What the names of tags and sub-runs mean."""

import re

TRAINING = ("train", "training")
VALIDATION = ("val", "validation", "valid", "eval", "evaluation", "dev", "test", "testing")
"""The words for validation, the likeliest first."""
_LOSS, _ACCURACY, _DATA = {"loss"}, {"acc", "accuracy"}, "data"
_PLAIN = {"epoch", "step", "mean", "avg", "average", "total", "metrics"}
"""Words that make a tag no other figure."""


class TagWords:
    """The words of a place: a sub-run (empty if there is none) and a tag in it."""

    def __init__(self, sub_run: str, tag: str) -> None:
        self.tag = _words(tag)
        self.sides = [word for word in self.tag if word in TRAINING + VALIDATION]
        self.sides = self.sides or [word for word in _words(sub_run) if word in TRAINING + VALIDATION]

    @property
    def figure(self) -> str | None:
        """`loss`, `data_loss` (the loss without a penalty), `accuracy`, or None for anything else."""
        if _LOSS & set(self.tag):
            return "data_loss" if (_DATA, "loss") in zip(self.tag, self.tag[1:], strict=False) else "loss"
        return "accuracy" if _ACCURACY & set(self.tag) else None

    @property
    def side(self) -> str | None:
        """`train`, `val`, None if the place does not say, or `both`."""
        if not self.sides:
            return None
        sides = {"train" if word in TRAINING else "val" for word in self.sides}
        return sides.pop() if len(sides) == 1 else "both"

    @property
    def likelihood(self) -> int:
        """How early the word for the side comes among the words for validation; 0 is the likeliest."""
        return min((VALIDATION.index(word) for word in self.sides if word in VALIDATION), default=0)

    @property
    def granularity(self) -> int:
        """0 for a value per epoch by name, 2 for one per step, 1 if the tag does not say."""
        return 0 if "epoch" in self.tag else 2 if "step" in self.tag else 1

    @property
    def others(self) -> frozenset[str]:
        """The words that hint at another figure than the plain one, such as `box` in `train/box_loss`."""
        return frozenset(self.tag) - _PLAIN - _LOSS - _ACCURACY - {*TRAINING, *VALIDATION, _DATA}


def names_side(folder: str) -> bool:
    """Say whether a folder's name makes it a sub-run: `train`, `validation`, or `loss_val` as `add_scalars` has it."""
    words = set(_words(folder))
    return bool(words & {*TRAINING, *VALIDATION}) and words <= {*TRAINING, *VALIDATION, *_LOSS, *_ACCURACY, *_PLAIN}


def _words(name: str) -> list[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return [word for word in re.split(r"[^a-z0-9]+", spaced.lower()) if word]
