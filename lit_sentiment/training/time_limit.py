"""A callback that ends a training after a time, with a whole epoch."""

from datetime import timedelta
from typing import Any

from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.callbacks import Timer

from lit_sentiment.errors import InputError


class TimeLimit(Timer):
    """Ends the training with the epoch in which its time is over; Lightning's `max_time` cuts the epoch off.

    The time of a resumed training counts from its first start.

    Args:
        duration: As `max_time` of Lightning's Trainer: `DD:HH:MM:SS`, or a dictionary such as `{"minutes": 5}`.

    Raises:
        InputError: The duration has another format.
    """

    def __init__(self, duration: str | timedelta | dict[str, Any]) -> None:
        try:
            super().__init__(duration, interval="epoch", verbose=False)
        except (MisconfigurationException, TypeError) as fault:
            raise InputError(f"`max_time`: {fault}") from None
        self.seconds: float = self.time_remaining() or 0.0

    @property
    def over(self) -> bool:
        """Whether the time has run out."""
        return self.time_elapsed() >= self.seconds
