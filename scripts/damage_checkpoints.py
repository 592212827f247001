"""Damage checkpoints at random, and see what the commands that open them make of it.

    python scripts/damage_checkpoints.py --damages 1000 [--seed 0]

Trains a small DropoutLSTM that is stopped inside an epoch. Then, for each damage, one of its two checkpoints is copied,
and of the copy a bit is flipped, the end is cut off, or a block is filled with zeros or noise; `predict`, `test` or
`fit --ckpt_path` opens it. Right is a refusal in one line with exit code 2, or what comes out of the whole checkpoint:
some bytes of the file say nothing. Prints counts, and ends with 1 if anything else came out.
"""

import argparse
import contextlib
import io
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

import torch

from lit_sentiment.cli import main as command_line
from lit_sentiment.models.checkpoint_file import read_checkpoint
from lit_sentiment.process import Interrupted
from lit_sentiment.training.stopping import FiniteLoss

OPTIONS = ["--model=DropoutLSTM", "--model.embedding_dim=5", "--model.units=[4, 3]", "--trainer.accelerator=cpu"]
OPTIONS += [
    "--data.train_reviews=60",
    "--data.validation_reviews=25",
    "--data.test_reviews=15",
    "--data.vocab_size=200",
]
OPTIONS += ["--data.batch_size=7", "--data.max_length=20", "--data.cache_dir=cache", "--trainer.max_epochs=2"]
KINDS = ("flipped bit", "cut off", "zeros", "noise")
COMMANDS = {"predict": 5, "test": 5, "fit": 1}
"""With how often each is drawn: `fit` takes longest."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--damages", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    config = parser.parse_args()
    torch.set_num_threads(1)
    rng, counts, wrong = random.Random(config.seed), Counter[tuple[str, str]](), 0
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        train()
        whole = {path: path.read_bytes() for path in Path("run/checkpoints").iterdir()}
        expected = {(path, command): opened(command, path) for path in whole for command in COMMANDS}
        assert not any(code for code, _, _ in expected.values())
        for number in range(config.damages):
            path, kind = rng.choice(sorted(whole)), rng.choice(KINDS)
            (command,) = rng.choices(list(COMMANDS), list(COMMANDS.values()))
            copy = Path("copy") / path.name
            copy.parent.mkdir(exist_ok=True)
            copy.write_bytes(damaged(whole[path], kind, rng))
            code, result, refusal = opened(command, copy)
            verdict = "something else"
            if (code, refusal.count("\n")) == (2, 1) and refusal.startswith("error: "):
                verdict = "refused"
            elif (code, result) == expected[path, command][:2]:
                verdict = "equal"
            counts[kind, verdict] += 1
            if verdict == "something else":
                wrong += 1
                print(
                    f"damage {number} ({kind}, {path.name}, {command}): exit code {code}, {refusal[-300:]}", flush=True
                )
    for kind in KINDS:
        print(f"{kind}: " + ", ".join(f"{counts[kind, one]} {one}" for one in ("refused", "equal", "something else")))
    print(f"{config.damages} damages, {wrong} neither refused nor without effect")
    sys.exit(bool(wrong))


def train() -> None:
    """Leave a run whose last checkpoint lies inside its second epoch."""
    check = FiniteLoss.on_train_batch_end

    def check_and_stop(self: FiniteLoss, trainer, *args) -> None:  # type: ignore[no-untyped-def]
        check(self, trainer, *args)
        if trainer.global_step == 16:
            raise Interrupted(2)

    FiniteLoss.on_train_batch_end = check_and_stop  # type: ignore[method-assign]
    run("fit", *OPTIONS, "--checkpoint_every=3", "--run=run")
    FiniteLoss.on_train_batch_end = check  # type: ignore[method-assign]


def opened(command: str, checkpoint: Path) -> tuple[int, object, str]:
    """Return the exit code of a command that opens a checkpoint, what came out, and what it said of errors."""
    shutil.rmtree("again", ignore_errors=True)
    if command == "fit":
        code, _, refusal = run("fit", *OPTIONS, f"--ckpt_path={checkpoint}", "--run=again", "--trainer.max_epochs=3")
        history = Path("again/history.csv")
        return code, history.read_text() if history.exists() else None, refusal
    texts = ["--text", "a lovely lamp", "broken on arrival"] if command == "predict" else []
    code, out, refusal = run(command, f"--ckpt_path={checkpoint}", *texts)
    # What is printed has few digits.
    return code, (out, str(numbers(read_checkpoint(checkpoint)))) if code == 0 else None, refusal


def numbers(value: object) -> object:
    """Return tensors as lists."""
    if isinstance(value, dict):
        return {key: numbers(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [numbers(one) for one in value]
    return value.tolist() if isinstance(value, torch.Tensor) else value


def run(*args: str) -> tuple[int, str, str]:
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = command_line(list(args))
        except SystemExit as leaving:
            code = int(leaving.code or 0)
    for stream in (out, err):
        stream.seek(0)
    return code, out.read(), err.read()


def damaged(content: bytes, kind: str, rng: random.Random) -> bytes:
    """Return the content with one damage."""
    place = rng.randrange(len(content))
    if kind == "cut off":
        return content[:place]
    if kind == "flipped bit":
        return content[:place] + bytes([content[place] ^ 1 << rng.randrange(8)]) + content[place + 1 :]
    size = min(rng.choice([8, 64, 512, 4096]), len(content) - place)
    return content[:place] + (bytes(size) if kind == "zeros" else rng.randbytes(size)) + content[place + size :]


if __name__ == "__main__":
    main()
