"""Several processes that train one model and give the curves of one process."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
import torch.distributed as dist
from lightning.fabric.utilities.warnings import PossibleUserWarning
from lightning.pytorch.strategies import DDPStrategy
from torch import Tensor
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics.batch_part import BatchPart
from lit_sentiment.keras_semantics.gradient import Gradient
from lit_sentiment.keras_semantics.layers import LAYERS
from lit_sentiment.keras_semantics.normalization import BatchNormalization
from lit_sentiment.models.sentiment_model import SentimentModel
from lit_sentiment.plugins import name_of
from lit_sentiment.training.processes import CommandLauncher

_OWN_STEPS = ("training_step", "validation_step", "test_step", "figures", "penalty", "forward")
"""What a model may not replace: how its figures come about decides how they are joined."""


class ExactDDP(DDPStrategy):
    """Each process computes its rows of every batch, and the model moves as if one process had computed all of them.

    Every process reads the same batches, takes neighbouring rows (see BatchPart), and draws random masks for the whole
    batch. Dense gradients are added up. The entries of a sparse gradient are put behind one another in the order of the
    rows, unmerged, as Keras's optimisers see them. torch's own DistributedDataParallel averages gradients, and on gloo
    merges such entries, after which an optimiser's square is another one.

    Keras equivalence: that of one process, to the rounding of sums over the processes; tested with gloo on a CPU. With
    NCCL the code is the same and was not run.

    Args:
        command: What starts another process; by default the script runs again, as with Lightning's DDPStrategy.
        settings: Of DDPStrategy.
    """

    strategy_name = "exact_ddp"

    def __init__(self, command: Sequence[str] | None = None, **settings: Any) -> None:
        super().__init__(**settings)
        self._command = command
        self._accumulates = False

    @property
    def distributed_sampler_kwargs(self) -> dict[str, Any]:
        """Refuse a sampler that gives each process other reviews."""
        raise InputError("`use_distributed_sampler`: expected false, as every process takes its rows of each batch")

    def _configure_launcher(self) -> None:
        if self._command is None:
            super()._configure_launcher()
        else:
            assert self.cluster_environment is not None
            self._launcher = CommandLauncher(self.cluster_environment, self.num_processes, self._command)

    def setup_distributed(self) -> None:
        """Connect the processes; Lightning also sets torch's generators back, which one process does not."""
        # Figures are logged as those of the whole batch, the same in every process.
        warnings.filterwarnings("ignore", ".*sync_dist=True", PossibleUserWarning)
        on_gpu = self.root_device.type == "cuda"
        with torch.random.fork_rng([self.root_device] if on_gpu else []):
            super().setup_distributed()

    def configure_ddp(self) -> None:
        """Check that the model can be trained so, in place of wrapping it.

        Raises:
            InputError: It cannot, or the processes do not start from the same weights and random numbers.
        """
        model = self.lightning_module
        require_divisible(model)
        state = model.state_dict()  # type: ignore[union-attr]
        weights = sum(value.double().abs().sum().item() for value in state.values() if isinstance(value, Tensor))
        seeds = [value for value in state.values() if not isinstance(value, Tensor)]
        starts: list[Any] = [None] * self.world_size
        dist.all_gather_object(starts, (weights, seeds, torch.get_rng_state().tolist()))
        if any(start != starts[0] for start in starts):
            raise InputError("expected every process to start from the same weights and seeds; call seed_everything")

    def training_step(self, batch: Sequence[Tensor], batch_idx: int) -> Any:
        """Return the loss of the whole batch, with the gradient of this process's rows."""
        part = self._part(batch)
        with part.alone():
            return super().training_step([tensor[part.computed] for tensor in batch], batch_idx)

    def validation_step(self, batch: Sequence[Tensor], batch_idx: int) -> Tensor:
        """Return the probabilities (B,) or (B, n) of the whole batch."""
        part = self._part(batch)
        with part.alone():
            own = super().validation_step([tensor[part.computed] for tensor in batch], batch_idx)
        return gathered_rows(own[: part.rows])  # type: ignore[index]

    @contextmanager
    def block_backward_sync(self) -> Iterator[None]:
        """Leave gradients unjoined in here: more will be added to them."""
        self._accumulates = True
        try:
            yield
        finally:
            self._accumulates = False

    def post_backward(self, closure_loss: Tensor) -> None:
        """Give every process the gradients of the whole batch."""
        if self._accumulates:
            return
        dense = []
        for weight in self.lightning_module.parameters():  # type: ignore[union-attr]
            if weight.grad is not None and weight.grad.is_sparse:
                gradient = Gradient.of(weight.grad)
                assert gradient.rows is not None
                joined = gathered_rows(gradient.rows)[None], gathered_rows(gradient.values)
                weight.grad = torch.sparse_coo_tensor(*joined, weight.shape, check_invariants=False)
            elif weight.grad is not None:
                dense.append(weight.grad)
        if dense:
            total = parameters_to_vector(dense)
            dist.all_reduce(total)
            vector_to_parameters(total, dense)

    def _part(self, batch: Sequence[Tensor]) -> BatchPart:
        return BatchPart.of_process(self.global_rank, self.world_size, len(batch[0]))


def gathered_rows(own: Tensor) -> Tensor:
    """Return what all processes have, one behind the other; sizes (N, ...) may differ in N."""
    counts = [torch.empty(1, dtype=torch.int64, device=own.device) for _ in range(dist.get_world_size())]
    dist.all_gather(counts, torch.tensor([len(own)], device=own.device))
    longest = max(int(count) for count in counts)
    padded = own.new_zeros(longest, *own.shape[1:])
    padded[: len(own)] = own
    parts = [torch.empty_like(padded) for _ in counts]
    dist.all_gather(parts, padded)
    return torch.cat([part[: int(count)] for part, count in zip(parts, counts, strict=True)])


def require_divisible(model: Any) -> None:
    """Check that the rows of a batch can be computed apart.

    Raises:
        InputError: A layer or the model itself may need the whole batch; it is named.
    """
    kind, why = type(model), "several processes compute the rows of a batch apart"
    if not isinstance(model, SentimentModel):
        raise InputError(f"{kind.__name__}: expected a SentimentModel, as {why}")
    for name in _OWN_STEPS:
        if not getattr(kind, name).__module__.startswith("lit_sentiment."):
            raise InputError(f"{name_of(kind)}: expected no {name} of its own, as {why}; train with one process")
    for layer in model.layers:
        if type(layer) not in LAYERS.values():
            raise InputError(f"{type(layer).__name__}: expected a layer of Keras's, as {why}; train with one process")
        if isinstance(layer, BatchNormalization) and layer.trainable:
            raise InputError(f"BatchNormalization: expected none in training, as {why}; train with one process")
