"""A model as an ONNX graph for texts of any number and length, checked with ONNX Runtime."""

import io
import logging
import warnings
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from lit_sentiment.errors import InputError, missing_extra
from lit_sentiment.keras_semantics.dense import Flatten
from lit_sentiment.models.sentiment_model import SentimentModel

INPUT, OUTPUT = "token_ids", "probabilities"
LARGEST_DIFFERENCE = 1e-5
"""Between a probability of ours and one of ONNX Runtime."""
_BATCH_SIZES = (1, 2, 7)
_FATAL = 4


class _Probabilities(nn.Module):
    def __init__(self, model: SentimentModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, token_ids: Tensor) -> Tensor:
        probabilities: Tensor = self.model.probabilities(self.model(token_ids))
        return probabilities


def write_onnx(model: SentimentModel, vocab_size: int, max_length: int, path: Path) -> float:
    """Write the graph from token_ids int32 (N, T) to probabilities (N,) or (N, n), and return how far it is from ours.

    N is free, and T is too but in a model that flattens its steps.

    Args:
        model: In evaluation mode, on the CPU.
        vocab_size: Token ids are below this.
        max_length: Tokens of a text.
        path: The file to write.

    Returns:
        The largest difference of a probability over texts of several numbers and lengths, drawn at random.

    Raises:
        InputError: The extra is missing, torch or ONNX Runtime cannot do it, or the difference is too large.
    """
    try:
        import onnxruntime
        import onnxscript  # noqa: F401 - torch needs it
    except ImportError:
        raise missing_extra("onnx") from None
    ours = _Probabilities(model).eval()
    any_length = not any(isinstance(layer, Flatten) for layer in model.layers)
    lengths = (max_length, max_length + 1, 2 * max_length + 3) if any_length else (max_length,)
    generator = np.random.default_rng(0)
    given = [_texts(generator, vocab_size, size, length) for size in _BATCH_SIZES for length in lengths]
    try:
        _export(ours, torch.from_numpy(given[-1]), any_length, path)
        onnxruntime.set_default_logger_severity(_FATAL)
        session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
        theirs = [session.run([OUTPUT], {INPUT: token_ids})[0] for token_ids in given]
    except Exception as fault:
        if not type(fault).__module__.startswith(("torch.onnx", "onnxruntime")):
            raise
        found = "layers that torch cannot write as a graph for texts of any number and length"
        raise InputError(f"`onnx`: expected a model that ONNX can hold, found {found}; leave it out") from None
    with torch.inference_mode():
        expected = [ours(torch.from_numpy(token_ids)).numpy() for token_ids in given]
    # NumPy's maximum of numbers and NaN is NaN; Python's would depend on their order.
    difference = float(np.max([np.abs(one - other).max() for one, other in zip(theirs, expected, strict=True)]))
    if not difference <= LARGEST_DIFFERENCE:
        allowed = f"probabilities within {LARGEST_DIFFERENCE:.0e} of the model's"
        raise InputError(f"`onnx`: expected {allowed}, found {difference:.1e}; leave it out")
    return difference


def _texts(generator: np.random.Generator, vocab_size: int, count: int, length: int) -> np.ndarray:
    """Return token_ids int32 (count, length), with padding in front as short texts have it."""
    token_ids = generator.integers(vocab_size, size=(count, length), dtype=np.int32)
    token_ids[np.arange(length) < generator.integers(length, size=(count, 1))] = 0
    return token_ids


def _export(model: nn.Module, token_ids: Tensor, any_length: bool, path: Path) -> None:
    """Let torch write the graph, and keep what it says to itself."""
    for operator in (torch.ops.aten.lstm.input, torch.ops.aten.gru.input):
        # torch (2.13) finds the decomposition of an earlier export here, which holds for one length alone.
        getattr(operator, "_dispatch_cache", {}).clear()
    axes = {0: "texts", 1: "tokens"} if any_length else {0: "texts"}
    before = logging.root.manager.disable
    logging.disable()
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            torch.onnx.export(
                model,
                (token_ids,),
                path,
                dynamo=True,
                verbose=False,
                external_data=False,
                input_names=[INPUT],
                output_names=[OUTPUT],
                dynamic_shapes=(axes,),
            )
    finally:
        logging.disable(before)
