"""`fit`: train a model, and see what its curves say."""

import json
import time
from collections.abc import Sequence
from contextlib import ExitStack

import lightning
import torch

from lit_sentiment.commands.fit_cli import FitCLI
from lit_sentiment.commands.messages import came_from_a_setting, one_line
from lit_sentiment.console import Console
from lit_sentiment.errors import InputError
from lit_sentiment.files import replace_text
from lit_sentiment.models.linear_baseline import linear_baseline
from lit_sentiment.plugins import command_line
from lit_sentiment.process import Interrupted
from lit_sentiment.reference.recorded_reference import RecordedReference, find_reference
from lit_sentiment.runs.identity import COMPUTED_ON, computed_on
from lit_sentiment.tensorboard.hparams_row import data_settings
from lit_sentiment.tensorboard.word_projector import log_words
from lit_sentiment.training.flushed_denormals import flushed_denormals
from lit_sentiment.training.freed_memory import keep_freed_memory
from lit_sentiment.training.processes import is_first_process
from lit_sentiment.training.summary import summary_lines


def fit(args: Sequence[str]) -> None:
    """Train a model as the options say."""
    keep_freed_memory()
    with ExitStack() as claims:
        cli = FitCLI(args, claims)
        if is_first_process():
            _train(cli)
        else:
            _fit(cli, Console(quiet=True))


def _train(cli: FitCLI) -> None:
    """Train, keep the run, and say what came out."""
    console, run = Console(soft_wrap=True), cli.run_folder
    reference = find_reference(cli.identity)
    _announce(cli, console)
    if cli.goes_on_here or cli.begins_anew:
        run.remove_left_over()
    started_seconds = time.monotonic()
    with run.as_it_was_unless(lambda: cli.trainer.global_step > cli.done.steps):
        _write_settings(cli, reference)
        _fit(cli, console)
    training_seconds = time.monotonic() - started_seconds
    _log_results(cli)
    arrays = cli.datamodule.arrays
    linear = linear_baseline(arrays("train"), arrays("validation")) if cli.config.linear_baseline else None
    for line in summary_lines(cli.monitor, run, cli.trainer, reference, linear):
        console.print(line)
    if cli.config.trainer.profiler is not None:
        console.print(cli.trainer.profiler.summary())  # type: ignore[attr-defined]
    replace_text(run.finished, _outcome(cli, training_seconds))


def _announce(cli: FitCLI, console: Console) -> None:
    """Say what the training goes on from, with the last whole checkpoint in its place."""
    if cli.resumed_from is not None:
        if cli.damage:
            console.print(f"{cli.damage}; the one before takes its place: what came after it is trained again")
            cli.resumed_from = cli.resumed_from.replace(cli.run_folder.last_checkpoint)
        console.print(f"Going on from {cli.resumed_from}: {cli.done}")
        if any(COMPUTED_ON in one for one in cli.identity.get("stretches", [])):
            console.print(f"Computed with {computed_on(cli.identity)}: curves may differ by roundings")
    elif cli.begins_anew:
        console.print(f"No epoch of {cli.run_folder.path} is whole: it begins anew")


def _write_settings(cli: FitCLI, reference: RecordedReference | None) -> None:
    run, kept = cli.run_folder, cli.config.clone()
    run.finished.unlink(missing_ok=True)
    kept.optimizer.init_args.pop("lr", None)  # --model.learning_rate rules
    if cli.model.has_own_optimizer:
        kept.pop("optimizer")
    kept.ckpt_path = None  # a new run from this file is a new training
    replace_text(run.config, cli.parser.dump(kept, skip_link_targets=True, skip_validation=True))
    replace_text(run.identity, json.dumps(cli.identity, indent=1) + "\n")
    if reference is not None and cli.resumed_from is None:
        cli.curves.log_reference(reference.curves)


def _fit(cli: FitCLI, console: Console) -> None:
    checkpoint = None if cli.resumed_from is None else str(cli.resumed_from)
    try:
        with flushed_denormals():
            cli.trainer.fit(cli.model, cli.datamodule, ckpt_path=checkpoint, weights_only=True)
    except Interrupted as interruption:
        way_on = command_line("fit", "--config", cli.run_folder.config, "--ckpt_path", "last")
        console.print(f"Stopped by {interruption} in epoch {cli.trainer.current_epoch + 1}; go on with {way_on}")
        raise
    except Exception as fault:
        if not came_from_a_setting(fault):
            raise
        raise InputError(f"--trainer or --optimizer: {one_line(fault)}") from None
    if not len(cli.monitor.history):
        raise InputError("--trainer: expected at least one epoch to train, found none; raise --trainer.max_epochs")


def _log_results(cli: FitCLI) -> None:
    history = cli.monitor.history
    best = history.epoch(history.best_epoch)
    results = {f"last_{name}": value for name, value in history.epoch(-1).items()}
    results |= {"best_epoch": history.best_epoch, **{f"best_{name}": value for name, value in best.items()}}
    row = {**cli.identity, "model": cli.model.title, **data_settings(cli.datamodule)}
    cli.curves.log_results(row, results, cli.monitor.verdict.sentence)
    log_words(cli.run_folder, cli.model, cli.datamodule)


def _outcome(cli: FitCLI, training_seconds: float) -> str:
    """Return what `finished.json` says; epochs in it are counted from 0, seconds are of the last stretch alone."""
    history, verdict = cli.monitor.history, cli.monitor.verdict
    outcome = {
        "torch": torch.__version__,
        "lightning": lightning.__version__,
        "training_seconds": round(training_seconds, 1),
        "epochs": len(history),
        "best_epoch": history.best_epoch,
        "verdict": {"kind": verdict.kind, "sentence": verdict.sentence},
    }
    return json.dumps(outcome, indent=1) + "\n"
