"""Faults of one kind, over commands: output that cannot be written, names that a terminal obeys, texts that unfold."""

import importlib
import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from lit_sentiment import cli
from lit_sentiment.cli import COMMANDS
from lit_sentiment.commands import typed_command
from lit_sentiment.console import Console
from lit_sentiment.process import harmless

HOSTILE = ["\x1b[31mred\x1b]0;title\x07", "two\nerror: lines", "\u202egnp.exe", "\x9b31m"]
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


def full_disk():
    return open("/dev/full", "w")  # noqa: PTH123 - the test closes it


def closed_pipe():
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "w")


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(
    ("stream", "code", "said"),
    [(full_disk, 2, "error: standard output: No space left on device\n"), (closed_pipe, 141, "")],
)
def test_output_that_cannot_be_written_is_one_line_or_none(monkeypatch, capsys, name, stream, code, said):
    """What is left unwritten is found out before the end, where Python would complain in its own words."""
    module = importlib.import_module(f"lit_sentiment.commands.{cli._MODULES.get(name, name)}")  # or it keeps the patch
    monkeypatch.setattr(typed_command, "parse_call", lambda *_: {})
    monkeypatch.setattr(module, name.replace("-", "_"), lambda *_, **__: print("figures"))
    with stream() as out, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        assert cli.main([name]) == code
    assert capsys.readouterr().err == said


@pytest.mark.parametrize("stream", [full_disk, closed_pipe])
def test_refusal_that_nobody_can_read_has_its_exit_code(monkeypatch, stream):
    with stream() as err, monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", err)
        assert cli.main(["nope"]) == 2


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_terminal_obeys_is_shown_as_an_escape(text, capsys):
    assert not OBEYED.search(harmless(text))
    Console(force_terminal=True, no_color=True, width=200).print(text)
    assert not OBEYED.search(capsys.readouterr().out)
    assert harmless("plain, naïve, 日本, 👩‍💻\t[bold]\n") == "plain, naïve, 日本, 👩‍💻\t[bold]\n"


REFUSALS = {
    "no command": lambda text: [text],
    "option": lambda text: ["fit", f"--{text}", "1"],
    "value": lambda text: ["fit", "--trainer.max_epochs", text],
    "class": lambda text: ["fit", "--model", text],
    "config": lambda text: ["fit", "--config", f"{text}.yaml"],
    "run": lambda text: ["fit", "--run", f"{text}/file/run"],
    "checkpoint": lambda text: ["test", "--ckpt_path", f"{text}.ckpt"],
    "table": lambda text: ["predict", "--ckpt_path", "CHECKPOINT", "--data.path", f"{text}.csv"],
    "Keras file": lambda text: ["import-keras", f"{text}.keras", "--output", "new.ckpt"],
    "output": lambda text: ["export-keras", "--ckpt_path", "CHECKPOINT", "--output", text],
    "study": lambda text: ["report", text],
    "compared run": lambda text: ["compare", text],
    "history": lambda text: ["diagnose", "history.json"],
    "reference": lambda text: ["compare", "run", "--reference", "reference.json"],
}


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("place", REFUSALS)
def test_refusal_of_a_hostile_name_is_one_harmless_line(command, trained_run, tmp_path, place, text):
    (tmp_path / "history.json").write_text(json.dumps({f"loss{text}": [1, f"x{text}"], "val_loss": [1, 2]}))
    reference = {"identity": {"model": text}, "curves": {}, "twins": [], "provenance": {}}
    (tmp_path / "reference.json").write_text(json.dumps(reference))
    (tmp_path / "run").symlink_to(trained_run)
    (tmp_path / text).mkdir()
    (tmp_path / text / "file").touch()
    checkpoint = str(trained_run / "checkpoints/best.ckpt")
    outcome = command(*(checkpoint if arg == "CHECKPOINT" else arg for arg in REFUSALS[place](text)))
    assert (outcome.code, outcome.err.count("\n")) == (2, 1), outcome.err
    assert not OBEYED.search(outcome.out + outcome.err)


@pytest.mark.usefixtures("blank_pictures")
@pytest.mark.parametrize("text", HOSTILE)
def test_names_that_are_printed_are_harmless(command, tiny, trained_run, tiny_study, write_curves, tmp_path, text):
    """Of runs and files, of tags in event files, and of what a study's own files say; in the page of a report, too."""
    study = Path(shutil.copytree(tiny_study, tmp_path / "study"))
    (study / "l2-seed0").rename(study / f"{text}-seed0")
    for path in study.glob("*/finished.json"):
        hostile = {"torch": f"{text}<script>", "lightning": "<script>"}
        path.write_text(json.dumps({**json.loads(path.read_text()), **hostile}))
    (study / f"torn{text}").mkdir()
    (study / f"torn{text}/config.yaml").touch()
    for side in ("train", "validation"):
        write_curves(tmp_path / "events" / side, {f"loss{text}/loss": [0.5, 0.4, 0.3, 0.2]})
    calls = [
        ("report", study),
        ("diagnose", "events"),
        ("fit", *tiny, "--run", f"{text}run"),
        ("export-keras", "--ckpt_path", trained_run / "checkpoints/best.ckpt", "--output", f"{text}.keras"),
    ]
    for call in calls:
        outcome = command(*call)
        assert outcome.code == 0, outcome.err
        assert not OBEYED.search(outcome.out + outcome.err), call[0]
    assert "<script" not in (study / "report.html").read_text()


