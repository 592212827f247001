import json
import math
import pickle
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lit_sentiment.errors import InputError
from lit_sentiment.foreign_runs.history_files import history_files, read_history_file


def curves_of(folder, content, name="history.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_history_file(path)


def refusal(folder, content, name="history.csv"):
    with pytest.raises(InputError) as caught:
        curves_of(folder, content, name)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(folder / name))
    return message.removeprefix(str(folder / name))


@pytest.mark.parametrize(
    "content",
    [
        "epoch,loss,val_loss\n0,0.5,0.75\n1,0.25,1\n",
        "\ufeffepoch,loss,val_loss\r\n0,0.5,0.75\r\n1,0.25,1\r\n",
        'epoch;"loss";val_loss\n0;0,5;0,75\n1;0,25;1\n\n',
        "loss\tval_loss\n0.5\t0.75\n0.25\t1\n",
        ",loss,val_loss\n0,0.5,0.75\n1,0.25,1\n",
        '{"loss": [0.5, 0.25], "val_loss": [0.75, 1], "note": "a"}',
        '{"history": {"loss": [0.5, 0.25], "val_loss": [0.75, 1]}, "params": {"epochs": 2}}',
        '{"loss": {"0": 0.5, "1": 0.25}, "val_loss": {"0": 0.75, "1": 1}}',
        '[{"epoch": 0, "loss": 0.5, "val_loss": 0.75}, {"epoch": 1, "loss": 0.25, "val_loss": "1"}]',
    ],
)
def test_layout_does_not_matter(tmp_path, content):
    expected = {"loss": [(0, 0.5), (1, 0.25)], "val_loss": [(0, 0.75), (1, 1.0)]}
    assert curves_of(tmp_path, content) == expected


def test_empty_cells_are_missing_and_nan_is_a_value(tmp_path):
    curves = curves_of(tmp_path, "epoch,loss,val_loss\n0,NA,\n1,nan,-inf\n2,Infinity,NaN\n")
    assert [step for step, _ in curves["loss"]] == [1, 2]
    assert math.isnan(curves["loss"][0][1])
    assert curves["loss"][1][1] == math.inf
    assert curves["val_loss"][0] == (1, -math.inf)


def test_text_in_another_column_is_left(tmp_path):
    assert curves_of(tmp_path, "epoch,time,loss\n0,noon,0.5\n") == {"loss": [(0, 0.5)]}


def test_restarted_training_takes_the_place_of_what_it_repeats(tmp_path):
    table = "epoch,loss\n0,0.5\n1,0.4\n2,0.3\n1,0.35\n2,0.2\n"
    assert curves_of(tmp_path, table)["loss"] == [(0, 0.5), (1, 0.35), (2, 0.2)]


def test_rows_of_the_same_epoch_are_counted_one_by_one(tmp_path):
    table = "epoch,batch,loss,val_loss\n0,0,4,\n0,1,3,0.5\n1,0,2,\n1,1,1,0.25\n"
    curves = curves_of(tmp_path, table)
    assert (curves["loss"], curves["val_loss"]) == ([(0, 4), (1, 3), (2, 2), (3, 1)], [(1, 0.5), (3, 0.25)])


def test_last_judgement_of_the_best_weights_is_no_epoch(tmp_path):
    log = [{"step": 10, "eval_loss": 0.5}, {"step": 20, "eval_loss": 0.75}, {"step": 20, "eval_loss": 0.5}]
    curves = curves_of(tmp_path, json.dumps({"log_history": log}), "trainer_state.json")
    assert curves == {"eval_loss": [(10, 0.5), (20, 0.75)]}


@pytest.mark.parametrize(
    ("content", "where", "found"),
    [
        ("", ", line 1: ", "an empty file"),
        ("epoch,loss,val_loss\n", ", line 2: ", "the header alone"),
        ("epoch,loss,loss\n0,1,2\n", ", line 1: ", "'loss' several times"),
        ("epoch,loss\n0,0.5\n1,half\n", ", line 3: ", "'half'"),
        ("epoch,loss\n0,0.5\n1\n", ", line 3: ", "1"),
        ("epoch,loss\nfirst,0.5\n", ", line 2: ", "'first'"),
        ("epoch,loss\n0,1\n,0.5\n", ", line 3: ", "none"),
        ("hello\nworld\n", ", line 1: ", "no numbers"),
        (b"epoch,loss\n0,\xff\n", ", line 2: ", "0xff"),
        ('{"loss": [0.5,\n', ", line 2: ", "expecting value"),
        ('{"loss": [0.5], "val_loss": [0.5, 0.6]}', ": ", "{'loss': 1, 'val_loss': 2}"),
        ('{"loss": 0.5}', ": ", "neither"),
        ("[1, 2]", ": ", "neither"),
        ('{"loss": [[0.5]]}', ", entry 1: ", "'[0.5]'"),
        ("[" * 100_000, ", line 1: ", "recursion"),
    ],
)
def test_damaged_file_is_refused_with_its_place(tmp_path, content, where, found):
    message = refusal(tmp_path, content)
    assert message.startswith(f"{where}expected ")
    assert found in message.partition("found ")[2]


@pytest.mark.parametrize("name", ["history.pkl", "history.csv", "history.npy"])
def test_pickle_is_refused_with_two_lines_that_turn_it_into_json(tmp_path, name):
    message = refusal(tmp_path, pickle.dumps({"loss": [0.5]}), name)
    assert "found a pickle, which may run code" in message
    assert message.count("`") == 4
    lines = message.split("`")[1::2]
    if name != "history.npy":
        for word in ("import json, pickle", f"open('{name}', 'rb')"):
            assert word in lines[0]
    assert "history.json" in lines[1]


def test_only_tables_with_a_loss_and_histories_look_like_histories(tmp_path):
    (tmp_path / "prices.csv").write_text("name,price\n")
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "any.csv").write_text("step,train/loss\n")
    (tmp_path / "my_history.json").write_text("{}")
    assert [path.name for path in history_files(tmp_path)] == ["any.csv", "my_history.json"]


CURVES = st.lists(st.tuples(st.floats(allow_nan=False), st.floats(allow_nan=False)), min_size=1, max_size=6)


@given(CURVES)
def test_history_is_the_same_as_table_and_as_json(tmp_path, rows):
    names = ["loss", "val_loss"]
    lists = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    objects = [dict(zip(names, row, strict=True)) for row in rows]
    written = {
        "a.csv": "\n".join(map(",".join, [names, *([repr(value) for value in row] for row in rows)])),
        "a.tsv": "\n".join(map("\t".join, [names, *([repr(value) for value in row] for row in rows)])),
        "lists.json": json.dumps(lists),
        "objects.json": json.dumps({"log_history": objects}),
    }
    for name, content in written.items():
        (tmp_path / name).write_text(content)
        expected = {figure: list(enumerate(curve)) for figure, curve in lists.items()}
        assert read_history_file(tmp_path / name) == expected, name


@given(
    st.text(st.sampled_from('epoch,loss;\t\n0129.eE-naif"{}[]:ul'), max_size=60),
    st.sampled_from(["csv", "json", "log"]),
)
def test_any_text_is_a_history_or_refused(tmp_path, text, kind):
    for content in (text, f"epoch,loss,val_loss\n{text}", f'{{"loss": {text}}}', f'[{{"loss": {text}}}]'):
        path = tmp_path / f"a.{kind}"
        path.write_text(content)
        with suppress(InputError):
            assert read_history_file(path)
