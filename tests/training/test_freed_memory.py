import os
import platform
import subprocess
import sys

import pytest
import torch

from lit_sentiment.cli import main
from lit_sentiment.training.freed_memory import VARIABLE, keep_freed_memory

only_glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="nothing is set for another C library")

FREES_100_MB = """\
import os
from pathlib import Path
from lit_sentiment.training.freed_memory import keep_freed_memory

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

keep_freed_memory()
before = resident()
block = b"x" * 100_000_000
del block
print(resident() - before)
"""


def run(setting, *command):
    return subprocess.run(
        [sys.executable, *map(str, command)],
        env={**os.environ, VARIABLE: setting},
        capture_output=True,
        text=True,
        check=True,
    )


@only_glibc
@pytest.mark.parametrize(("setting", "kept"), [("keep", True), ("system", False)])
def test_freed_memory_stays_unless_that_is_turned_off(setting, kept):
    megabytes = float(run(setting, "-c", FREES_100_MB).stdout)
    assert (megabytes > 90) == kept
    assert (megabytes < 10) == (not kept)


def test_fits_have_the_same_bits_with_and_without(tiny, tmp_path):
    """Beside a fit of another seed, so that the comparison can fail; in this process freed memory is kept."""
    weights, histories = [], []
    for number, (setting, seed) in enumerate([("keep", 0), ("system", 0), ("keep", 1)]):
        folder = tmp_path / str(number)
        model = ["--model=DropoutLSTM", "--model.units=[4,3]", "--threads=1", f"--seed_everything={seed}"]
        fit = ["fit", *tiny, *model, "--run", str(folder)]
        if setting == "system":
            run(setting, "-m", "lit_sentiment", *fit)
        else:
            assert main(fit) == 0
        state = torch.load(folder / "checkpoints/last.ckpt", weights_only=True)["state_dict"]
        tensors = {name: value for name, value in state.items() if isinstance(value, torch.Tensor)}
        weights.append({name: value.numpy().tobytes() for name, value in tensors.items()})
        histories.append((folder / "history.csv").read_text())
    assert weights[0] == weights[1]
    assert histories[0] == histories[1]
    assert weights[0] != weights[2]
    assert histories[0] != histories[2]


def test_other_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert not keep_freed_memory()


def test_other_setting_is_refused(command, monkeypatch):
    monkeypatch.setenv(VARIABLE, "jemalloc")
    outcome = command("fit")
    assert outcome.code == 2
    assert outcome.err == f"error: {VARIABLE}: expected keep or system, found jemalloc; leave it out for keep\n"
