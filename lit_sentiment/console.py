"""Printing names and texts of others: what a terminal would obey is shown as an escape, such as \\x1b."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console as RichConsole
from rich.segment import Segment

from lit_sentiment.process import harmless


class Console(RichConsole):
    """Rich's, which prints texts as they are: without markup, and harmless."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"highlight": False, "markup": False, "emoji": False, **settings})

    def _render_buffer(self, buffer: Iterable[Segment]) -> str:
        """Render what is printed; control segments are Rich's own, such as those that move the cursor."""
        return super()._render_buffer(
            segment if segment.control else Segment(harmless(segment.text), segment.style) for segment in buffer
        )
