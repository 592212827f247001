"""docs/overfitting.ipynb: it is what its script makes, it runs, and its sentences are true of its outputs."""

import json
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "docs/overfitting.py"
NOTEBOOK = SCRIPT.with_suffix(".ipynb")
SENTENCES = {
    "Training goes on getting better": "history['accuracy'][-1] > 0.95",
    "Validation loss falls, and then rises": "0 < history.best_epoch < 6 and history.rise > 0.2",
    "The loss grows far more than the mistakes do": "loss_growth > 3 * mistake_growth",
    "Validation reviews that are wrong cost more and more": "(wrong := validation.wrong)[-1].any() and "
    "losses[wrong[-1]].mean() > 1.5 * validation.losses()[history.best_epoch][wrong[history.best_epoch]].mean()",
    "the model grows sure of them": "validation.entropies[-1][wrong[-1]].mean() "
    "< 0.8 * validation.entropies[history.best_epoch][wrong[history.best_epoch]].mean()",
    "One number takes much of the rise away": "at_last.loss - at_best.loss < history.rise / 2",
    "L2 with early stopping rises least here": "l2.history.rise < 0.7 * min(history.rise, dropout.history.rise)",
    "validation loss has not improved for three epochs": "len(l2.history) == min(12, stopping.best_epoch + 4)",
    "It rises more with wrong labels": "noise[0.2][0].history.rise > noise[0.0][0].history.rise",
    "Right labels come first": "all((judged.wrong[1:6, judged.wrong_labels].mean(axis=1) "
    "> judged.wrong[1:6, ~judged.wrong_labels].mean(axis=1)))",
    "More reviews make the smallest loss smaller": "min(amounts[500]['val_loss']) > min(amounts[1000]['val_loss']) "
    "> min(amounts[2000]['val_loss'])",
    "has the same curves": "max(abs(a - b) for a, b in zip(there['val_loss'], history['val_loss'])) < 1e-4",
}
"""What the text says, by its words, and what holds of the variables of the notebook where it is true."""


def cells(kind):
    return [cell for cell in json.loads(NOTEBOOK.read_text())["cells"] if cell["cell_type"] == kind]


def test_outputs_are_those_of_one_run_without_noise_or_paths():
    code = cells("code")
    outputs = [output for cell in code for output in cell["outputs"]]
    shown = json.dumps([{**output, "data": {}, "text": output.get("text", "")} for output in outputs])
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert {output.get("name", "picture") for output in outputs} == {"stdout", "picture"}
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 5
    assert not [place for place in ("/home", "/root", "/tmp", "Warning") if place in shown]


@pytest.mark.parametrize("words", SENTENCES)
def test_sentence_that_is_checked_stands_in_the_text(words):
    text = " ".join(word for cell in cells("markdown") for line in cell["source"] for word in line.split())
    assert words in text.replace("*", "")


@pytest.mark.notebook
def test_notebook_has_the_cells_of_its_script():
    import jupytext

    written, expected = (
        [(cell.cell_type, cell.source) for cell in jupytext.read(path).cells] for path in (NOTEBOOK, SCRIPT)
    )
    assert written == expected


@pytest.mark.notebook
def test_every_cell_runs_and_every_sentence_is_true_of_it():
    import jupytext
    import nbformat
    from nbclient import NotebookClient

    notebook = jupytext.read(SCRIPT)
    checks = [f"assert {holds}, {words!r}" for words, holds in SENTENCES.items()]
    notebook.cells.append(nbformat.v4.new_code_cell("\n".join(checks)))
    NotebookClient(notebook, timeout=600).execute(cwd=SCRIPT.parent)
