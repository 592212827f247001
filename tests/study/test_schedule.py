"""What starts when, with lines of shell in place of trainings."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lit_sentiment.study import live_table, schedule, sign_of_life
from lit_sentiment.study.run_status import RunStatus
from lit_sentiment.study.runs_at_once import RunsAtOnce
from lit_sentiment.study.schedule import Schedule

PATIENCE_SECONDS = 60
TRAIN = "mkdir $0; touch $0/config.yaml; "
FINISH = "cp $(dirname $0)/finish/* $0/"
HANG = "trap 'exit 143' TERM; while :; do sleep 0.05; done"


@pytest.fixture
def follow():
    """Bring runs to their end, and return their statuses with all that was news, and the most that ran at once."""
    pools = []
    executor = ThreadPoolExecutor(8)

    def follow(runs, places=2, stop_when=lambda statuses: False, number=signal.SIGTERM):
        processes = RunsAtOnce(runs[0].study, executor, places)
        pools.append(processes)
        statuses = [RunStatus(run) for run in runs]
        schedule, news, most, stopped = Schedule(statuses, processes), [], 0, False
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not schedule.over:
            assert time.monotonic() < deadline, [status.state for status in statuses]
            news += [(status.run.name, said) for status, said in schedule.step()]
            most = max(most, len(processes.running))
            if not stopped and stop_when(statuses):
                stopped = True
                schedule.stop(number)
            time.sleep(0.01)
        return statuses, news, most

    yield follow
    for pool in pools:
        pool.signal(signal.SIGKILL)
        pool.wait()
    executor.shutdown()


def states(statuses):
    return {status.run.name: status.state for status in statuses}


@pytest.mark.parametrize("places", [1, 3])
def test_all_runs_come_to_their_end_so_many_at_a_time(shell_run, follow, places):
    runs = [shell_run(f"{TRAIN} sleep 0.2; {FINISH}", seed=seed) for seed in range(5)]
    statuses, news, most = follow(runs, places)
    assert set(states(statuses).values()) == {"done"}
    assert most == places
    assert [name for name, said in news if said == "started"] == [run.name for run in runs]
    done = "done, best val_loss 0.6000 in epoch 2, overfitting, 8 s"
    assert sorted(name for name, said in news if said == done) == [run.name for run in runs]


def test_finished_runs_are_not_touched(shell_run, follow):
    run = shell_run()
    follow([run])
    before = run.folder.finished.stat().st_mtime_ns
    statuses, news, _ = follow([run, shell_run(seed=1)])
    assert states(statuses) == {"one-seed0": "done before", "one-seed1": "done"}
    assert "one-seed0" not in dict(news)
    assert run.folder.finished.stat().st_mtime_ns == before


def test_failed_run_is_told_and_the_rest_goes_on(shell_run, follow):
    bad = shell_run(f"{TRAIN} echo one; echo the last word >&2; echo; exit 1", name="bad")
    statuses, news, _ = follow([bad, shell_run(), shell_run(seed=1)], places=1)
    assert states(statuses) == {"bad-seed0": "failed", "one-seed0": "done", "one-seed1": "done"}
    assert ("bad-seed0", f"failed: the last word (log: {bad.log})") in news


def test_killed_and_silent_runs_are_told(shell_run, follow):
    runs = [shell_run("kill -KILL $$"), shell_run("true", seed=1)]
    statuses, _, _ = follow(runs)
    faults = [status.fault for status in statuses]
    assert faults == [
        f"ended by SIGKILL; it said nothing (log: {runs[0].log})",
        f"it said nothing (log: {runs[1].log})",
    ]


def test_refused_training_is_not_tried_with_other_seeds(shell_run, follow):
    bad = [shell_run("echo error: nope; exit 2", name="bad", seed=seed) for seed in range(3)]
    good = [shell_run(seed=seed) for seed in range(2)]
    statuses, _, _ = follow([*bad, *good], places=1)
    expected = {"bad-seed0": "failed", "bad-seed1": "not tried", "bad-seed2": "not tried"}
    assert states(statuses) == {**expected, "one-seed0": "done", "one-seed1": "done"}


def test_training_that_fails_with_one_seed_is_tried_with_others(shell_run, follow):
    """As one that diverges: `fit` ends with 2 then too, but after its start."""
    runs = [shell_run(f"{TRAIN} exit 2"), shell_run(seed=1)]
    assert states(follow(runs, places=1)[0]) == {"one-seed0": "failed", "one-seed1": "done"}


def test_one_run_of_each_data_starts_ahead(shell_run, follow):
    """Until it trains; what reads other data need not wait."""
    wait = "while [ ! -e $(dirname $0)/go ]; do sleep 0.02; done; "
    first, second = (shell_run(wait + TRAIN + FINISH, seed=seed, data="large") for seed in range(2))
    third, fourth = (shell_run(name="small", seed=seed, data="small") for seed in range(2))
    seen = []

    def watch(statuses):
        now = [status.state for status in statuses]
        seen.append(now)
        if now[2:] == ["done", "done"]:
            (first.study / "go").touch()
        return False

    statuses, news, _ = follow([first, second, third, fourth], places=4, stop_when=watch)
    assert set(states(statuses).values()) == {"done"}
    assert ["running", "waiting", "done", "done"] in seen
    started = [name for name, said in news if said == "started"]
    assert started.index("one-seed1") > started.index("small-seed0")


@pytest.fixture
def soon_silent(monkeypatch):
    for module in (schedule, live_table):
        monkeypatch.setattr(module, "SILENT_SECONDS", 1.5)
    monkeypatch.setattr(sign_of_life, "_BEAT_SECONDS", 0.1)


COMPUTE = f"{TRAIN} echo $$ > $0/pid; while [ ! -e $0/go ]; do :; done; {FINISH}"


def test_run_that_hangs_is_told_once_and_its_row_says_it_until_it_goes_on(shell_run, follow, soon_silent):
    run, busy = shell_run(COMPUTE), shell_run(COMPUTE, seed=1)
    seen = []

    def watch(statuses):
        now = live_table.progress(statuses[0])
        pid = run.folder.path / "pid"
        if not seen and pid.exists() and pid.read_text():
            os.kill(int(pid.read_text()), signal.SIGSTOP)
            seen.append("stopped")
        elif seen == ["stopped"] and now.startswith("silent"):
            os.kill(int(pid.read_text()), signal.SIGCONT)
            seen.append("silent")
        elif seen[1:] == ["silent"] and not now.startswith("silent"):
            seen.append("back")
            for one in (run, busy):
                (one.folder.path / "go").touch()
        return False

    statuses, news, _ = follow([run, busy], stop_when=watch)
    assert seen == ["stopped", "silent", "back"]
    assert states(statuses) == {"one-seed0": "done", "one-seed1": "done"}
    told = [(name, said) for name, said in news if "no sign of life" in said]
    assert told == [("one-seed0", f"no sign of life for 2 s (log: {run.log})")]


def test_run_that_waits_in_a_queue_is_not_called_silent(shell_run, follow, soon_silent):
    """Its log may be there from an earlier start."""
    runs = [shell_run(f"{TRAIN} sleep 0.2; {FINISH}"), shell_run(seed=1)]
    for run in runs:
        run.log.parent.mkdir(exist_ok=True)
        run.log.write_text("$ fit\n")
    sign = sign_of_life.SignOfLife(runs[1].log)
    _, news, _ = follow(runs[:1])
    time.sleep(1.6)
    assert sign.silent_seconds == 0
    assert not [said for _, said in news if "no sign of life" in said]


def test_kill_ends_a_stopped_run_and_its_own_processes(shell_run, follow):
    run = shell_run(f"{TRAIN} sleep 600 & echo $$ $! > $0/pids; kill -STOP $! $$")
    file = run.folder.path / "pids"

    def state_of(pid):
        stat = Path(f"/proc/{pid}/stat")
        return stat.read_text().rpartition(")")[2].split()[0] if stat.exists() else "gone"

    def are_stopped(_):
        return file.exists() and [state_of(pid) for pid in file.read_text().split()] == ["T", "T"]

    statuses, _, _ = follow([run], stop_when=are_stopped, number=signal.SIGKILL)
    assert states(statuses) == {"one-seed0": "stopped"}
    deadline = time.monotonic() + PATIENCE_SECONDS
    while state_of(file.read_text().split()[1]) not in ("gone", "Z"):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_stop_starts_nothing_more_and_leaves_nothing_running(shell_run, follow):
    runs = [shell_run(TRAIN + HANG, seed=seed) for seed in range(3)]
    begun = [run.folder.config for run in runs[:2]]
    statuses, news, _ = follow(runs, stop_when=lambda _: all(path.exists() for path in begun))
    assert states(statuses) == {"one-seed0": "stopped", "one-seed1": "stopped", "one-seed2": "waiting"}
    assert ("one-seed0", "stopped, 0 epochs are kept") in news


def test_run_that_ends_while_stopping_is_done(shell_run, follow):
    script = f"{TRAIN} trap '{FINISH}; exit 0' TERM; touch $0/ready; while :; do sleep 0.05; done"
    run = shell_run(script)
    statuses, _, _ = follow([run], stop_when=lambda _: (run.folder.path / "ready").exists())
    assert states(statuses) == {"one-seed0": "done"}


def test_something_else_in_the_place_of_a_run_fails_it_alone(shell_run, follow):
    run = shell_run(seed=1)
    run.folder.path.mkdir()
    statuses, news, _ = follow([shell_run(), run])
    assert states(statuses) == {"one-seed0": "done", "one-seed1": "failed"}
    assert "expected a run of this study, found something else" in dict(news)["one-seed1"]
