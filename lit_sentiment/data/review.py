"""A labelled review, the unit that every source of reviews yields."""

from typing import Literal, NamedTuple

Split = Literal["train", "validation", "test"]


class Review(NamedTuple):
    """One review as written, with its sentiment."""

    text: str
    label: int
    """1 for a positive review, 0 for a negative one."""
