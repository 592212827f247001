"""What the names of tags and sub-runs mean."""

import re

TRAINING = ("train", "training")
VALIDATION = ("val", "validation", "valid", "eval", "evaluation", "dev", "holdout", "heldout", "test", "testing")
"""The words for validation, the likeliest first."""
SIDES = TRAINING + VALIDATION
_LOSS, _ACCURACY, _DATA = {"loss"}, {"acc", "accuracy"}, "data"
_PLAIN = {"epoch", "step", "mean", "avg", "average", "total", "metrics"}
"""Words that make a tag no other figure."""


class TagWords:
    """The words of a place: a sub-run (empty if there is none) and a tag in it."""

    def __init__(self, sub_run: str, tag: str) -> None:
        self.tag = _words(tag)
        own, of_sub_run = ([word for word in words if word in SIDES] for words in (self.tag, _words(sub_run)))
        # What is measured in a validation is that, even if it is called `training_loss`.
        is_validation = any(word in VALIDATION for word in of_sub_run) and all(word in TRAINING for word in own)
        self.sides = of_sub_run if is_validation else own or of_sub_run

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
        return frozenset(self.tag) - _PLAIN - _LOSS - _ACCURACY - {*SIDES, _DATA}


def names_side(folder: str) -> bool:
    """Say whether a folder's name makes it a sub-run: `train`, `validation`, or `loss_val` as `add_scalars` has it."""
    words = set(_words(folder))
    return bool(words & {*SIDES}) and words <= {*SIDES, *_LOSS, *_ACCURACY, *_PLAIN}


def _words(name: str) -> list[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    joined = re.sub(r"h[eo]ld[^a-z0-9]out", lambda found: found[0][:4] + "out", spaced.lower())
    parted = re.sub(rf"\b({'|'.join(SIDES)})(?=(loss|acc|accuracy)(?![a-z]))", r"\1 ", joined)
    return [word for word in re.split(r"[^a-z0-9]+", parted) if word]
