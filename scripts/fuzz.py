"""Feed damaged and invented files to what reads from outside, and see what it makes of them.

    python -m pip install -c constraints.txt -e '.[fuzz]'
    python scripts/fuzz.py TARGET --minutes 10 [--findings FOLDER]
    python scripts/fuzz.py TARGET --input FINDING

Targets are table, events, keras, checkpoint and config. atheris mutates valid files and keeps what reaches new code.
The first byte of an input says what kind of file the rest is. Checksums are put right again in half of the files that
have them: what lies behind is not reached otherwise.

A finding is any exception but InputError, more than 2 s of computing, more than 500 MB beyond the most before, or an
answer that is wrong where one can tell: figures or weights that no valid file has, in a file whose checksums are as
they came, or another text than csv reads. Prints executions and findings, keeps an input of each, and ends with 1 if
there are any. A crash of the interpreter is kept as crash-*.
"""

import argparse
import contextlib
import csv
import gzip
import io
import os
import resource
import struct
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import atheris

from lit_sentiment.errors import InputError

MOST_SECONDS, MOST_MEGABYTES, MOST_BYTES = 2, 500, 100_000
ROOT = Path(__file__).parents[1]
READERS = ["lit_sentiment", "zipfile", "json", "yaml", "jsonargparse"]
"""The packages that are watched for new code; the whole of torch would take minutes to import."""

Read = Callable[[int, bytes], None]
"""Reads a file of a kind; raises AssertionError for a wrong answer."""


class Target(NamedTuple):
    """A reader, and valid files for it, the first byte of each its kind."""

    read: Read
    seeds: list[bytes]


@dataclass
class Watch:
    """Runs a target on inputs, counts, and keeps an input of each finding."""

    target: Target
    folder: Path
    deadline: float
    executions: int = 0
    read: int = 0
    findings: dict[str, int] = field(default_factory=dict)

    def __call__(self, content: bytes) -> None:
        """Run the target on an input."""
        if time.monotonic() > self.deadline:
            self.end()
        if not content:
            return
        self.executions += 1
        peak, start = megabytes(), time.process_time()
        try:
            self.target.read(content[0], content[1:])
            self.read += 1
        except InputError:
            pass
        except Exception as fault:
            frames = [one for one in traceback.extract_tb(fault.__traceback__) if "lit_sentiment" in one.filename]
            place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "elsewhere"
            self.keep(f"{type(fault).__name__} in {place}: {str(fault)[:100]!r}", place + type(fault).__name__, content)
        if time.process_time() - start > MOST_SECONDS:
            self.keep(f"{time.process_time() - start:.1f} s", "time", content)
        if megabytes() - peak > MOST_MEGABYTES:
            self.keep(f"{megabytes() - peak:.0f} MB", "memory", content)

    def keep(self, what: str, kind: str, content: bytes) -> None:
        self.findings[kind] = self.findings.get(kind, 0) + 1
        if self.findings[kind] == 1:
            path = self.folder / f"finding{len(self.findings)}"
            path.write_bytes(content)
            print(f"finding, kept in {path}: {what}", flush=True)

    def end(self) -> None:
        counts = ", ".join(f"{kind} {count} times" for kind, count in self.findings.items()) or "none"
        print(f"{self.executions} executions, {self.read} read, the rest refused; findings: {counts}", flush=True)
        os._exit(bool(self.findings))  # libFuzzer knows no end of its own that lets the script speak


