"""Trains small models in float64, alone or as one of several processes.

As a script, with a file and two ports: all models in three processes, then all models and twins in two; what became of
them is saved to the file.
"""

import os
import sys
import warnings
from functools import partial

import torch
import torch.distributed as dist
from lightning import Trainer, seed_everything
from lightning.pytorch.plugins.environments import LightningEnvironment
from lightning.pytorch.strategies import DDPStrategy

from lit_sentiment import L2LSTM, BaselineLSTM, DropoutLSTM
from lit_sentiment.data.batches import Batches, epoch_order
from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics import dropout, masking
from lit_sentiment.keras_semantics.batch_part import BatchPart
from lit_sentiment.models import KerasSequential
from lit_sentiment.training.exact_ddp import ExactDDP
from lit_sentiment.training.history_recorder import HistoryRecorder

TRAIN, VALIDATION, BATCH, TOKENS, WORDS = 65, 25, 16, 7, 40
"""The last training batch has one review: some of the processes have none."""
FEW, MANY = 2, 12
"""Epochs; the many are sixty steps."""
LAYERS = [
    {"Embedding": {"output_dim": 6, "mask_zero": True}},
    {"SpatialDropout1D": {"rate": 0.2}},
    {"GaussianNoise": {"stddev": 0.1}},
    {"Bidirectional": {"layer": {"GRU": {"units": 4, "dropout": 0.2, "recurrent_dropout": 0.3}}}},
    {"Dropout": {"rate": 0.3, "noise_shape": [1, None]}},
    {"Dense": {"units": 3, "activation": "softmax"}},
]

MODELS = {
    "BaselineLSTM": partial(BaselineLSTM, WORDS, 6, 5),
    "DropoutLSTM": partial(DropoutLSTM, WORDS, 6, (5, 4)),
    "L2LSTM": partial(L2LSTM, WORDS, 6, 5),
    "KerasSequential": partial(
        KerasSequential, LAYERS, WORDS, TOKENS, built="listing", class_weight={0: 1.0, 1: 2.0, 2: 0.5}
    ),
    "torch's random numbers": partial(DropoutLSTM, WORDS, 6, (5, 4), randomness="torch"),
    "torch's Adam": partial(BaselineLSTM, WORDS, 6, 5, optimizer=torch.optim.Adam),
}
OPTIONS = {"torch's Adam": {"accumulate_grad_batches": 2, "gradient_clip_val": 0.05}}


LONG = ("BaselineLSTM", "DropoutLSTM", "L2LSTM", "KerasSequential")


class AveragedDDP(DDPStrategy):
    """Lightning's own, with each process on its rows: losses are means of parts, gradients are averaged."""

    def training_step(self, batch, batch_idx):
        rows = BatchPart.of_process(self.global_rank, self.world_size, len(batch[0])).computed
        return super().training_step([tensor[rows] for tensor in batch], batch_idx)


class MergedDDP(ExactDDP):
    """Adds the entries of a row up before an optimiser sees them, as gloo does."""

    def post_backward(self, closure_loss):
        super().post_backward(closure_loss)
        for weight in self.lightning_module.parameters():
            if weight.grad is not None and weight.grad.is_sparse:
                weight.grad = weight.grad.coalesce()


class OwnMasksDDP(ExactDDP):
    """Draws random masks for the rows of the process alone."""

    def training_step(self, batch, batch_idx):
        usual = dropout.whole_batch, dropout.computed_rows
        dropout.whole_batch, dropout.computed_rows = tuple, lambda noise, axes: noise
        try:
            return super().training_step(batch, batch_idx)
        finally:
            dropout.whole_batch, dropout.computed_rows = usual


class OwnRnnMasksDDP(ExactDDP):
    """The same of the masks inside a recurrent layer."""

    def training_step(self, batch, batch_idx):
        usual = masking.whole_batch, masking.computed_rows
        masking.whole_batch, masking.computed_rows = tuple, lambda noise, axes: noise
        try:
            return super().training_step(batch, batch_idx)
        finally:
            masking.whole_batch, masking.computed_rows = usual


TWINS = {
    "gradients averaged": ("BaselineLSTM", AveragedDDP),
    "entries merged": ("BaselineLSTM", MergedDDP),
    "masks of the rows alone": ("DropoutLSTM", OwnMasksDDP),
    "recurrent masks of the rows alone": ("KerasSequential", OwnRnnMasksDDP),
}


def trained(name, epochs, seed=3, **options):
    """Train a model, and return its curves and weights, and whether all processes have the same ones, to the bit."""
    seed_everything(seed, verbose=False)
    numbers = torch.Generator().manual_seed(0)
    size = TRAIN + VALIDATION
    token_ids = torch.randint(0, WORDS, (size, TOKENS), generator=numbers, dtype=torch.int32)
    labels = torch.randint(0, 3 if name == "KerasSequential" else 2, (size,), generator=numbers, dtype=torch.int32)
    torch.set_default_dtype(torch.float64)
    try:
        model = MODELS[name]()
    finally:
        torch.set_default_dtype(torch.float32)
    order = epoch_order(TRAIN, "torch" if name == "torch's random numbers" else "keras")
    recorder = HistoryRecorder()
    trainer = Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        precision="64-true",
        callbacks=[recorder],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        **OPTIONS.get(name, {}),
        **options,
    )
    validation = Batches(token_ids[TRAIN:], labels[TRAIN:], BATCH)
    trainer.fit(model, Batches(token_ids[:TRAIN], labels[:TRAIN], BATCH, order), validation)
    weights = {name: value.detach() for name, value in model.named_parameters()}
    found = {"curves": recorder.history.curves, "weights": weights}
    return {**found, "alike": _alike(repr(found["curves"]), *(value.tolist() for value in weights.values()))}


def _alike(*values):
    if not dist.is_initialized():
        return True
    found = [None] * dist.get_world_size()
    dist.all_gather_object(found, values)
    return all(one == found[0] for one in found)


def outcomes(processes):
    """Train everything with some processes, of which this is one."""
    several = {"devices": processes, "use_distributed_sampler": False}

    def in_processes(name, epochs, strategy=ExactDDP, **more):
        return trained(name, epochs, strategy=strategy(), plugins=[LightningEnvironment()], **several, **more)

    found = {name: in_processes(name, FEW) for name in MODELS}
    if processes == 2:
        found |= {f"{name}, long": in_processes(name, MANY) for name in LONG}
        found |= {twin: in_processes(name, FEW, strategy) for twin, (name, strategy) in TWINS.items()}
        try:
            in_processes("BaselineLSTM", FEW, seed=dist.get_rank())
        except InputError as refusal:
            found["other seeds"] = str(refusal)
    dist.destroy_process_group()
    return found


def main(file, ports):
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    rank, found = 0, {}
    while rank < 2 and os.fork():  # before any thread; quicker than three imports of torch and Lightning
        rank += 1
    os.environ["LOCAL_RANK"] = str(rank)
    for processes, port in zip((3, 2), ports, strict=True):
        os.environ["MASTER_PORT"] = port
        if rank < processes:
            found[processes] = outcomes(processes)
    if rank == 0:
        torch.save(found, file)
    elif rank == 2:
        sys.exit(max(os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(2)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
