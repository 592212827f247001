"""`reference`: record what Keras itself does, and how far Keras strays from itself."""

import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jsonargparse.typing import NonNegativeInt

from lit_sentiment.commands.class_settings import with_their_values
from lit_sentiment.commands.typed_command import parse_call
from lit_sentiment.errors import InputError
from lit_sentiment.files import require_folder, require_new, require_utf8
from lit_sentiment.process import leaving_at_once, say
from lit_sentiment.reference.recorded_reference import OWN_REFERENCES, RecordedReference

_OWN = ("--folder", "--seeds", "--twins", "--tensorboard", "--help", "-h")


@dataclass(frozen=True)
class Recorder:
    """Run Keras as fit would train, and record its curves for compare; all options of fit go with these.

    Needs the extra `keras`. Writes FOLDER/MODEL-DATA-seedN-DTYPE.json for each seed.

    Args:
        folder: Folder to write to; compare, fit and report look in references/.
        seeds: Seeds to run.
        twins: Runs of Keras beside each, whose initial weights are moved by a rounding: how far it strays from itself.
        tensorboard: Folder for Keras's own event files.
    """

    folder: Path = OWN_REFERENCES
    seeds: Sequence[NonNegativeInt] = (0,)
    twins: NonNegativeInt = 5
    tensorboard: Path | None = None

    def record(self, options: Sequence[str], seed: int) -> Path:
        """Write the reference of a training with these options of `fit` and this seed, and return its path."""
        from lit_sentiment.commands.fit_cli import FitCLI
        from lit_sentiment.reference.keras_run import KerasRun
        from lit_sentiment.runs.identity import apart_from_roundings
        from lit_sentiment.runs.training_identity import training_identity

        cli = FitCLI([*options, "--seed_everything", str(seed)])
        identity = apart_from_roundings(training_identity(cli.model, cli.datamodule, cli.trainer, seed))
        name = f"{cli.model.title}-{type(cli.datamodule).__name__}-seed{seed}-{identity['dtype']}"
        path = self.folder / f"{name}.json"
        require_new("--folder", path)
        run = KerasRun(identity, cli.model, cli.datamodule.arrays("train"), cli.datamodule.arrays("validation"))
        started = time.monotonic()
        curves = run.curves(tensorboard=None if self.tensorboard is None else self.tensorboard / name)
        seconds = time.monotonic() - started
        done = f"Keras trained {len(curves['loss'])} epochs in {seconds:.1f} s"
        say(f"seed {seed}: {done}; then {self.twins} twins", flush=True)
        strayed = [run.curves(twin) for twin in range(1, self.twins + 1)]
        shown = shlex.join(Path(option).name if Path(option).is_absolute() else option for option in options)
        provenance = {**run.provenance(), "seconds": round(seconds, 1), "options": shown}
        RecordedReference(identity, curves, strayed, provenance).write(path)
        say(f"Written to {path}")
        return path


def reference(args: Sequence[str]) -> None:
    """Record Keras's curves of the training that options of `fit` describe; see Recorder."""
    groups = with_their_values(args)
    own, options = (
        [arg for group in groups if (group[0].partition("=")[0] in _OWN) is wanted for arg in group]
        for wanted in (True, False)
    )
    recorder = Recorder(**parse_call("reference", Recorder, own))
    require_folder("--folder", recorder.folder)
    if recorder.tensorboard is not None:
        require_folder("--tensorboard", recorder.tensorboard)
        require_utf8("--tensorboard", recorder.tensorboard)
    for name in ("--run", "--ckpt_path", "--seed_everything"):
        if any(option.partition("=")[0] == name for option in options):
            raise InputError(
                f"{name}: expected not to be given to reference, which takes --folder and --seeds; leave it out"
            )
    with leaving_at_once():
        from lit_sentiment.commands.study_options import ReadFitOptions, require_distinct
        from lit_sentiment.commands.usable_options import usable_seed
    require_distinct("seeds", recorder.seeds)
    ReadFitOptions([*options, "--seed_everything", str(usable_seed(max(recorder.seeds), "--seeds"))])
    with leaving_at_once():
        from lit_sentiment.reference.keras_run import import_keras

        import_keras()
    paths = [recorder.record(options, seed) for seed in recorder.seeds]
    found = "" if recorder.folder == OWN_REFERENCES else f" --reference {paths[0]}"
    say(f"Compare a run with it: compare RUN{found}")
