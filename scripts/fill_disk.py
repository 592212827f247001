"""Let the disk fill up while commands write, at random sizes, and see what they leave.

    python scripts/fill_disk.py --tries 30 [--seed 0] [--commands fit study search] [--means tmpfs]

Each try gives a command a folder with a finished run, a study, a table and a Keras model, and lets it write files of a
drawn size at most (`RLIMIT_FSIZE`), or, with `--means tmpfs` and as root, no more than a drawn size to a file system
that is full then. Right is one line and exit code 2, or what comes without a limit where the limit is not met; `study`
and `search` may also end with 1 and a line that says why a run failed. What was there before must be there, to the
byte; nothing half written may be left; and the same command, with room, must come to what it comes to without a limit.
Prints counts, and ends with 1 if anything else came out. Linux alone.
"""

import argparse
import contextlib
import math
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import torch
from forked_commands import end_of, start

from lit_sentiment.commands import export, fit, keras_files, predict, report, suspects  # noqa: F401 - before the forks

TRAINING = ["--model=BaselineLSTM", "--model.embedding_dim=5", "--model.units=4", "--trainer.accelerator=cpu"]
TRAINING += ["--data.train_reviews=60", "--data.validation_reviews=25", "--data.test_reviews=15"]
TRAINING += ["--data.vocab_size=200", "--data.max_length=20", "--data.batch_size=16", "--trainer.max_epochs=3"]
HERE = [*TRAINING, "--data.cache_dir=cache"]
BEST = "--ckpt_path=run/checkpoints/best.ckpt"
COMMANDS = {
    "fit": ["fit", *HERE, "--run=new", "--checkpoint_every=2", "--linear_baseline=true"],
    "fit, going on": ["fit", *HERE, "--run=run", "--ckpt_path=last", "--trainer.max_epochs=5"],
    "predict": ["predict", BEST, "--data.path=table.csv", "--output=new.csv"],
    "predict, JSON Lines": ["predict", BEST, "--data.path=table.csv", "--output=new.jsonl"],
    "predict, to a full device": ["predict", BEST, "--data.path=table.csv", "--output=/dev/full"],
    "export": ["export", "run/checkpoints/best.ckpt", "new"],
    "export-keras": ["export-keras", BEST, "--output=new.keras"],
    "import-keras": ["import-keras", "model.keras", "--encoder_from=run/checkpoints/best.ckpt", "--output=new.ckpt"],
    "report": ["report", "study"],
    "compare": ["compare", "run", "--reference=study/b-seed0", "--picture=new.png"],
    "diagnose": ["diagnose", "study", "--picture=new.png"],
    "suspects": ["suspects", "run", "--output=new.csv"],
    "study": ["study", *HERE, "--folder=new", "--seeds", "0", "1"],
    "search": ["search", *HERE, "--folder=new", "--seeds", "0", "--trials=2", "--space", "model.units", "[3, 4]"],
    "reference": ["reference", *HERE, "--folder=new", "--twins=1"],
}
TELLING = (".csv", ".jsonl", ".md", ".safetensors", ".png", ".weights")
"""The ends of the names of files that hold the same bytes each time."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tries", type=int, default=5, help="of each command")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--commands", nargs="+", choices=COMMANDS, default=list(COMMANDS))
    parser.add_argument("--means", choices=["limit", "tmpfs"], default="limit")
    config = parser.parse_args()
    torch.set_num_threads(1)
    rng, wrong = random.Random(config.seed), 0
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as mounts:
        os.chdir(name)
        prepare(Path("before"))
        folder = Path("there").absolute()
        folder.mkdir()
        if config.means == "tmpfs":
            subprocess.run(["mount", "-t", "tmpfs", "none", folder], check=True)
            mounts.callback(subprocess.run, ["umount", folder], check=True)
        for command in config.commands:
            counts: Counter[str] = Counter()
            renew(folder)
            before, code, said = contents(folder), *run(command, folder)
            expected = contents(folder)
            full = "full" in command
            assert code == (2 if full else 0), (command, code, said)
            sizes = [len(content) for path, content in expected.items() if before.get(path) != content]
            most = sum(sizes) if config.means == "tmpfs" else max(sizes, default=1)
            for number in range(1 if full else config.tries):
                size = (
                    int(math.exp(rng.uniform(0, math.log(1.1 * most)))) if rng.random() < 0.5 else rng.randrange(most)
                )
                renew(folder)
                if config.means == "tmpfs":
                    used = shutil.disk_usage(folder).used
                    remount(folder, used + size)
                    code, said = run(command, folder)
                    remount(folder, 1 << 30)
                else:
                    code, said = run(command, folder, size)
                fault = fault_after(command, code, said, before, contents(folder), expected)
                if not fault and code:
                    on = ["--ckpt_path=last"] if command == "fit" and (folder / "new/config.yaml").exists() else []
                    again, more = run(command, folder, on=on)
                    differing = differences(expected, contents(folder))
                    if not full and (again or differing):
                        fault = f"with room then: exit code {again}, {more[-300:]}, other {differing}"
                counts["wrong" if fault else f"exit code {code}"] += 1
                if fault:
                    print(f"{command}, try {number} with {size} bytes: exit code {code}, {fault}", flush=True)
            wrong += counts["wrong"]
            print(f"{command}: " + ", ".join(f"{what}: {counts[what]}" for what in sorted(counts)), flush=True)
    print(f"{len(config.commands)} commands, {wrong} tries that ended in something else")
    sys.exit(bool(wrong))


def prepare(folder: Path) -> None:
    """Make what every try begins with, in `folder`."""
    run_here = [*HERE, "--record_judgements=true"]
    for path in ("run", "study/b-seed0", "study/b-seed1"):
        seed = "--seed_everything=1" if path.endswith("1") else "--seed_everything=0"
        assert end_of(start(folder, ["fit", *run_here, f"--run={path}", seed])) == 0
    (folder / "table.csv").write_text("text\n" + "a lovely lamp\nbroken on arrival\n" * 3000)
    assert end_of(start(folder, ["export-keras", BEST, "--output=model.keras"])) == 0
    (folder / "output.txt").unlink()


def renew(folder: Path) -> None:
    """Bring back what every try begins with."""
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree("before", folder, dirs_exist_ok=True)


def remount(folder: Path, size: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", folder], check=True)


def run(command: str, folder: Path, size: int | None = None, on: list[str] | None = None) -> tuple[int, str]:
    """Run a command to its end, with files of a size at most; return its exit code and what it said.

    What it says goes through a pipe, which the limit does not hold for.
    """
    reader, writer = os.pipe()

    def prepare() -> None:
        for stream in (1, 2):
            os.dup2(writer, stream)
        os.close(writer)
        if size is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    process = start(folder, [*COMMANDS[command], *(on or [])], prepare, output=os.devnull)
    os.close(writer)
    with os.fdopen(reader, errors="replace") as pipe:
        said = pipe.read()
    return end_of(process), said


def fault_after(command: str, code: int, said: str, before: dict, after: dict, expected: dict) -> str:
    """Return what is wrong with what a command has said and left, if anything is."""
    refusals = [line for line in said.splitlines() if line.startswith("error: ")]
    if "has a defect" in said or "Traceback" in said or "Exception ignored" in said:
        return said[-600:]
    if command in ("study", "search") and code == 1:
        if "failed: " not in said:
            return f"no word of why: {said[-300:]}"
    elif code not in (0, 2) or len(refusals) != bool(code):
        return said[-600:]
    elif code == 0:
        differing = differences(expected, after)
        return f"other {differing}" if differing else ""
    left = [path for path in after if path.endswith((".tmp", "in_use")) or ".tmp/" in path]
    if left:
        return f"left {left}; {said[-200:]}"
    changes = "run/" if command == "fit, going on" else "nothing"
    lost = [path for path in before if after.get(path) != before[path] and not path.startswith(changes)]
    if lost:
        return f"lost or changed {lost}; {said[-200:]}"
    keeps = ("fit", "study", "search", "reference")
    new = [path for path in after if path not in before and not path.startswith("cache/")]
    if new and not command.startswith((*keeps, "report")):
        return f"left {new}; {said[-200:]}"
    return ""


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def differences(expected: dict[str, bytes], found: dict[str, bytes]) -> list[str]:
    """Return the names of files that only one has, or that hold other bytes where they should be the same."""
    names = [{name for name in one if "tfevents" not in name} for one in (expected, found)]
    telling = [name for name in names[0] & names[1] if name.endswith(TELLING)]
    return sorted(names[0] ^ names[1]) + [name for name in telling if expected[name] != found[name]]


if __name__ == "__main__":
    main()
