"""Runs as processes, with lines of shell in place of trainings."""

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from lit_sentiment.errors import InputError
from lit_sentiment.study.run_process import ask_to_stop, may_run, run_to_end
from lit_sentiment.study.runs_at_once import RunsAtOnce

PATIENCE_SECONDS = 60


@pytest.fixture
def pool(tmp_path):
    pools = []

    def pool(places, *gpus):
        pools.append(RunsAtOnce(tmp_path / "study", ThreadPoolExecutor(places), places, gpus))
        return pools[-1]

    yield pool
    for each in pools:
        each.signal(signal.SIGKILL)
        each.wait()


@pytest.fixture
def play(shell_run):
    """Make a run of a line of shell; its number is its seed."""
    return lambda script, number=0: shell_run(script, seed=number)


def until(condition):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def end_of(runs, *names):
    ended = {}
    until(lambda: ended.update(runs.take_ended()) or ended.keys() == set(names))
    return ended


def said(run):
    return run.log.read_text().splitlines()[1:]


def test_exit_codes_and_free_places(pool, play):
    runs = pool(2)
    runs.start(play("exit 0"))
    assert runs.has_place
    runs.start(play("exit 3", 1))
    assert not runs.has_place
    assert end_of(runs, "one-seed0", "one-seed1") == {"one-seed0": 0, "one-seed1": 3}
    assert runs.has_place
    assert runs.running == []


def test_log_has_the_command_and_all_output_of_every_start(pool, play):
    runs = pool(1)
    for word in ("one", "two"):
        run = play(f"echo {word}; echo err >&2; cat")
        runs.start(run)
        end_of(runs, run.name)
    log = "$ sh -c 'echo {word}; echo err >&2; cat' {folder}\n{word}\nerr\n"
    assert run.log.read_text() == "".join(log.format(word=word, folder=run.folder.path) for word in ("one", "two"))


def test_each_has_one_thread_and_a_gpu_of_its_own(pool, play):
    runs = pool(3, "4", "7")
    started = [play("echo $OMP_NUM_THREADS $CUDA_VISIBLE_DEVICES", number) for number in range(3)]
    for run in started:
        runs.start(run)
    end_of(runs, *(run.name for run in started))
    assert [said(run) for run in started] == [["1 4"], ["1 7"], ["1 4"]]


def test_gpu_of_an_ended_run_is_given_to_the_next(pool, play):
    runs = pool(2, "4", "7")
    runs.start(play("exec sleep 600"))
    for number in (1, 2):
        run = play("echo $CUDA_VISIBLE_DEVICES", number)
        runs.start(run)
        end_of(runs, run.name)
        assert said(run) == ["7"]


def test_without_gpus_the_environment_is_left_alone(pool, play, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5")
    runs, run = pool(1), play("echo $CUDA_VISIBLE_DEVICES")
    runs.start(run)
    end_of(runs, run.name)
    assert said(run) == ["5"]


def test_signal_reaches_all_and_no_terminal_reaches_any(pool, play):
    runs, started = pool(2), [play("ps -o sid= -p $$; exec sleep 600", number) for number in (0, 1)]
    for run in started:
        runs.start(run)
    until(lambda: all(run.log.exists() and said(run) for run in started))
    sessions = {int(said(run)[0]) for run in started}
    assert len(sessions - {os.getsid(0)}) == 2
    runs.signal(signal.SIGTERM)
    assert end_of(runs, *(run.name for run in started)) == dict.fromkeys(["one-seed0", "one-seed1"], -signal.SIGTERM)
    runs.signal(signal.SIGTERM)


def test_run_that_is_finished_or_not_wanted_any_more_is_not_begun(play, tmp_path):
    run = play("exit 3")
    ask_to_stop(run.study, signal.SIGTERM)
    assert run_to_end(run, Path.cwd(), {}) == -signal.SIGTERM
    may_run(run.study)
    assert run_to_end(run, Path.cwd(), {}) == 3
    run.folder.path.mkdir()
    shutil.copy(run.study / "finish/finished.json", run.folder.finished)
    assert run_to_end(run, Path.cwd(), {}) == 0
    assert len(run.log.read_text().splitlines()) == 1, "began once"


def test_folder_is_found_from_the_directory_of_the_study(play, tmp_path, monkeypatch):
    from dataclasses import replace

    monkeypatch.chdir("/")
    run = replace(play("pwd; exit 4"), study=Path("study"))
    assert run_to_end(run, tmp_path, {}) == 4
    assert (tmp_path / "study/logs/one-seed0.log").read_text().splitlines()[1] == str(tmp_path)


WAIT = (
    "mkdir -p $0; echo begun >> $0/../begun; while [ ! -e $0/../go ]; do sleep 0.02; done; cp $(dirname $0)/finish/* $0"
)


def test_run_that_a_killed_study_left_at_work_is_waited_for(pool, play):
    """And not begun a second time."""
    run = play(WAIT)
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from pathlib import Path; from conftest import ShellRun, Training\n"
        "from lit_sentiment.study.run_process import run_to_end\n"
        f"run_to_end(ShellRun(Training('one', (), {{}}), 0, Path({str(run.study)!r}), {WAIT!r}), Path('/'), {{}})"
    )
    killed = subprocess.Popen([sys.executable, "-c", code])
    until((run.study / "begun").exists)
    killed.kill()
    killed.wait()
    runs = pool(1)
    runs.start(run)
    time.sleep(0.3)
    assert runs.take_ended() == {}
    (run.study / "go").touch()
    assert end_of(runs, run.name) == {run.name: 0}
    assert (run.study / "begun").read_text() == "begun\n"


class Lost(Executor):
    """One that gives up whatever it is given."""

    def submit(self, function, /, *args, **settings):
        future = Future()
        future.cancel()
        future.set_running_or_notify_cancel()
        return future


def test_executor_that_has_gone_is_told(tmp_path, play):
    runs = RunsAtOnce(tmp_path / "study", Lost())
    for number in range(3):
        assert runs.has_place
        runs.start(play("exit 0", number))
    with pytest.raises(InputError, match="the executor has gone; give the same command once it is there again"):
        runs.take_ended()
    assert runs.running == []
    runs.wait()
