"""From the options of `fit` to a trainer with everything that a run keeps."""

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch
from jsonargparse import Namespace
from lightning import Callback, Trainer
from lightning.fabric.plugins.environments.lightning import LightningEnvironment
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.callbacks import ProgressBar

from lit_sentiment.commands.fit_options import FitOptions, find_run, run_name
from lit_sentiment.commands.messages import one_line, refusal_in
from lit_sentiment.commands.trainer_classes import class_specs
from lit_sentiment.commands.usable_options import (
    require_usable_accelerator,
    require_usable_optimizer,
    require_usable_precision,
)
from lit_sentiment.commands.user_parts import put_below_run, require_monitored_figures
from lit_sentiment.console import Console
from lit_sentiment.data.class_names import require_outputs
from lit_sentiment.errors import InputError
from lit_sentiment.plugins import allow_options
from lit_sentiment.runs.claimed_run import claimed_run
from lit_sentiment.runs.resumption import Progress, last_whole_checkpoint, progress_of, require_resumable, why_over
from lit_sentiment.runs.run_folder import RunFolder
from lit_sentiment.runs.stretches import Stretches
from lit_sentiment.runs.training_identity import training_identity
from lit_sentiment.tensorboard.tensorboard_curves import TensorBoardCurves
from lit_sentiment.tensorboard.validation_views import ValidationViews
from lit_sentiment.training.epoch_so_far import EpochSoFar
from lit_sentiment.training.exact_ddp import ExactDDP, require_divisible
from lit_sentiment.training.history_recorder import OverfittingMonitor
from lit_sentiment.training.judgement_recorder import JudgementRecorder
from lit_sentiment.training.processes import is_first_process
from lit_sentiment.training.run_checkpoint import AtomicCheckpointIO, RunCheckpoint
from lit_sentiment.training.stopping import FiniteLoss, NothingLeft, StopSignals, TimeLimit
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
            elif not self.goes_on_here:
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
        self._require_usable(asked)
        checkpoint = None
        if self.resumed_from is not None:
            checkpoint = require_resumable(self.resumed_from, self.model, self.datamodule)
        self.done = Progress() if checkpoint is None else progress_of(checkpoint)
        self.curves = TensorBoardCurves(self.run_folder.path, self.done.epochs, self.model.title, self.done.steps)
        self.monitor = OverfittingMonitor(self.run_folder.history, chance=self.datamodule.arrays("train").chance)
        stretches = Stretches()
        kwargs |= {
            "callbacks": self._callbacks(asked, stretches),
            "logger": [self.curves, *class_specs(asked.logger)],
            "plugins": [AtomicCheckpointIO()],
        }
        asked.callbacks, asked.max_time = None, None
        asked.enable_model_summary = False  # Lightning's own; LayerTable stands in for it
        if asked.strategy == "ddp":
            kwargs["plugins"].append(LightningEnvironment())  # so fit starts the other processes, whatever starts it
            kwargs |= {"strategy": ExactDDP(self._command()), "use_distributed_sampler": False}
        try:
            trainer = super().instantiate_trainer(**kwargs)
        except (MisconfigurationException, ModuleNotFoundError, TypeError, ValueError, RuntimeError) as fault:
            raise InputError(f"--trainer: {one_line(fault)}") from None
        if trainer.world_size > 1 and asked.strategy != "ddp":
            expected = "1, or --trainer.strategy ddp with more"
            raise InputError(f"--trainer.devices: expected {expected}, found {trainer.world_size}")
        if checkpoint is not None and (why := why_over(checkpoint, trainer)):
            if not self.goes_on_here or self.run_folder.is_finished:
                raise InputError(f"`ckpt_path`: nothing left to do with {self.resumed_from}, for {why}")
            trainer.callbacks.append(NothingLeft())  # type: ignore[attr-defined]
        if self.config.threads == "auto":  # from here on, and in the run's config.yaml, it is a number
            on_cpu = trainer.strategy.root_device.type == "cpu"
            choice = choose_threads(self.model, self.datamodule) if on_cpu else (1, "the model is not on the CPU")
            self.config.threads, why = choice
            Console(soft_wrap=True).print(f"Threads: {self.config.threads}, for {why}")
        identity = training_identity(self.model, self.datamodule, trainer, self.config.seed_everything)
        self.identity = stretches.begin(identity) if checkpoint is None else stretches.go_on(checkpoint, identity)
        return trainer

    def _require_usable(self, asked: Namespace) -> None:
        """Refuse what cannot be used together, or on this machine, before anything is written."""
        if self.optimizer_is_given and self.model.has_own_optimizer:
            raise InputError(
                "--optimizer: expected none beside the one of the architecture; or give --model.compile ignore"
            )
        require_usable_optimizer(self.model, asked.gradient_clip_val)
        require_usable_accelerator("--trainer.accelerator", asked.accelerator)
        require_usable_precision(asked.accelerator, asked.precision)
        require_outputs(self.datamodule.class_names, self.model.outputs, type(self.model).__name__)
        require_monitored_figures(class_specs(asked.callbacks), self.model)
        if asked.strategy == "ddp":
            require_divisible(self.model)
            if self.config.threads == "auto":
                raise InputError("--threads: expected a number with --trainer.strategy ddp, found auto")
            if self.config.checkpoint_every is not None:
                found = self.config.checkpoint_every
                raise InputError(f"--checkpoint_every: expected none with --trainer.strategy ddp, found {found}")

    def _callbacks(self, asked: Namespace, stretches: Stretches) -> list[Callback]:
        """Return those that the user asked for, and what every run has beside them, in the order in which they act."""
        run, every, callbacks = self.run_folder, self.config.checkpoint_every, class_specs(asked.callbacks)
        last = RunCheckpoint(run.checkpoints, "last", every=every)
        if self.config.record_judgements:
            callbacks.append(JudgementRecorder(run.judgements))
        callbacks += [
            self.monitor,
            stretches,
            ValidationViews(),
            FiniteLoss(),
            EpochSoFar(),
            StopSignals(None if every is None else last.write_inside_epoch),
            RunCheckpoint(run.checkpoints, "best", monitor="val_loss"),
            last,
        ]
        if asked.max_time is not None:
            callbacks.append(TimeLimit(asked.max_time))
        if asked.enable_progress_bar is not False and not any(isinstance(one, ProgressBar) for one in callbacks):
            callbacks.append(EpochLines())
        if asked.enable_model_summary is not False:
            callbacks.append(LayerTable())
        return callbacks

    def _command(self) -> list[str]:
        """Return what trains along in another process: the same options, with what was drawn or found for them."""
        drawn = [f"--seed_everything={self.config.seed_everything}", f"--run={self.run_folder.path}"]
        drawn += ["--ckpt_path=null"] if self.begins_anew else []
        return [sys.executable, "-m", "lit_sentiment", "fit", *allow_options(), *self._args, *drawn]

    @property
    def goes_on_here(self) -> bool:
        """Whether the checkpoint that it goes on from is one of its own run."""
        return self.resumed_from is not None and self.run_folder.holds(self.resumed_from)
