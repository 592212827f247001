"""What a study shows as a page to look at and as a text, both from one template."""

import base64
import html
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lit_sentiment.files import replace_text

Draw = Callable[[Path], object]
"""Draws a picture as PNG where it is told to."""
LONGEST_TEXT = 400
"""Of a review that is shown, in characters."""

_SIGNS = re.compile(r"[&<>\\`*_{}\[\]|~:@$]|(?<=www)\.", re.IGNORECASE)
"""What begins something in HTML, in Markdown or in GitHub's Markdown, where it stands within a line."""


def write_report(folder: Path, name: str, contents: Mapping[str, Any], pictures: Mapping[str, Draw]) -> None:
    """Draw `NAME/*.png`, and write `NAME.md`, which shows them by their paths, and `NAME.html`, which holds them.

    Args:
        folder: Where to write.
        name: Of the template `NAME.md.jinja`.
        contents: What the template names; `name` is the title of the page.
        pictures: What draws each, by the name that the template gives it.
    """
    import markdown
    from jinja2 import Environment, PackageLoader, StrictUndefined

    templates = Environment(
        loader=PackageLoader("lit_sentiment.report", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        autoescape=False,  # Markdown; `cell` disarms the texts that are not ours
    )
    templates.filters["cell"] = table_cell
    text = templates.get_template(f"{name}.md.jinja")
    by_path = {picture: f"{name}/{picture}.png" for picture in pictures}
    for picture, draw in pictures.items():
        draw(folder / by_path[picture])
    within = {picture: _data_uri(folder / path) for picture, path in by_path.items()}
    shown = text.render(**contents, pictures=by_path)
    body = markdown.markdown(text.render(**contents, pictures=within), extensions=["tables", "fenced_code"])
    page = templates.get_template("page.html.jinja").render(title=html.escape(contents["name"]), body=body)
    replace_text(folder / f"{name}.md", shown)
    replace_text(folder / f"{name}.html", page)


def table_cell(text: str) -> str:
    """Return a text for a table of Markdown, where it is shown as it is: one line, no markup, no HTML."""
    line = " ".join(text.split())
    shown = line if len(line) <= LONGEST_TEXT else line[:LONGEST_TEXT] + " ..."
    return _SIGNS.sub(lambda sign: f"&#{ord(sign[0])};", shown)


def _data_uri(path: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()
