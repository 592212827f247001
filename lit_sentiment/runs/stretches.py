"""Which settings held for which epochs of a training that was resumed with others."""

from typing import Any

from lightning import Callback

from lit_sentiment.errors import InputError
from lit_sentiment.runs.identity import COMPUTED_ON, Identity, differences
from lit_sentiment.runs.resumption import progress_of

MAY_CHANGE = (
    "learning_rate",
    "l2",
    "optimizer_settings",
    "early_stopping",
    "gradient_clip_val",
    "gradient_clip_algorithm",
    "accumulate_grad_batches",
    COMPUTED_ON,
)
"""What resuming may set anew, from then on."""
_INSIDE_EPOCH = ("early_stopping",)
"""The same inside an epoch, of which no step may differ from the others."""
_UNTIL_WHEN = ("max_epochs", "stretches")
"""No setting of an epoch: more epochs are the same training going on."""


class Stretches(Callback):
    """Keeps in every checkpoint what decided the curves so far: the first epoch of each stretch, and its identity."""

    def __init__(self) -> None:
        self.stretches: list[tuple[int, Identity]] = []

    def begin(self, identity: Identity) -> Identity:
        """Take note of a new training; return its identity."""
        self.stretches = [(0, identity)]
        return identity

    def go_on(self, checkpoint: dict[str, Any], identity: Identity) -> Identity:
        """Take note of a training that is resumed.

        Args:
            checkpoint: What it goes on from.
            identity: What decides the curves from now on.

        Returns:
            The identity, with the list `stretches` of what held from which epoch on if that is not one and the same.

        Raises:
            InputError: The checkpoint does not say how it was trained, or something differs that makes it no longer
                the same training.
        """
        state = checkpoint.get("callbacks", {}).get(self.state_key)
        if not state:
            raise InputError("`ckpt_path`: expected a checkpoint that says how it was trained, found an older one")
        epochs_done, steps_inside, _ = progress_of(checkpoint)
        begun = [(first, one) for first, one in state["stretches"] if first < epochs_done + bool(steps_inside)]
        self.stretches = [(first, one) for first, one in begun if first < epochs_done]
        before = begun[-1][1]
        changed = [name for name in _names(before, identity) if before.get(name) != identity.get(name)]
        for name in changed:
            if name not in MAY_CHANGE:
                (phrase,) = differences({name: identity.get(name)}, {name: before.get(name)})
                raise InputError(
                    f"`ckpt_path`: expected the settings that the training began with, found {phrase}; give those of "
                    "its run, as --config RUN/config.yaml does, or start another run"
                )
            if steps_inside and name not in _INSIDE_EPOCH:
                raise InputError(
                    f"`ckpt_path`: expected {name} as it was, as epoch {epochs_done + 1} has begun, found another; end "
                    f"that epoch first, by --trainer.max_epochs {epochs_done + 1}"
                )
        if changed or len(self.stretches) < len(begun):
            self.stretches.append((epochs_done, identity))
        return self._with_stretches(identity)

    def state_dict(self) -> dict[str, Any]:
        """Return the stretches so far."""
        return {"stretches": self.stretches}

    def _with_stretches(self, identity: Identity) -> Identity:
        identities = [before for _, before in self.stretches]
        moved = [name for name in MAY_CHANGE if any(one.get(name) != identity.get(name) for one in identities)]
        if not moved:
            return identity
        spans = [{"first_epoch": first, **{name: one.get(name) for name in moved}} for first, one in self.stretches]
        return {**identity, "stretches": spans}


def _names(before: Identity, now: Identity) -> list[str]:
    return [name for name in {**before, **now} if name not in _UNTIL_WHEN]
