"""`export --onnx true`: ONNX Runtime gives the model's probabilities for texts of any number and length."""

import os
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from lit_sentiment.errors import InputError
from lit_sentiment.export import onnx_graph
from lit_sentiment.models.trained_model import TrainedModel

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

TOLERANCE = 1e-6
SLOW = ("dropout", "l2", "two softmax", "three classes", "mean", "convolution", "flat")


def probabilities_of(file, token_ids):
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    return session.run(["probabilities"], {"token_ids": token_ids})[0]


@pytest.mark.parametrize("name", ["baseline", *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)])
def test_graph_gives_the_probabilities_of_the_model(command, checkpoint, name):
    path = checkpoint(name)
    outcome = command("export", path, "out", "--onnx=true")
    assert (outcome.code, outcome.err) == (0, "")
    said = re.search(r"the largest difference of a probability is (\S+)\n$", outcome.out)[1]
    assert float(said) < TOLERANCE
    assert f"differ by {said} at most" in Path("out/README.md").read_text()
    model = TrainedModel.open(path).model
    for size, length in ((1, 8), (3, 8)) if name == "flat" else ((1, 8), (5, 3), (2, 31)):
        token_ids = np.random.default_rng(size).integers(14, size=(size, length), dtype=np.int32)
        with torch.inference_mode():
            expected = model.probabilities(model(torch.from_numpy(token_ids))).numpy()
        found = probabilities_of(Path("out/model.onnx"), token_ids)
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, atol=TOLERANCE)
    if name == "baseline":
        _another_model_is_refused(command, checkpoint)


def test_name_of_a_graph_may_be_other_than_utf_8(command, checkpoint):
    folder = os.fsdecode(b"caf\xe9")
    outcome = command("export", checkpoint("mean"), folder, "--onnx=true")
    assert (outcome.code, outcome.err) == (0, "")
    assert Path(folder, "model.onnx").exists()


def _another_model_is_refused(command, checkpoint):
    """The check fails a graph of other weights; the graph at hand saves a second export."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(onnx_graph, "_export", lambda *args: shutil.copy("out/model.onnx", args[-1]))
        outcome = command("export", checkpoint("baseline"), "other", "--onnx=true")
    assert (outcome.code, outcome.out) == (2, "")
    assert re.match(
        "error: --onnx: expected probabilities within 1e-05 of the model's, found .*; leave it", outcome.err
    )
    assert not list(Path().glob("*other*"))


@pytest.mark.parametrize("place", [0, 4])
def test_graph_that_gives_no_number_is_refused(checkpoint, monkeypatch, tmp_path, place):
    """Wherever among its answers that is."""
    model, answers = TrainedModel.open(checkpoint("baseline")).model, []

    def answer(names, inputs):
        with torch.inference_mode():
            answers.append(model.probabilities(model(torch.from_numpy(inputs["token_ids"]))).numpy())
        return [answers[-1] * (np.nan if len(answers) == place + 1 else 1)]

    monkeypatch.setattr(onnx_graph, "_export", lambda *given: given[-1].touch())
    monkeypatch.setattr(onnxruntime, "InferenceSession", lambda *_, **__: SimpleNamespace(run=answer))
    with pytest.raises(InputError, match="within 1e-05 of the model's, found nan"):
        onnx_graph.write_onnx(model, 14, 8, tmp_path / "model.onnx")


@pytest.mark.slow
def test_model_that_torch_cannot_write_as_a_graph_is_refused_in_one_line(command, checkpoint):
    outcome = command("export", checkpoint("mask"), "out", "--onnx=true")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("error: --onnx: expected a model that ONNX can hold")
    assert outcome.err.count("\n") == 1
    assert not list(Path().glob("*out*"))
