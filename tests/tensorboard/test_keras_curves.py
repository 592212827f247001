from pathlib import Path

import numpy as np
import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util.tensor_util import make_tensor_proto

from lit_sentiment.errors import InputError
from lit_sentiment.tensorboard.keras_curves import read_tensorboard
from lit_sentiment.tensorboard.tensorboard_curves import TensorBoardCurves


def write_as_keras(folder: Path, tag: str, values: dict[int, float]) -> None:
    """Write scalars the way TensorFlow 2 does: as tensors."""
    writer = EventFileWriter(str(folder))
    for step, value in values.items():
        summary = Summary()
        entry = summary.value.add(tag=tag, tensor=make_tensor_proto(np.float32(value)))
        entry.metadata.plugin_data.plugin_name = "scalars"
        writer.add_event(Event(step=step, summary=summary))
    writer.close()


def test_our_own_curves_come_back(tmp_path):
    curves = TensorBoardCurves(tmp_path)
    for epoch, loss in enumerate([0.5, 0.25, 0.125]):
        curves.log_metrics({"loss": loss, "accuracy": 1 - loss, "val_loss": 2 * loss, "epoch": epoch})
    curves.finalize("success")
    assert read_tensorboard(tmp_path) == {
        "loss": [0.5, 0.25, 0.125],
        "accuracy": [0.5, 0.75, 0.875],
        "val_loss": [1.0, 0.5, 0.25],
    }


def test_curves_of_keras_come_back_and_other_tags_are_left(tmp_path):
    write_as_keras(tmp_path / "train", "epoch_loss", {0: 0.5, 1: 0.25})
    write_as_keras(tmp_path / "train", "keras", {0: 0.0})
    write_as_keras(tmp_path / "validation", "epoch_loss", {0: 0.75, 1: 1.5})
    assert read_tensorboard(tmp_path) == {"loss": [0.5, 0.25], "val_loss": [0.75, 1.5]}


def test_a_curve_with_a_hole_is_refused(tmp_path):
    write_as_keras(tmp_path / "train", "epoch_loss", {0: 0.5, 2: 0.25})
    with pytest.raises(InputError, match=r"train: epoch_loss: expected a value for every epoch from 0, found .*0, 2"):
        read_tensorboard(tmp_path)


def test_a_folder_without_curves_is_refused(tmp_path):
    with pytest.raises(InputError, match="expected train/ and validation/"):
        read_tensorboard(tmp_path)
