"""The scripts that disturb commands from outside (docs/reliability.md), each with few disturbances."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[1] / "scripts"

SMALL = [
    "kill_trainings.py --runs 3 --checkpoint_every 3",
    "kill_trainings.py --runs 3 --signal INT",
    "kill_trainings.py --runs 3 --signal TERM --checkpoint_every 3",
    "kill_studies.py --rounds 1 --signal TERM",
    "kill_studies.py --rounds 1 --command search --signal KILL --storage sqlite:///optuna.db --damage",
    "race_commands.py --rounds 1 --processes 3",
    "fill_disk.py --tries 2 --commands fit predict export export-keras import-keras report diagnose suspects",
    "damage_files.py --kind checkpoints --damages 30",
    "damage_files.py --kind event-files --damages 60",
    "damage_files.py --kind keras-files --damages 30",
]


@pytest.mark.slow
@pytest.mark.parametrize("command", SMALL)
def test_disturbed_commands_do_what_they_should(command, tmp_path):
    script, *options = command.split()
    called = [sys.executable, SCRIPTS / script, *options]
    ended = subprocess.run(called, cwd=tmp_path, capture_output=True, text=True, timeout=900, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr[-2000:]


@pytest.fixture
def damage_files():
    spec = importlib.util.spec_from_file_location("damage_files", SCRIPTS / "damage_files.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_damaged_event_files_are_refused_or_told(damage_files, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["damage_files.py", "--kind", "event-files", "--damages", "25"])
    with pytest.raises(SystemExit) as leaving:
        damage_files.main()
    assert leaving.value.code == 0, capsys.readouterr().out
    assert "25 damages of event-files, 0 with something else" in capsys.readouterr().out
