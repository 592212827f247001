"""`fit`: train a model, and see what its curves say."""

import json
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning import Trainer
from lightning.fabric.plugins.environments.lightning import LightningEnvironment
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.callbacks import ProgressBar

from lit_sentiment.commands.fit_options import FitOptions, find_run, run_name
from lit_sentiment.commands.messages import came_from_a_setting, one_line, refusal_in
from lit_sentiment.commands.trainer_options import class_specs
from lit_sentiment.commands.usable_options import (
    require_usable_accelerator,
    require_usable_optimizer,
    require_usable_precision,
)
from lit_sentiment.commands.user_parts import put_below_run, require_monitored_figures
from lit_sentiment.console import Console
from lit_sentiment.data.class_names import require_outputs
from lit_sentiment.errors import InputError
from lit_sentiment.files import replace_text
from lit_sentiment.models.linear_baseline import LinearBaseline, linear_baseline
from lit_sentiment.plugins import allow_options, command_line
from lit_sentiment.process import Interrupted
from lit_sentiment.reference.recorded_reference import RecordedReference, find_reference
from lit_sentiment.runs.claimed_run import claimed_run
from lit_sentiment.runs.identity import COMPUTED_ON, computed_on
from lit_sentiment.runs.resumption import Progress, last_whole_checkpoint, progress_of, require_resumable, why_over
from lit_sentiment.runs.run_folder import RunFolder
from lit_sentiment.runs.stretches import Stretches
from lit_sentiment.runs.training_identity import training_identity
from lit_sentiment.tensorboard.hparams_row import data_settings
from lit_sentiment.tensorboard.tensorboard_curves import TensorBoardCurves
from lit_sentiment.tensorboard.word_projector import log_words
from lit_sentiment.training.exact_ddp import ExactDDP, require_divisible
from lit_sentiment.training.flushed_denormals import flushed_denormals
from lit_sentiment.training.freed_memory import keep_freed_memory
from lit_sentiment.training.history_recorder import OverfittingMonitor
from lit_sentiment.training.judgement_recorder import JudgementRecorder
from lit_sentiment.training.processes import is_first_process
from lit_sentiment.training.run_callbacks import run_callbacks
from lit_sentiment.training.run_checkpoint import AtomicCheckpointIO
from lit_sentiment.training.stopping import NothingLeft
from lit_sentiment.training.summary import summary_lines
from lit_sentiment.training.terminal import EpochLines, LayerTable
from lit_sentiment.training.thread_count import choose_threads

_DOUBLE_PRECISIONS = ("64-true", "64", 64)


