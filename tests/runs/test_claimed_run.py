import errno
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from lit_sentiment.errors import InputError
from lit_sentiment.runs.claimed_run import claimed_run
from lit_sentiment.runs.run_folder import LOCK


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def claims():
    with ExitStack() as claims:
        yield claims


def test_folders_without_a_name_are_all_different(claims):
    Path("runs").mkdir()
    Path("runs/a-2").touch()
    runs = [claims.enter_context(claimed_run(None, name)) for name in ("a", "a", "a", "b")]
    assert [str(run.path) for run in runs] == ["runs/a", "runs/a-3", "runs/a-4", "runs/b"]


def test_folder_that_stays_empty_is_taken_away_with_its_new_parents():
    with claimed_run(Path("new/run"), "") as run:
        assert (run.path / LOCK).read_text().startswith(f"process {os.getpid()} on ")
    assert list(Path().iterdir()) == []
    Path("old").mkdir()
    with claimed_run(Path("old/run"), "") as run:
        run.config.touch()
    assert [str(path) for path in Path().rglob("*")] == ["old", "old/run", "old/run/config.yaml"]


def test_full_disk_leaves_no_lock(monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left"), claimed_run(Path("new/run"), ""):
        pass
    assert list(Path().iterdir()) == []


HOLD = """
import sys, time
from pathlib import Path
from lit_sentiment.runs.claimed_run import claimed_run
with claimed_run(Path("run"), ""):
    print("taken", flush=True)
    time.sleep(600)
"""


def test_second_process_is_told_who_has_the_run_and_a_kill_frees_it():
    with subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"taken\n"
        told = rf"`run`: expected a run that no other process trains, found process {holder.pid} on .* at work in run; "
        for _ in range(2):
            with pytest.raises(InputError, match=told), claimed_run(Path("run"), ""):
                pass
        holder.kill()
    assert Path("run", LOCK).exists()
    with claimed_run(Path("run"), ""):
        pass
    assert list(Path("run").iterdir()) == []


MANY = """
import os, sys
from pathlib import Path
from lit_sentiment.errors import InputError
from lit_sentiment.runs.claimed_run import claimed_run
for _ in range(200):
    try:
        with claimed_run(Path("run"), ""):
            file = os.open("alone", os.O_CREAT | os.O_EXCL)
            os.unlink("alone")
    except InputError:
        pass
"""


def test_never_two_at_a_time_while_locks_come_and_go():
    Path("run").mkdir()
    (Path("run") / "kept").touch()
    processes = [subprocess.Popen([sys.executable, "-c", MANY]) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]


NAMELESS = """
from lit_sentiment.runs.claimed_run import claimed_run
for _ in range(20):
    with claimed_run(None, "a") as run:
        run.config.touch(exist_ok=False)
"""


def test_folders_without_a_name_are_all_different_for_processes_at_once():
    processes = [subprocess.Popen([sys.executable, "-c", NAMELESS]) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert len(list(Path("runs").iterdir())) == 3 * 20


def test_file_in_the_place_of_a_run_is_refused():
    Path("file").touch()
    with pytest.raises(InputError, match="found that file is a file"), claimed_run(Path("file"), ""):
        pass