def megabytes() -> float:
    """Return the most memory that there ever was."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def table() -> Target:
    from lit_sentiment.data.input_file import InputFile
    from lit_sentiment.data.labelled_table import read_table
    from lit_sentiment.data.labels import LabelRule
    from lit_sentiment.data.table_file import Table, TableLayout

    names = ["a.csv", "a.tsv", "a.jsonl", "a.json", "a.csv.gz", "a.txt"]

    def read(kind: int, content: bytes) -> None:
        path = Path(names[kind % len(names)])
        path.write_bytes(gzip.compress(content, 1) if path.suffix == ".gz" and kind >= 128 else content)
        file, comma = InputFile("`path`", path), TableLayout(separator=",", label_column="label")
        if path.suffix == ".csv":
            rows = [row.text for row in Table(file, comma)]
            header, *theirs = filter(
                None, csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
            )
            place = header.index("text")
            assert rows == [row[place] if place < len(row) else "" for row in theirs], "another text"
        list(Table(file, TableLayout(kept=True), plain_text=True))
        read_table(file, TableLayout(label_column="label"), LabelRule(), for_training=True)

    rows = b'text,label\n"a, ""b""\nc",1\nd,0\n'
    lines = b'{"text": "a \\u00e9", "label": 1}\n{"text": null, "label": "neg"}\n{"text": "b", "label": 0}\n'
    files = [
        rows,
        b'text\tlabel\na "b"\t1\n"c\t0\n',
        lines,
        b"[" + lines.strip().replace(b"\n", b",") + b"]",
        gzip.compress(rows),
    ]
    marked = "\ufefftext,label\r\né,1\r\nb,0\r\n".encode()
    return Target(read, [bytes([kind]) + one for kind, one in enumerate(files)] + [b"\x00" + marked, b"\xc4" + rows])


def events() -> Target:
    from torch.utils.tensorboard import SummaryWriter

    from lit_sentiment.curves.overfitting import diagnose
    from lit_sentiment.foreign_runs.foreign_run import read_run
    from lit_sentiment.foreign_runs.run_search import FoundRun
    from lit_sentiment.tensorboard.event_files import read_events

    names = ["events.out.tfevents.1", "events.out.tfevents.1", "history.csv", "history.json"]
    written: set[Any] = set()

    def read(kind: int, content: bytes) -> None:
        kind %= len(names)
        for path in map(Path, names):
            path.unlink(missing_ok=True)
        Path(names[kind]).write_bytes(with_record_checksums(content) if kind == 1 else content)
        found = {(tag, point) for tag, points in read_events(Path()).curves.items() for point in points}
        assert kind != 0 or found <= written, "another figure"
        run = read_run(FoundRun(Path(names[kind]) if kind > 1 else Path()), {})
        diagnose(run.history, run.likely_chance())

    seeds = [b"\x02epoch,loss,val_loss,accuracy,val_accuracy\n0,0.5,0.6,0.5,0.5\n1,0.4,0.7,NA,1e-3\n"]
    seeds += [b'\x03{"loss": [0.5, 0.4], "val_loss": [0.6, NaN], "accuracy": [0.5, 0.75]}']
    seeds += [b'\x03{"log_history": [{"step": 1, "loss": 0.5}, {"step": 2, "eval_loss": 0.6, "epoch": 1.0}]}']
    for purge in (None, 1):
        with tempfile.TemporaryDirectory() as name, SummaryWriter(name, purge_step=purge) as writer:
            for step in range(4):
                writer.add_scalar("train/loss", 1 / (step + 1), step)
                writer.add_scalar("val/loss", 1 / (step + 2), step)
            writer.add_tensor("val/accuracy", __import__("torch").tensor([0.5]), 1)
            writer.flush()
            written |= {(tag, point) for tag, points in read_events(Path(name)).curves.items() for point in points}
            (content,) = (path.read_bytes() for path in Path(name).iterdir())
            seeds += [bytes([kind]) + content for kind in (0, 1)]
    return Target(read, seeds)


def keras() -> Target:
    from lit_sentiment.keras_files.keras_file import read_keras_file, write_keras_file
    from lit_sentiment.models import BaselineLSTM, DropoutLSTM

    kinds = [("a.keras", None), ("a.keras", None), ("a.h5", None), ("a.h5", "BaselineLSTM"), ("a.h5", "DropoutLSTM")]
    written: set[bytes] = set()

    def read(kind: int, content: bytes) -> None:
        name, model_name = kinds[kind % len(kinds)]
        Path(name).write_bytes(with_zip_checksums(content) if kind % len(kinds) == 1 else content)
        found = read_keras_file(Path(name), model_name)
        assert kind % len(kinds) != 0 or weights_of(found) in written, "other weights"

    seeds = []
    for model, own in ((BaselineLSTM(7, 3, 2), 3), (DropoutLSTM(7, 3, (2, 4)), 4)):
        written.add(weights_of(model))
        for name, of_file in (("seed.keras", [0, 1]), ("seed.weights.h5", [own])):
            write_keras_file(model, Path(name))
            seeds += [bytes([kind]) + Path(name).read_bytes() for kind in of_file]
            Path(name).unlink()
    old = ROOT / "tests/keras_files/fixtures/keras2_l2.h5"
    return Target(read, [*seeds, b"\x02" + old.read_bytes()])


def checkpoint() -> Target:
    import torch
    from torch._weights_only_unpickler import Unpickler

    from lit_sentiment.models import BaselineLSTM, DropoutLSTM
    from lit_sentiment.models.trained_model import TrainedModel
    from lit_sentiment.text.text_encoder import TextEncoder

    Unpickler.load = atheris.instrument_func(Unpickler.load)
    written: set[bytes] = set()

    def read(kind: int, content: bytes) -> None:
        Path("a.ckpt").write_bytes(with_zip_checksums(content) if kind % 2 else content)
        trained = TrainedModel.open(Path("a.ckpt"))
        assert kind % 2 or weights_of(trained.model) in written, "other weights"
        token_ids = trained.encoder.encode(["good film", ""])
        assert trained.class_names
        trained.model.probabilities(trained.logits(token_ids))

    seeds = []
    for model in (BaselineLSTM(7, 3, 2), DropoutLSTM(7, 3, (2, 4))):
        written.add(weights_of(model))
        encoder = TextEncoder.fit(["good film", "bad"], "keras", 7, 5)
        source = {"class_path": "ShopReviews", "init_args": {"vocab_size": 7, "max_length": 5}}
        content: dict[str, Any] = {
            "state_dict": model.state_dict(),
            "hyper_parameters": dict(model.hparams),
            "epoch": 1,
        }
        content["ReviewData"] = {
            "text_encoder": encoder.state_dict(),
            "class_names": ["negative", "positive"],
            **source,
        }
        model.on_save_checkpoint(content)
        file = io.BytesIO()
        torch.save(content, file)
        seeds += [bytes([kind]) + file.getvalue() for kind in (0, 1)]
    return Target(read, seeds)


def config() -> Target:
    from lit_sentiment import cli
    from lit_sentiment.commands import fit as fit  # so that it is watched

    def read(kind: int, content: bytes) -> None:
        Path("a.yaml").write_bytes(content)
        out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), warnings.catch_warnings():
            if cli.main(["fit", "--config", "a.yaml", "--print_config"]) == cli.BAD_INPUT:
                raise InputError

    def raise_it() -> str:
        raise

    cli.keep_traceback = raise_it
    files = [path.read_bytes() for path in (ROOT / "configs").rglob("*.yaml")]
    files += [b"model: {class_path: BaselineLSTM, init_args: {units: &n 7, embedding_dim: *n}}\n"]
    return Target(read, [b"\0" + one for one in files])


def weights_of(model: Any) -> bytes:
    return b"".join(name.encode() + weight.detach().numpy().tobytes() for name, weight in model.named_parameters())


def with_record_checksums(content: bytes) -> bytes:
    """Return an event file with right checksums, up to where its lengths make no sense."""
    from lit_sentiment.tensorboard.event_records import _checksum

    fixed, start = bytearray(content), 0
    while (body := start + 12) <= len(content):
        end = body + int.from_bytes(content[start : start + 8], "little")
        if end + 4 > len(content):
            break
        fixed[start + 8 : body] = _checksum(content[start : start + 8])
        fixed[end : end + 4] = _checksum(content[body:end])
        start = end + 4
    return bytes(fixed)


def with_zip_checksums(content: bytes) -> bytes:
    """Return a zip with right checksums in its list of members, as far as there is one."""
    fixed = bytearray(content)
    with contextlib.suppress(Exception), zipfile.ZipFile(io.BytesIO(content)) as archive:
        entry = archive.start_dir
        for _ in archive.infolist():
            size, _, *lengths, header = struct.unpack_from("<IIHHH8xI", content, entry + 20)
            start = header + 30 + sum(struct.unpack_from("<HH", content, header + 26))
            struct.pack_into("<I", fixed, entry + 16, zlib.crc32(content[start : start + size]))
            entry += 46 + sum(lengths)
    return bytes(fixed)


TARGETS = {one.__name__: one for one in (table, events, keras, checkpoint, config)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--findings", type=Path, default=Path("fuzz-findings"))
    parser.add_argument("--input", type=Path, help="run this one alone")
    options = parser.parse_args()
    given = options.input and options.input.read_bytes()
    folder = options.findings.resolve() / options.target
    # As the command line does: where TensorBoard finds this module it does not import TensorFlow, which takes seconds.
    sys.modules.setdefault("tensorboard.compat.notf", ModuleType("tensorboard.compat.notf"))
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        with atheris.instrument_imports(include=READERS):
            target = TARGETS[options.target]()
        warnings.simplefilter("ignore")
        if given:
            target.read(given[0], given[1:])
            return
        Path("corpus").mkdir()
        for number, seed in enumerate(target.seeds):
            with contextlib.suppress(InputError):  # such as a config of a study
                target.read(seed[0], seed[1:])
            Path(f"corpus/{number}").write_bytes(seed)
        folder.mkdir(parents=True, exist_ok=True)
        limits = [
            f"-max_len={MOST_BYTES}",
            "-len_control=0",
            "-timeout=60",
            "-rss_limit_mb=6000",
            f"-seed={options.seed}",
        ]
        watch = Watch(target, folder, time.monotonic() + options.minutes * 60)
        atheris.Setup([sys.argv[0], "corpus", f"-artifact_prefix={folder}/", *limits], watch)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