LEVELS = range(1, 9)
UNFOLDING = {
    "lists": "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in LEVELS),
    "objects": "a0: &a0 {k: x}\n"
    + "".join(f"a{i}: &a{i} {{{', '.join(f'k{j}: *a{i - 1}' for j in range(9))}}}\n" for i in LEVELS),
    "itself": "model: &a [*a]\n",
    "deep lists": "model: " + "[" * 5000 + "]" * 5000 + "\n",
    "deep objects": "model: " + "{a: " * 1000 + "}" * 1000 + "\n",
    "deep blocks": "".join(f"{' ' * i}a:\n" for i in range(1500)),
    "number of no digits": "trainer: {max_epochs: !!int }\n",
    "long number": f"trainer: {{max_epochs: {'9' * 5000}}}\n",
}


@pytest.mark.parametrize("kind", UNFOLDING)
@pytest.mark.parametrize("option", ["fit --config", "study --trainings", "search --training", "study --config"])
def test_config_that_unfolds_without_end_is_refused(command, option, kind):
    Path("bomb.yaml").write_text(UNFOLDING[kind])
    more = ["--space", "model.units", "[1, 2]"] if "search" in option else []
    outcome = command(*option.split(), "bomb.yaml", *more)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1), outcome.err
    assert outcome.err.startswith("error: ")
    assert [path.name for path in Path().iterdir()] == ["bomb.yaml"]


@pytest.mark.parametrize("option", ["study --vary model.units", "search --space model.units"])
def test_value_that_unfolds_without_end_is_refused(command, option):
    aliases = [f"&a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 7)]
    outcome = command(*option.split(), f"[&a0 x, {', '.join(aliases)}]")
    assert (outcome.code, outcome.err.count("\n")) == (2, 1), outcome.err
    assert "expected a name and a value" in outcome.err


def test_config_may_use_aliases(command):
    Path("config.yaml").write_text(
        "model: {class_path: BaselineLSTM, init_args: {units: &size 7, embedding_dim: *size}}\n"
    )
    outcome = command("fit", "--config", "config.yaml", "--print_config")
    assert outcome.code == 0
    assert "embedding_dim: 7" in outcome.out


NOT_UTF_8 = os.fsdecode(b"caf\xe9")


@pytest.mark.parametrize(
    "line",
    [
        "fit --run {0}",
        "fit --run={0}",
        "fit --run {0} --ckpt_path last",
        "fit --data ReviewTable --data.path {0}.csv",
        "fit --model KerasSequential --model.architecture {0}.yaml",
        "fit --trainer.logger TensorBoardLogger --trainer.logger.save_dir {0}",
        "study --trainings {0}.yaml",
        "study --shared_configs {0}.yaml",
        "study --trainings plain.yaml --folder {0}",
        "study --trainings plain.yaml --data.cache_dir {0}",
        "search --training {0}.yaml --space model.units [2,3]",
        "search --training plain.yaml --space model.units [2,3] --folder {0}",
        "reference --tensorboard {0}",
        "reference --data ReviewTable --data.path {0}.csv",
    ],
)
def test_name_that_is_not_utf_8_is_refused_where_it_would_be_written_down(command, tmp_path, line):
    for name in ("plain", NOT_UTF_8):
        (tmp_path / f"{name}.yaml").write_text("trainer: {max_epochs: 1}\n")
    before = sorted(tmp_path.iterdir())
    outcome = command(*line.format(NOT_UTF_8).split())
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1), outcome.err
    assert re.match(r"error: .+: expected UTF-8, found '.*caf\\udce9.*'; rename it, or name another$", outcome.err)
    assert sorted(tmp_path.iterdir()) == before


def test_name_that_is_too_long_is_refused(command):
    for option in ("--config", "--run", "--ckpt_path"):
        outcome = command("fit", option, "a" * 300)
        assert (outcome.code, outcome.err.count("\n")) == (2, 1)
        assert outcome.err.endswith("a: expected to read or write it, found file name too long\n")


def test_run_in_a_folder_whose_name_is_not_utf_8_can_be_shown(command, trained_run, tmp_path):
    folder = tmp_path / NOT_UTF_8
    run = shutil.copytree(trained_run, folder / NOT_UTF_8)
    diagnosed = ["diagnose", run, "--picture", f"{NOT_UTF_8}.png"]
    for args in (["report", folder], ["export", run / "checkpoints/best.ckpt", "exported"], diagnosed):
        outcome = command(*args)
        assert (outcome.code, outcome.err) == (0, "")
    for written in (folder / "report.html", folder / "report.md", Path("exported/README.md")):
        assert "udce9" in written.read_text(encoding="utf-8")
