"""Damage files at random, and see what the commands that open them make of it.

    python scripts/damage_files.py --kind checkpoints --damages 1000 [--seed 0]
    python scripts/damage_files.py --kind event-files --damages 1000
    python scripts/damage_files.py --kind keras-files --damages 300

Trains a small DropoutLSTM that is stopped inside an epoch. Then, for each damage, one of its files is copied, and of
the copy a bit is flipped, the end is cut off, a block is filled with zeros or noise, or a part is taken out or comes
twice; of event files also a record has another length, up to exabytes, or other bytes, under checksums that are right.
Checkpoints are opened by `predict`, `test` and `fit --ckpt_path`, event files by `diagnose` and `compare`, and what
`export-keras` wrote by `import-keras`. Right is a refusal in one line with exit code 2, what comes out of the whole
file (some bytes say nothing), or of event files a line that names the damaged one beside what comes before the damage.
Bytes under right checksums are no damage that a reader can see, so of them it is only asked that they break nothing.
Prints counts, and ends with 1 if anything else came out.
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
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

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
OPTIONS += ["--data.batch_size=7", "--data.max_length=20", "--data.cache_dir=cache", "--trainer.max_epochs=6"]
DAMAGES = ["flipped bit", "cut off", "zeros", "noise", "taken out", "twice"]
RECORDS = ["other length", "other bytes"]
"""Damages of event files under checksums that are right."""
COMMANDS = {
    "checkpoints": {"predict": 5, "test": 5, "fit": 1},
    "event-files": {"diagnose": 2, "compare": 1},
    "keras-files": {"import-keras": 1},
}
"""By kind of files, with how often each is drawn: `fit` takes longest."""
VERDICTS = ("refused", "equal", "told", "harmless", "something else")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=COMMANDS, default="checkpoints")
    parser.add_argument("--damages", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    config = parser.parse_args()
    torch.set_num_threads(1)
    rng, counts = random.Random(config.seed), Counter[tuple[str, str]]()
    commands, damages = COMMANDS[config.kind], DAMAGES + (RECORDS if config.kind == "event-files" else [])
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        train()
        whole = {path: path.read_bytes() for path in files_of(config.kind)}
        expected = {(path, command): opened(command, path) for path in whole for command in commands}
        assert not any(code == 2 for code, _, _ in expected.values()), expected
        for number in range(config.damages):
            path, damage = rng.choice(sorted(whole)), rng.choice(damages)
            (command,) = rng.choices(list(commands), list(commands.values()))
            path.write_bytes(damaged(whole[path], damage, rng))
            code, result, said = opened(command, path)
            path.write_bytes(whole[path])
            verdict = "something else"
            if (code, said.count("\n")) == (2, 1) and said.startswith("error: "):
                verdict = "refused"
            elif (code, result) == expected[path, command][:2]:
                verdict = "equal"
            elif command in COMMANDS["event-files"] and code in (0, 1) and f"{path}: " in result and not said:
                verdict = "told"
            elif code in (0, 1) and not said and damage in RECORDS:
                verdict = "harmless"
            counts[damage, verdict] += 1
            if verdict == "something else":
                print(f"damage {number} ({damage}, {path}, {command}): exit code {code}, {said[-300:]} {result}"[:900])
    for damage in damages:
        print(f"{damage}: " + ", ".join(f"{counts[damage, one]} {one}" for one in VERDICTS if counts[damage, one]))
    wrong = sum(counts[damage, "something else"] for damage in damages)
    print(f"{config.damages} damages of {config.kind}, {wrong} with something else")
    sys.exit(bool(wrong))


def train() -> None:
    """Leave a run whose last checkpoint lies inside its sixth epoch."""
    check = FiniteLoss.on_train_batch_end

    def check_and_stop(self: FiniteLoss, trainer, *args) -> None:  # type: ignore[no-untyped-def]
        check(self, trainer, *args)
        if trainer.global_step == 52:
            raise Interrupted(2)

    FiniteLoss.on_train_batch_end = check_and_stop  # type: ignore[method-assign]
    run("fit", *OPTIONS, "--checkpoint_every=3", "--run=run")
    FiniteLoss.on_train_batch_end = check  # type: ignore[method-assign]


def files_of(kind: str) -> list[Path]:
    """Return what is to be damaged, by its path from here."""
    if kind == "checkpoints":
        return sorted(Path("run/checkpoints").iterdir())
    if kind == "event-files":
        for side in ("train", "validation"):
            shutil.copytree(f"run/{side}", f"events/{side}")
        return sorted(Path("events").rglob("*tfevents*"))
    run("export-keras", "--ckpt_path=run/checkpoints/best.ckpt", "--output=model.keras")
    return [Path("model.keras")]


def opened(command: str, path: Path) -> tuple[int, object, str]:
    """Return the exit code of a command that opens a file, what came out, and what it said of errors."""
    shutil.rmtree("again", ignore_errors=True)
    Path("again").mkdir()
    if command == "fit":
        code, _, said = run("fit", *OPTIONS, f"--ckpt_path={path}", "--run=again/run", "--trainer.max_epochs=7")
        history = Path("again/run/history.csv")
        return code, history.read_text() if history.exists() else None, said
    if command == "diagnose":
        return run("diagnose", "events")
    if command == "compare":
        return run("compare", "events", "--reference=run", "--picture=again/picture.png")
    if command == "import-keras":
        code, out, said = run(
            "import-keras", str(path), "--encoder_from=run/checkpoints/best.ckpt", "--output=again/it"
        )
        if code:
            return code, None, said
        weights = read_checkpoint(Path("again/it"))["state_dict"]
        # The seeds of dropout are not in the file: they are drawn anew.
        return code, (out, str([numbers(weights[name]) for name in weights if "_extra_state" not in name])), said
    texts = ["--text", "a lovely lamp", "broken on arrival"] if command == "predict" else []
    code, out, said = run(command, f"--ckpt_path={path}", *texts)
    # What is printed has few digits.
    return code, (out, str(numbers(read_checkpoint(path)))) if code == 0 else None, said


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


def damaged(content: bytes, damage: str, rng: random.Random) -> bytes:
    """Return the content with one damage."""
    if damage in RECORDS:
        return with_another_record(content, damage, rng)
    place = rng.randrange(len(content))
    if damage == "cut off":
        return content[:place]
    if damage == "flipped bit":
        return content[:place] + bytes([content[place] ^ 1 << rng.randrange(8)]) + content[place + 1 :]
    size = min(rng.choice([8, 64, 512, 4096]), len(content) - place)
    block = content[place : place + size]
    filling = {"zeros": bytes(size), "noise": rng.randbytes(size), "taken out": b"", "twice": 2 * block}[damage]
    return content[:place] + filling + content[place + size :]


def with_another_record(content: bytes, damage: str, rng: random.Random) -> bytes:
    """Return an event file of which one record has another length or other bytes; its checksums are right."""
    places = [0]
    while places[-1] < len(content):
        places.append(places[-1] + 16 + int.from_bytes(content[places[-1] : places[-1] + 8], "little"))
    number = rng.randrange(len(places) - 1)
    record = bytearray(content[places[number] + 12 : places[number + 1] - 4])
    size = len(record)
    if damage == "other length":
        size = rng.choice([0, size - 1, size + 1, 1 << 31, (1 << 63) - 1, (1 << 64) - 1])
    else:
        for _ in range(rng.choice([1, 4, 16])):
            record[rng.randrange(len(record))] = rng.randrange(256)
    header, data = size.to_bytes(8, "little"), bytes(record)
    whole = b"".join(part + masked_crc32c(part).to_bytes(4, "little") for part in (header, data))
    return content[: places[number]] + whole + content[places[number + 1] :]


if __name__ == "__main__":
    main()
