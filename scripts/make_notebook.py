"""Runs the cells of docs/overfitting.py and writes them with what they show: docs/overfitting.ipynb.

Where TensorFlow is installed it adds its own messages to them, so this needs an environment without it:

    pip install -c constraints.txt -e '.[notebook]'
    python scripts/make_notebook.py
"""

from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

SOURCE = Path(__file__).parents[1] / "docs/overfitting.py"


def main() -> None:
    """Run and write it, without what changes from one time to the next."""
    notebook = jupytext.read(SOURCE)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    NotebookClient(notebook, timeout=600, record_timing=False).execute(cwd=SOURCE.parent)
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"]}
    nbformat.write(notebook, SOURCE.with_suffix(".ipynb"))


if __name__ == "__main__":
    main()
