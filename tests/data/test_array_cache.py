import io
import re
import subprocess
import sys
import threading
import warnings
from contextlib import suppress

import numpy as np
import pytest

from lit_sentiment.data.array_cache import Arrays, cached_arrays

PATIENCE_SECONDS = 60

ARRAYS = {
    "token_ids": np.arange(15, dtype=np.int32).reshape(5, 3),
    "words": np.frombuffer(b"good film", dtype=np.uint8),
}


class Builder:
    """Builds the arrays and counts how often."""

    def __init__(self, arrays: Arrays = ARRAYS) -> None:
        self.arrays = arrays
        self.calls = 0

    def __call__(self) -> Arrays:
        self.calls += 1
        return self.arrays


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cache" / "arrays.npz"


def same(arrays, others):
    return arrays.keys() == others.keys() and all(
        arrays[name].dtype == others[name].dtype and np.array_equal(arrays[name], others[name]) for name in arrays
    )


def rebuilt(path):
    """Return the one warning with which the arrays are built again."""
    build = Builder()
    with pytest.warns(UserWarning, match=re.escape(str(path))) as caught:
        assert same(cached_arrays(path, build), ARRAYS)
    assert build.calls == 1
    assert len(caught) == 1
    message = str(caught[0].message)
    assert "\n" not in message
    return message


def test_arrays_are_built_once_and_then_read(path):
    build = Builder()
    assert same(cached_arrays(path, build), ARRAYS)
    assert same(cached_arrays(path, build), ARRAYS)
    assert build.calls == 1


def test_what_is_read_is_what_was_kept_not_what_would_be_built(path):
    cached_arrays(path, Builder())
    others = {name: array[::-1] for name, array in ARRAYS.items()}
    assert same(cached_arrays(path, Builder(others)), ARRAYS)
    assert not same(others, ARRAYS)


def test_arrays_that_were_read_can_be_changed(path):
    cached_arrays(path, Builder())
    cached_arrays(path, Builder())["token_ids"][0, 0] = 99
    assert same(cached_arrays(path, Builder()), ARRAYS)


def test_numpy_alone_reads_the_file(path):
    cached_arrays(path, Builder())
    with np.load(path) as archive:
        assert same(dict(archive), ARRAYS)


def test_no_flipped_byte_changes_what_is_read(path, monkeypatch):
    cached_arrays(path, Builder())
    whole = path.read_bytes()
    monkeypatch.setattr("lit_sentiment.data.array_cache.replace_file", lambda *_: None)
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << position % 8
        path.write_bytes(damaged)
        assert "damaged" in rebuilt(path)


def test_plain_npz_reading_would_miss_flipped_bytes(path):
    """Why there is a digest: the checksums inside the file do not cover its list of arrays."""
    cached_arrays(path, Builder())
    whole = path.read_bytes()
    unnoticed = 0
    for position in range(len(whole)):
        damaged = whole[:position] + bytes([whole[position] ^ 255]) + whole[position + 1 :]
        with suppress(Exception), np.load(io.BytesIO(damaged)) as archive:
            unnoticed += not same(dict(archive), ARRAYS)
    assert unnoticed > 0


def test_truncated_file_is_built_again_wherever_it_ends(path):
    cached_arrays(path, Builder())
    whole = path.read_bytes()
    for size in range(0, len(whole), 17):
        path.write_bytes(whole[:size])
        assert "damaged" in rebuilt(path)


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"\x00" * 1000])
def test_foreign_file_is_built_again_and_then_whole(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    assert "damaged" in rebuilt(path)
    build = Builder()
    assert same(cached_arrays(path, build), ARRAYS)
    assert build.calls == 0


def test_folder_that_cannot_be_written_costs_only_the_cache(tmp_path):
    (tmp_path / "file").write_text("in the way")
    for _ in range(2):
        assert "cannot be written" in rebuilt(tmp_path / "file" / "cache" / "arrays.npz")
    assert (tmp_path / "file").read_text() == "in the way"


def test_folder_in_place_of_the_file_costs_only_the_cache(path):
    path.mkdir(parents=True)
    with pytest.warns(UserWarning, match=re.escape(str(path))):
        assert same(cached_arrays(path, Builder()), ARRAYS)


def test_nothing_but_the_file_is_left(path):
    cached_arrays(path, Builder())
    assert list(path.parent.iterdir()) == [path]


def test_failing_build_leaves_nothing(path):
    def build() -> Arrays:
        raise RuntimeError("no reviews")

    with pytest.raises(RuntimeError, match="no reviews"):
        cached_arrays(path, build)
    assert not path.parent.exists()


def test_failing_write_leaves_no_file(path, monkeypatch):
    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    assert "No space left on device" in rebuilt(path)
    assert list(path.parent.iterdir()) == []


def test_runs_that_start_at_once_all_get_whole_arrays(path):
    threads_count, rounds = 4, 8
    gate = threading.Barrier(threads_count, timeout=PATIENCE_SECONDS)
    faults: list[object] = []

    def read_and_remove() -> None:
        for _ in range(rounds):
            gate.wait()
            try:
                if not same(cached_arrays(path, Builder()), ARRAYS):
                    faults.append("other arrays")
            except Exception as fault:
                faults.append(fault)
            if gate.wait() == 0:
                path.unlink(missing_ok=True)  # not there where nobody could write it

    threads = [threading.Thread(target=read_and_remove, daemon=True) for _ in range(threads_count)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_SECONDS)
    assert not any(thread.is_alive() for thread in threads), f"one hangs; {faults}"
    assert faults == []
    assert list(path.parent.iterdir()) == []


def test_two_processes_at_once_both_succeed(path):
    program = (
        "import sys, time, warnings, pathlib, numpy\n"
        "from lit_sentiment.data.array_cache import cached_arrays\n"
        "warnings.simplefilter('error')\n"
        "def build():\n"
        "    time.sleep(0.3)\n"
        "    return {'x': numpy.arange(50_000)}\n"
        "assert cached_arrays(pathlib.Path(sys.argv[1]), build)['x'].sum() == 1_249_975_000\n"
    )
    runs = [subprocess.Popen([sys.executable, "-c", program, str(path)]) for _ in range(2)]
    assert [run.wait(timeout=60) for run in runs] == [0, 0]
    assert list(path.parent.iterdir()) == [path]
