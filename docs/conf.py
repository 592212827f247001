"""The documentation site: `python -m sphinx -n -W --keep-going docs docs/_build`, with the extra `docs`.

Nothing is downloaded, so names of other packages are no links, and TensorFlow is not imported.
"""

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.modules.setdefault("tensorboard.compat.notf", ModuleType("tensorboard.compat.notf"))  # else it imports TensorFlow

project = html_title = "lit_sentiment"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_static_path = ["site/static"]
html_css_files = ["wide_tables.css"]
smartquotes = False  # they make one dash of the two of an option
html_copy_source = html_show_copyright = html_show_sphinx = False

myst_heading_anchors = 4  # GitHub's own anchors, which the links between pages use
default_role = "code"  # docstrings have code in single backticks
toc_object_entries_show_parents = "hide"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_inherit_docstrings = napoleon_use_rtype = False
_CALLED_BY_TORCH = "extra_repr get_extra_state set_extra_state state_dict load_state_dict setup"
_OF_OUR_OWN = "listing settings_of sizes_of own_variables last_size one_size padding_named require_size require_seed"
_BY_NAME = "LAYERS MERGES WRAPPED ACTIVATIONS INITIALIZERS LOSSES ACCURACIES OPTIMIZERS SCHEDULES"  # long dicts
autodoc_default_options = {"exclude-members": ",".join(f"{_CALLED_BY_TORCH} {_OF_OUR_OWN} {_BY_NAME}".split())}
nitpick_ignore_regex = [  # other packages, and what is no part of the API
    ("py:.*", r"(torch|lightning|numpy|np|pathlib|collections|inspect|argparse)\b.*"),
    ("py:class", r"Figure|OptimizerState|dict\[str"),
]

_COLON = "\ue000"
"""Stands for a colon while napoleon reads a docstring."""


def before_napoleon(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Make code of indented formulas, and keep napoleon from taking `Words: more` of an attribute for a type."""
    text = re.sub(r"\n\n(?= {4}\S)", "\n\n::\n\n", "\n".join(lines))
    if what in ("attribute", "data", "property"):
        text = text.replace(":", _COLON)
    lines[:] = text.split("\n")


def after_napoleon(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Bring the colons back."""
    lines[:] = [line.replace(_COLON, ":") for line in lines]


def setup(app: Sphinx) -> None:
    """Read docstrings as they are written here (Sphinx calls it)."""
    app.connect("autodoc-process-docstring", before_napoleon, priority=400)
    app.connect("autodoc-process-docstring", after_napoleon, priority=600)
