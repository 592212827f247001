"""`completion`: what bash offers, and a script for each shell that it says."""

import shutil
import subprocess

import pytest

TRIES = {
    ("pre",): "predict",
    ("predict", "--format", ""): "csv",
    ("predict", "--thr"): "--threshold",
    ("fit", "--trainer.max_e"): "--trainer.max_epochs",
    ("fit", "--model.u"): "--model.units",
    ("reference", "--data.train_r"): "--data.train_reviews",
    ("reference", "--tw"): "--twins",
}
COMPLETE = """\
source script.bash
COMP_WORDS=(lit-sentiment "$@") COMP_CWORD=$#
"$(complete -p lit-sentiment | grep -oP '(?<=-F )\\S+')"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes_commands_options_and_values(command, tmp_path):
    outcome = command("completion", "bash")
    assert outcome.code == 0, outcome.err
    (tmp_path / "script.bash").write_text(outcome.out)
    for words, expected in TRIES.items():
        done = subprocess.run(["bash", "-c", COMPLETE, "bash", *words], capture_output=True, text=True, check=False)
        assert expected in done.stdout.split(), done
        assert "fit" not in done.stdout.split()


@pytest.mark.parametrize("shell", ["tcsh", ""])
def test_other_shells_are_refused(command, shell):
    outcome = command("completion", shell)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.count("\n") == 1


def test_missing_extra_is_named(command, monkeypatch):
    monkeypatch.setattr("lit_sentiment.commands.completion.find_spec", lambda name: None)
    outcome = command("completion", "fish")
    assert (outcome.code, outcome.out) == (2, "")
    assert "extra [completion]" in outcome.err