class FitCLI(FitOptions):
    """A trainer with everything that a run keeps, from the options of `fit`.

    Args:
        args: The options.
        claims: Holds the folder of the run; without it none is taken.
    """

    def __init__(self, args: Sequence[str], claims: ExitStack | None = None) -> None:
        self.run_folder: RunFolder
        self.begins_anew = False
        self.resumed_from: Path | None = None
        self.damage = ""
        self._claims = claims
        super().__init__(args)

    def before_instantiate_classes(self) -> None:
        """Decide where the run lies and what it goes on from."""
        torch.set_num_threads(1 if self.config.threads == "auto" else self.config.threads)
        path, self.resumed_from = find_run(self.config)
        self.run_folder = RunFolder(path or Path("runs") / run_name(self.config))
        if self._claims is not None and is_first_process():
            self.run_folder = self._claims.enter_context(claimed_run(path, run_name(self.config)))
            self.begins_anew = self.config.ckpt_path == "last" and self.run_folder.has_no_whole_epoch
            if self.begins_anew:
                self.resumed_from = None
            elif self.config.ckpt_path == "last":
                self.resumed_from, self.damage = last_whole_checkpoint(self.run_folder)
            elif not self._goes_on_here:
                self.run_folder.require_unused()
        self.config.run = str(self.run_folder.path)

    def instantiate_classes(self) -> None:
        """Make the model in the precision that it trains in: Keras draws float64 weights for a float64 model."""
        usual, asked = torch.get_default_dtype(), self.config
        self.config = asked.clone()
        put_below_run(self.config.trainer, self.run_folder)
        torch.set_default_dtype(torch.float64 if asked.trainer.precision in _DOUBLE_PRECISIONS else usual)
        try:
            super().instantiate_classes()
        except (ValueError, MisconfigurationException, ModuleNotFoundError) as fault:
            raise refusal_in(fault) from None
        finally:
            torch.set_default_dtype(usual)
            asked.threads = self.config.threads  # a number in place of auto
            self.config = asked

    def instantiate_trainer(self, **kwargs: Any) -> Trainer:
        """Add what keeps a run to what the user asked of the trainer."""
        asked = self.config_init.trainer
        if self.optimizer_is_given and self.model.has_own_optimizer:
            raise InputError(
                "--optimizer: expected none beside the one of the architecture; or give --model.compile ignore"
            )
        require_usable_optimizer(self.model, asked.gradient_clip_val)
        require_usable_accelerator("--trainer.accelerator", asked.accelerator)
        require_usable_precision(asked.accelerator, asked.precision)
        require_outputs(self.datamodule.class_names, self.model.outputs, type(self.model).__name__)
        callbacks = class_specs(asked.callbacks)
        require_monitored_figures(callbacks, self.model)
        checkpoint = None
        if self.resumed_from is not None:
            checkpoint = require_resumable(self.resumed_from, self.model, self.datamodule)
        self.done = Progress() if checkpoint is None else progress_of(checkpoint)
        self.curves = TensorBoardCurves(self.run_folder.path, self.done.epochs, self.model.title, self.done.steps)
        self.monitor = OverfittingMonitor(self.run_folder.history, chance=self.datamodule.arrays("train").chance)
        stretches, every = Stretches(), self.config_init.checkpoint_every
        if self.config.record_judgements:
            callbacks.append(JudgementRecorder(self.run_folder.judgements))
        callbacks += [self.monitor, stretches, *run_callbacks(self.run_folder, asked.max_time, every)]
        if asked.enable_progress_bar is not False and not any(isinstance(one, ProgressBar) for one in callbacks):
            callbacks.append(EpochLines())
        if asked.enable_model_summary is not False:
            callbacks.append(LayerTable())
        asked.callbacks, asked.max_time = None, None
        asked.enable_model_summary = False  # Lightning's own; LayerTable stands in for it
        plugins: list[Any] = [AtomicCheckpointIO()]
        if asked.strategy == "ddp":
            require_divisible(self.model)
            if self.config.threads == "auto":
                raise InputError("--threads: expected a number with --trainer.strategy ddp, found auto")
            if every is not None:
                raise InputError(f"--checkpoint_every: expected none with --trainer.strategy ddp, found {every}")
            plugins.append(LightningEnvironment())  # whatever starts `fit`, it starts the other processes itself
            kwargs |= {"strategy": ExactDDP(self._command()), "use_distributed_sampler": False}
        try:
            trainer = super().instantiate_trainer(
                callbacks=callbacks, logger=[self.curves, *class_specs(asked.logger)], plugins=plugins, **kwargs
            )
        except (MisconfigurationException, ModuleNotFoundError, TypeError, ValueError, RuntimeError) as fault:
            raise InputError(f"--trainer: {one_line(fault)}") from None
        if trainer.world_size > 1 and asked.strategy != "ddp":
            expected = "1, or --trainer.strategy ddp with more"
            raise InputError(f"--trainer.devices: expected {expected}, found {trainer.world_size}")
        if checkpoint is not None and (why := why_over(checkpoint, trainer)):
            if not self._goes_on_here or self.run_folder.is_finished:
                raise InputError(f"`ckpt_path`: nothing left to do with {self.resumed_from}, for {why}")
            trainer.callbacks.append(NothingLeft())  # type: ignore[attr-defined]
        if self.config.threads == "auto":  # from here on, and in the run's config.yaml, it is a number
            on_cpu = trainer.strategy.root_device.type == "cpu"
            choice = choose_threads(self.model, self.datamodule) if on_cpu else (1, "the model is not on the CPU")
            self.config.threads, why = choice
            Console(soft_wrap=True).print(f"Threads: {self.config.threads}, for {why}")
        self.identity = training_identity(self.model, self.datamodule, trainer, self.config.seed_everything)
        if checkpoint is None:
            stretches.begin(self.identity)
        else:
            self.identity = stretches.go_on(checkpoint, self.identity)
        return trainer

    def train(self) -> None:
        """Train, keep the run, and say what came out."""
        console = Console(soft_wrap=True)
        reference = find_reference(self.identity)
        if self.resumed_from is not None:
            if self.damage:
                console.print(f"{self.damage}; the one before takes its place: what came after it is trained again")
                self.resumed_from = self.resumed_from.replace(self.run_folder.last_checkpoint)
            console.print(f"Going on from {self.resumed_from}: {self.done}")
            if any(COMPUTED_ON in one for one in self.identity.get("stretches", [])):
                console.print(f"Computed with {computed_on(self.identity)}: curves may differ by roundings")
        elif self.begins_anew:
            console.print(f"No epoch of {self.run_folder.path} is whole: it begins anew")
        if self._goes_on_here or self.begins_anew:
            self.run_folder.remove_left_over()
        started_seconds = time.monotonic()
        with self.run_folder.as_it_was_unless(lambda: self.trainer.global_step > self.done.steps):
            self._write_settings(reference)
            self._fit(console)
        training_seconds = time.monotonic() - started_seconds
        history = self.monitor.history
        best = history.epoch(history.best_epoch)
        results = {f"last_{name}": value for name, value in history.epoch(-1).items()}
        results |= {"best_epoch": history.best_epoch, **{f"best_{name}": value for name, value in best.items()}}
        row = {**self.identity, "model": self.model.title, **data_settings(self.datamodule)}
        self.curves.log_results(row, results, self.monitor.verdict.sentence)
        log_words(self.run_folder, self.model, self.datamodule)
        for line in summary_lines(self.monitor, self.run_folder, self.trainer, reference, self._linear_baseline()):
            console.print(line)
        if self.config.trainer.profiler is not None:
            console.print(self.trainer.profiler.summary())  # type: ignore[attr-defined]
        replace_text(self.run_folder.finished, json.dumps(self._outcome(training_seconds), indent=1) + "\n")

    def train_along(self) -> None:
        """Train with the process that keeps the run."""
        self._fit(Console(quiet=True))

    def _command(self) -> list[str]:
        """Return what trains along in another process: the same options, with what was drawn or found for them."""
        drawn = [f"--seed_everything={self.config.seed_everything}", f"--run={self.run_folder.path}"]
        drawn += ["--ckpt_path=null"] if self.begins_anew else []
        return [sys.executable, "-m", "lit_sentiment", "fit", *allow_options(), *self._args, *drawn]

    def _linear_baseline(self) -> LinearBaseline | None:
        arrays = self.datamodule.arrays
        return linear_baseline(arrays("train"), arrays("validation")) if self.config.linear_baseline else None

    def _write_settings(self, reference: RecordedReference | None) -> None:
        self.run_folder.finished.unlink(missing_ok=True)
        kept = self.config.clone()
        kept.optimizer.init_args.pop("lr", None)  # --model.learning_rate rules
        if self.model.has_own_optimizer:
            kept.pop("optimizer")
        kept.ckpt_path = None  # a new run from this file is a new training
        replace_text(self.run_folder.config, self.parser.dump(kept, skip_link_targets=True, skip_validation=True))
        replace_text(self.run_folder.identity, json.dumps(self.identity, indent=1) + "\n")
        if reference is not None and self.resumed_from is None:
            self.curves.log_reference(reference.curves)

    def _fit(self, console: Console) -> None:
        checkpoint = None if self.resumed_from is None else str(self.resumed_from)
        try:
            with flushed_denormals():
                self.trainer.fit(self.model, self.datamodule, ckpt_path=checkpoint, weights_only=True)
        except Interrupted as interruption:
            way_on = command_line("fit", "--config", self.run_folder.config, "--ckpt_path", "last")
            console.print(f"Stopped by {interruption} in epoch {self.trainer.current_epoch + 1}; go on with {way_on}")
            raise
        except Exception as fault:
            if not came_from_a_setting(fault):
                raise
            raise InputError(f"--trainer or --optimizer: {one_line(fault)}") from None
        if not len(self.monitor.history):
            raise InputError("--trainer: expected at least one epoch to train, found none; raise --trainer.max_epochs")

    @property
    def _goes_on_here(self) -> bool:
        """Whether the checkpoint that it goes on from is one of its own run."""
        return self.resumed_from is not None and self.run_folder.holds(self.resumed_from)

    def _outcome(self, training_seconds: float) -> dict[str, Any]:
        """Return what `finished.json` says; epochs in it are counted from 0, seconds are of the last stretch alone."""
        verdict = self.monitor.verdict
        return {
            "torch": torch.__version__,
            "lightning": lightning.__version__,
            "training_seconds": round(training_seconds, 1),
            "epochs": len(self.monitor.history),
            "best_epoch": self.monitor.history.best_epoch,
            "verdict": {"kind": verdict.kind, "sentence": verdict.sentence},
        }


def fit(args: Sequence[str]) -> None:
    """Train a model as the options say."""
    keep_freed_memory()
    with ExitStack() as claims:
        cli = FitCLI(args, claims)
        if is_first_process():
            cli.train()
        else:
            cli.train_along()
