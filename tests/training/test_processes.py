"""What the first process says of another that ends before it can train."""

import sys

import pytest
from lightning.fabric.plugins.environments.lightning import LightningEnvironment

from lit_sentiment.errors import InputError
from lit_sentiment.training.processes import CommandLauncher

SAYS = "import sys; print('no news'); sys.exit('note: one thing\\nerror: no reviews')"


@pytest.mark.parametrize(
    ("program", "said"), [(SAYS, "code 1: no reviews"), ("raise SystemExit(3)", "code 3: it said nothing")]
)
def test_process_that_ends_at_the_start_is_named_with_its_last_line(program, said):
    launcher = CommandLauncher(LightningEnvironment(), 3, [sys.executable, "-c", program])
    with pytest.raises(InputError, match=f"process 2 of 3 ended with {said}$"):
        launcher.launch(lambda: pytest.fail("trains"))
    assert launcher.procs == []


def test_processes_end_with_the_first(tmp_path):
    program = f"print('ready to train', flush=True); import time; time.sleep(60); open({str(tmp_path / 'late')!r}, 'w')"
    launcher = CommandLauncher(LightningEnvironment(), 3, [sys.executable, "-c", program])
    others = launcher.launch(lambda: list(launcher.procs))
    assert [process.returncode for process in others] == [-9, -9]


def test_fault_of_the_first_process_is_its_own(monkeypatch):
    monkeypatch.setattr("lit_sentiment.training.processes._TO_END_SECONDS", 0.01)
    program = "print('ready to train', flush=True); import time; time.sleep(60)"
    launcher = CommandLauncher(LightningEnvironment(), 2, [sys.executable, "-c", program])
    with pytest.raises(RuntimeError, match="ours"):
        launcher.launch(fail_with_our_own)


def fail_with_our_own():
    raise RuntimeError("ours")
