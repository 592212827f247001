import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from torch.utils.tensorboard import SummaryWriter

from lit_sentiment.tensorboard.event_files import read_events

Write = Callable[..., Path]


def event_file(folder):
    (path,) = folder.glob("*tfevents*")
    return path


def test_scalars_come_back_with_their_steps(write_curves, tmp_path):
    write_curves(tmp_path, {"a": [(3, 0.5), (7, 0.25)], "b": [(0, math.inf)]})
    events = read_events(tmp_path)
    assert events.curves == {"a": [(3, 0.5), (7, 0.25)], "b": [(0, math.inf)]}
    assert events.faults == []


def test_texts_and_arrays_are_no_curves(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        writer.add_text("text", "1")
        writer.add_tensor("array", torch.ones(3))
        writer.add_tensor("number", torch.tensor([2.0]))
    assert read_events(tmp_path).curves == {"number": [(0, 2.0)]}


def test_restarted_training_takes_the_place_of_what_it_repeats(write_curves, tmp_path):
    write_curves(tmp_path, {"loss": [0.5, 0.4, 0.3, 0.2], "other": [1.0, 1.0]})
    write_curves(tmp_path, {"loss": [(2, 0.125), (3, 0.0625)]})
    assert read_events(tmp_path).curves["loss"][2:] == [(2, 0.125), (3, 0.0625)]
    assert read_events(tmp_path).curves["other"] == [(0, 1.0), (1, 1.0)]


def test_shorter_restart_leaves_nothing_of_the_first_from_there_on(write_curves, tmp_path):
    write_curves(tmp_path, {"loss": [(0, 0.5), (1, 0.375), (2, 0.25), (3, 0.125), (1, 0.75), (2, 1.0)]})
    assert read_events(tmp_path).curves["loss"] == [(0, 0.5), (1, 0.75), (2, 1.0)]


def test_value_of_the_last_step_that_comes_again_alone_is_left_out(write_curves, tmp_path):
    """Hugging Face's Trainer evaluates the best weights after training, in a new file, at the last step."""
    write_curves(tmp_path, {"eval/loss": [(10, 0.5), (20, 0.75)]})
    write_curves(tmp_path, {"eval/loss": [(20, 0.5)]})
    assert len(list(tmp_path.iterdir())) == 2
    assert read_events(tmp_path).curves["eval/loss"] == [(10, 0.5), (20, 0.75)]


def test_purged_steps_are_gone(write_curves, tmp_path):
    write_curves(tmp_path, {"loss": [0.5, 0.25, 0.125]})
    write_curves(tmp_path, {"other": [(1, 1.0)]}, purge_step=1)
    assert read_events(tmp_path).curves["loss"] == [(0, 0.5)]


def test_tenth_file_comes_after_the_ninth(write_curves, tmp_path):
    for number in (10, 9):
        write_curves(tmp_path, {"loss": [float(number), float(number)]})
        event_file(tmp_path).rename(tmp_path / f"kept.{number}")
    for path in tmp_path.iterdir():
        path.rename(tmp_path / f"tfevents{path.suffix}")
    assert read_events(tmp_path).curves["loss"] == [(0, 10.0), (1, 10.0)]


@pytest.mark.parametrize("missing", [1, 4, 5, 20])
def test_cut_file_is_read_up_to_the_cut(write_curves, tmp_path, missing):
    write_curves(tmp_path, {"loss": [0.5, 0.25]})
    path = event_file(tmp_path)
    path.write_bytes(path.read_bytes()[:-missing])
    events = read_events(tmp_path)
    assert events.curves == {"loss": [(0, 0.5)]}
    assert events.faults == [f"{path}: cut off after 2 records; what comes before is used"]


def test_flipped_bit_is_a_fault(write_curves, tmp_path):
    write_curves(tmp_path, {"loss": [0.5, 0.25]})
    path = event_file(tmp_path)
    content = bytearray(path.read_bytes())
    content[-8] ^= 1
    path.write_bytes(content)
    events = read_events(tmp_path)
    assert events.curves == {"loss": [(0, 0.5)]}
    assert events.faults == [f"{path}: damaged after 2 records; what comes before is used"]


def test_empty_file_is_a_fault(tmp_path):
    (tmp_path / "events.out.tfevents.1").touch()
    events = read_events(tmp_path)
    assert events.curves == {}
    assert events.faults == [f"{tmp_path / 'events.out.tfevents.1'}: expected an event file, found it empty"]


def test_huge_tensor_is_refused_by_its_shape(tmp_path):
    """A record of a few bytes can ask for 37 GiB."""
    tensor = TensorProto(dtype=1, float_val=[0.5])
    for size in (100_000, 100_000):
        tensor.tensor_shape.dim.add(size=size)
    writer = EventFileWriter(str(tmp_path))
    writer.add_event(Event(step=0, summary=Summary(value=[Summary.Value(tag="huge", tensor=tensor)])))
    writer.add_event(Event(step=0, summary=Summary(value=[Summary.Value(tag="loss", simple_value=0.5)])))
    writer.close()
    assert read_events(tmp_path).curves == {"loss": [(0, 0.5)]}


@pytest.mark.parametrize("tensor", [TensorProto(dtype=99), TensorProto(dtype=1, tensor_content=b"abc")])
def test_tensor_that_cannot_be_decoded_is_left_out(tmp_path, tensor):
    writer = EventFileWriter(str(tmp_path))
    writer.add_event(Event(step=0, summary=Summary(value=[Summary.Value(tag="odd", tensor=tensor)])))
    writer.close()
    assert read_events(tmp_path).curves == {}


def test_second_training_in_the_folder_is_named(write_curves, tmp_path):
    write_curves(tmp_path, {"loss": [0.5, 0.4]})
    write_curves(tmp_path, {"loss": [0.25, 0.125, 0.1]})
    events = read_events(tmp_path)
    assert [round(value, 3) for _, value in events.curves["loss"]] == [0.25, 0.125, 0.1]
    (note,) = events.faults
    assert "begins again at the first step" in note
