import os
import signal
import time

import pytest

from lit_sentiment.study.runs_at_once import RunsAtOnce

PATIENCE_SECONDS = 60


@pytest.fixture
def pool():
    pools = []

    def pool(*args, **settings):
        pools.append(RunsAtOnce(*args, **settings))
        return pools[-1]

    yield pool
    for each in pools:
        each.signal(signal.SIGKILL)
        each.wait()


def end_of(runs, *names):
    ended = {}
    deadline = time.monotonic() + PATIENCE_SECONDS
    while ended.keys() != set(names):
        assert time.monotonic() < deadline
        ended |= runs.take_ended()
        time.sleep(0.01)
    return ended


def test_exit_codes_and_free_places(pool, tmp_path):
    runs = pool(2)
    runs.start("good", ["true"], tmp_path / "good.log")
    assert runs.has_place
    runs.start("bad", ["sh", "-c", "exit 3"], tmp_path / "bad.log")
    assert not runs.has_place
    assert end_of(runs, "good", "bad") == {"good": 0, "bad": 3}
    assert runs.has_place
    assert runs.running == []


def test_log_has_the_command_and_all_output_of_every_start(pool, tmp_path):
    runs, log = pool(1), tmp_path / "logs" / "a.log"
    for word in ("one", "two words"):
        runs.start("a", ["sh", "-c", "echo out; echo err >&2; cat", word], log)
        end_of(runs, "a")
    said = "$ sh -c 'echo out; echo err >&2; cat' {}\nout\nerr\n"
    assert log.read_text() == said.format("one") + said.format("'two words'")


def test_each_has_one_thread_and_a_gpu_of_its_own(pool, tmp_path):
    runs = pool(3, gpus=["4", "7"])
    for name in "abc":
        runs.start(name, ["sh", "-c", "echo $OMP_NUM_THREADS $CUDA_VISIBLE_DEVICES"], tmp_path / name)
    end_of(runs, *"abc")
    assert [(tmp_path / name).read_text().splitlines()[1] for name in "abc"] == ["1 4", "1 7", "1 4"]


def test_gpu_of_an_ended_run_is_given_to_the_next(pool, tmp_path):
    runs, show = pool(2, gpus=["4", "7"]), "echo $CUDA_VISIBLE_DEVICES"
    runs.start("long", ["sleep", "600"], tmp_path / "long")
    for name in "ab":
        runs.start(name, ["sh", "-c", show], tmp_path / name)
        end_of(runs, name)
        assert (tmp_path / name).read_text().splitlines()[1] == "7"


def test_without_gpus_the_environment_is_left_alone(pool, tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5")
    runs = pool(1)
    runs.start("a", ["sh", "-c", "echo $CUDA_VISIBLE_DEVICES"], tmp_path / "a")
    end_of(runs, "a")
    assert (tmp_path / "a").read_text().endswith("\n5\n")


def test_signal_reaches_all_and_no_terminal_reaches_any(pool, tmp_path):
    runs = pool(2)
    for name in "ab":
        runs.start(
            name, ["sh", "-c", "ps -o sid= -p $$ > $0; exec sleep 600", str(tmp_path / f"{name}.sid")], tmp_path / name
        )
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not all((tmp_path / f"{name}.sid").exists() and (tmp_path / f"{name}.sid").read_text() for name in "ab"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    sessions = {int((tmp_path / f"{name}.sid").read_text()) for name in "ab"}
    assert len(sessions - {os.getsid(0)}) == 2
    runs.signal(signal.SIGTERM)
    assert end_of(runs, "a", "b") == {"a": -signal.SIGTERM, "b": -signal.SIGTERM}
    runs.signal(signal.SIGTERM)
