"""Every bad input of docs/bad-inputs.md: one line, exit code 2, and nothing in the folder that was not there before.

`REWRITE=1 pytest tests/test_bad_inputs.py` writes what the commands say into the page, to be read before it is kept.
"""

import json
import os
import re
import shlex
import shutil
from pathlib import Path

import pytest

from lit_sentiment.cli import COMMANDS, main

PAGE = Path(__file__).parents[1] / "docs/bad-inputs.md"
ROW = re.compile(r"^\| `(.+?)` \| `(.+)` \|$", re.MULTILINE)
ROWS = [tuple(cell.replace(r"\|", "|") for cell in row) for row in ROW.findall(PAGE.read_text())]
THREE_CLASSES = [
    {"class_name": "Embedding", "config": {"output_dim": 3}},
    {"class_name": "GlobalAveragePooling1D", "config": {}},
    {"class_name": "Dense", "config": {"units": 3, "activation": "softmax"}},
]
TINY = """\
model: {class_path: BaselineLSTM, init_args: {embedding_dim: 3, units: 2}}
data:
  class_path: ShopReviews
  init_args: {train_reviews: 24, validation_reviews: 12, test_reviews: 6, vocab_size: 50, max_length: 9, batch_size: 8}
trainer: {max_epochs: 2, accelerator: cpu}
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """The folder that the page describes."""
    folder = tmp_path_factory.mktemp("prepared")
    texts = [f"{text} {number}" for number in range(6) for text in ("a good one", "bad, very bad", "nice", "awful")]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, labels in (("table", "10"), ("classes", ("bad", "ok", "good"))):
            rows = [f'"{text}",{labels[number % len(labels)]}\n' for number, text in enumerate(texts)]
            Path(f"{name}.csv").write_text("text,label\n" + "".join(rows))
        Path("tiny.yaml").write_text(TINY)
        architecture = json.dumps(THREE_CLASSES, separators=(",", ":"))
        of_classes = (
            f"--config tiny.yaml --model KerasSequential --model.architecture={architecture} --data ReviewTable"
        )
        of_classes += " --data.path classes.csv --data.classes all --data.vocab_size 50 --data.max_length 9"
        for line in (
            "fit --config tiny.yaml --run run",
            f"fit {of_classes} --run run_of_classes",
            "export-keras --ckpt_path run/checkpoints/best.ckpt --output model.keras --word_index words.json",
            "export-keras --ckpt_path run/checkpoints/best.ckpt --output model.weights.h5",
        ):
            assert main(line.split()) == 0
        for run, name in (("run", "best"), ("run_of_classes", "classes")):
            shutil.copy(f"{run}/checkpoints/best.ckpt", f"{name}.ckpt")
        shutil.copytree("run", "study/run-seed0")
        Path("folder").mkdir()
        for kind in ("csv", "json", "yaml", "ckpt", "keras"):
            Path(f"empty.{kind}").touch()
            Path(f"binary.{kind}").write_bytes(bytes(range(256)))
    return folder


def contents(folder):
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@pytest.mark.parametrize(("typed", "message"), ROWS, ids=[typed for typed, _ in ROWS])
def test_bad_input_says_its_line_and_leaves_nothing(command, prepared, monkeypatch, typed, message):
    monkeypatch.chdir(prepared)
    before = contents(prepared)
    outcome = command(*shlex.split(typed))
    if os.environ.get("REWRITE"):
        old, new = (line.replace("|", r"\|") for line in (message, outcome.err.strip()))
        start = "| `" + typed.replace("|", r"\|") + "` | `"
        PAGE.write_text(PAGE.read_text().replace(f"{start}{old}`", f"{start}{new}`"))
    assert (outcome.err, outcome.code, outcome.out) == (f"{message}\n", 2, "")
    assert contents(prepared) == before


def test_every_command_has_rows():
    assert {typed.partition(" ")[0] for typed, _ in ROWS} >= COMMANDS.keys()
    assert len(ROWS) == len(set(ROWS))
