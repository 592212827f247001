"""Commands in processes of their own that start at once, for the scripts that disturb them. Linux alone.

A process that has imported everything forks for each command, so that it takes no seconds to start.
"""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from lit_sentiment.cli import main as command_line

HANGS = 999
"""In place of an exit code: the process was still there after all patience, and was killed."""
OUTPUT = "output.txt"
"""Where in its folder a command prints to."""
PATIENCE_SECONDS = 300


def start(folder: Path, args: Sequence[str], prepare: Callable[[], object] = lambda: None, output: str = OUTPUT) -> int:
    """Start a command in a child that works in a folder, and return its process id.

    Args:
        folder: It is made where it is not there.
        args: The command and its options.
        prepare: Called in the child before the command.
        output: Where all goes that it prints, after what was printed there before.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    process = os.fork()
    if process:
        return process
    try:
        os.chdir(folder)
        for stream in (1, 2):
            os.dup2(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it is ignored
        prepare()
        sys.stdout, sys.stderr = (os.fdopen(stream, "w", closefd=False) for stream in (1, 2))
        code = command_line(list(args))
        sys.stdout.flush()
        os._exit(code)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def has_ended(process: int) -> bool:
    """Whether a child has ended; it stays a zombie."""
    return os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def end_of(process: int, patience_seconds: float = PATIENCE_SECONDS) -> int:
    """Wait for a child, and return its exit code as a shell tells it: 128 and the signal that ended it, or HANGS."""
    deadline = time.monotonic() + patience_seconds
    while not has_ended(process):
        if time.monotonic() > deadline:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            return HANGS
        time.sleep(0.002)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    return code if code >= 0 else 128 - code
