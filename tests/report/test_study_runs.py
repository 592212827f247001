import json
import re

import pytest

from lit_sentiment.curves.history import History
from lit_sentiment.errors import InputError
from lit_sentiment.reference.recorded_reference import RecordedReference
from lit_sentiment.report.study_runs import read_groups

IDENTITY = {
    "model": "BaselineLSTM",
    "dtype": "float32",
    "units": 4,
    "train_reviews": 23,
    "validation_reviews": 11,
    "train_sha256": "a",
    "validation_sha256": "b",
}
FINISHED = {"torch": "2", "lightning": "2", "training_seconds": 7.5, "verdict": {"kind": "overfitting"}}
CURVES = {"loss": [0.7, 0.5, 0.25], "accuracy": [0.5, 0.75, 1], "val_loss": [0.7, 0.6, 0.75], "val_accuracy": [0.5] * 3}


DAMAGED = ("", "torn {", "[]", "{}", json.dumps({**FINISHED, "verdict": "good"}), "[" * 100_000)


@pytest.fixture
def write_run(tmp_path):
    def write_run(name, seed=0, finished=True, epochs=3, **identity):
        run = tmp_path / name
        run.mkdir()
        (run / "config.yaml").write_text("seed_everything: 0\n")
        (run / "identity.json").write_text(json.dumps({**IDENTITY, "seed": seed, **identity}))
        history = History()
        for epoch in range(epochs):
            history.append({figure: curve[epoch] for figure, curve in CURVES.items()})
        history.write(run / "history.csv")
        if finished:
            (run / "finished.json").write_text(json.dumps(FINISHED))
        return run

    return write_run


def seeds_by_title(groups):
    return {group.title: [run.seed for run in group.runs] for group in groups}


def test_runs_that_differ_in_the_seed_alone_are_a_group_in_the_order_of_seeds(write_run, tmp_path):
    for seed in (10, 2, 0):
        write_run(f"baseline-seed{seed}", seed)
    write_run("dropout-seed2", 2, model="DropoutLSTM")
    groups, unfinished = read_groups(tmp_path)
    assert seeds_by_title(groups) == {"BaselineLSTM": [0, 2, 10], "DropoutLSTM": [2]}
    assert unfinished == []
    assert groups[0].runs[1].folder.path == tmp_path / "baseline-seed2"
    assert groups[0].runs[1].history["val_loss"] == CURVES["val_loss"]


def test_groups_are_in_the_order_in_which_the_study_was_given_them(write_run, tmp_path):
    """And what it does not know comes behind."""
    given = {f"L2LSTM-l2={l2}": l2 for l2 in ("1e-06", "0.0001", "0.01")}
    for name, l2 in {"another": 1, **given}.items():
        write_run(f"{name}-seed0", l2=float(l2))
    trainings = {name: {"vary": {"model.l2": float(l2)}} for name, l2 in given.items()}
    (tmp_path / "study.json").write_text(json.dumps({"trainings": trainings}))
    assert [group.title for group in read_groups(tmp_path)[0]] == [*given, "another"]


@pytest.mark.parametrize("setting", [{"units": 5}, {"train_sha256": "c"}, {"dropout": 0.5}])
def test_runs_of_other_settings_or_data_are_another_group_named_by_their_folders(write_run, tmp_path, setting):
    write_run("small-seed0", 0)
    write_run("small-seed1", 1)
    write_run("other-seed0", 0, **setting)
    groups, _ = read_groups(tmp_path)
    assert seeds_by_title(groups) == {"other": [0], "small": [0, 1]}


def test_number_of_a_repeated_name_is_no_part_of_a_title(write_run, tmp_path):
    write_run("BaselineLSTM-ShopReviews-seed0-2", units=5)
    write_run("mine-seed0")
    assert seeds_by_title(read_groups(tmp_path)[0]) == {"BaselineLSTM-ShopReviews": [0], "mine": [0]}


def test_groups_of_equal_names_are_told_apart_by_their_folders(write_run, tmp_path):
    write_run("baseline-seed0", 0)
    write_run("baseline-seed1", 1, max_epochs=20)
    write_run("wide-seed0", 0, units=7)
    titles = seeds_by_title(read_groups(tmp_path)[0])
    assert titles == {"baseline-seed0": [0], "baseline-seed1": [1], "wide": [0]}


def test_unfinished_runs_are_left_out_by_name(write_run, tmp_path):
    write_run("baseline-seed0")
    write_run("baseline-seed1", 1, finished=False)
    groups, unfinished = read_groups(tmp_path)
    assert seeds_by_title(groups) == {"BaselineLSTM": [0]}
    assert unfinished == ["baseline-seed1: not finished"]


def test_what_else_lies_in_a_study_does_not_disturb(write_run, tmp_path):
    write_run("baseline-seed0")
    for folder in ("logs", "report", "empty"):
        (tmp_path / folder).mkdir()
    for file in ("study.json", "study.lock", "report.md", "report.html", "logs/baseline-seed0.log"):
        (tmp_path / file).write_text("{}")
    groups, unfinished = read_groups(tmp_path)
    assert seeds_by_title(groups) == {"BaselineLSTM": [0]}
    assert unfinished == []


def test_seed_that_was_trained_twice_is_refused_by_the_names(write_run, tmp_path):
    write_run("baseline-seed7", 7)
    write_run("copy-of-it", 7)
    with pytest.raises(InputError, match="found seed 7 in baseline-seed7 and copy-of-it; move one of them away"):
        read_groups(tmp_path)


def test_folder_without_finished_runs_is_refused(write_run, tmp_path):
    with pytest.raises(InputError, match="absent: expected the folder of a study, found none"):
        read_groups(tmp_path / "absent")
    with pytest.raises(InputError, match="expected finished runs, as study and fit write them, found none"):
        read_groups(tmp_path)
    write_run("baseline-seed0", finished=False)
    write_run("baseline-seed1", finished=False)
    with pytest.raises(InputError, match="found baseline-seed0: not finished; baseline-seed1: not finished"):
        read_groups(tmp_path)


def test_folder_of_a_single_run_is_no_study(write_run):
    with pytest.raises(InputError, match="expected the folder of a study, found that of a run"):
        read_groups(write_run("baseline-seed0"))


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("identity.json", None, "identity.json: expected what decides the curves of a run"),
        ("identity.json", "torn {", "identity.json: expected what decides the curves of a run"),
        ("identity.json", '{"model": "BaselineLSTM"}', "identity.json: .* found no dtype in it"),
        ("history.csv", None, "history.csv: expected the history of a run"),
        ("history.csv", "torn", "history.csv, line 1: expected epoch,loss"),
        ("history.csv", "epoch,loss,val_loss\n", "history.csv: expected the epochs of a finished run, found none"),
        ("identity.json", json.dumps({**IDENTITY, "seed": "none"}), "identity.json: .* found no seed in it"),
        *(("finished.json", text, "finished.json: expected what came out of a finished run") for text in DAMAGED),
    ],
)
def test_damaged_run_is_left_out_with_a_line_and_alone_refused(write_run, tmp_path, file, content, message):
    run = write_run("baseline-seed0")
    (run / file).unlink() if content is None else (run / file).write_text(content)
    with pytest.raises(InputError, match=message):
        read_groups(tmp_path)
    write_run("baseline-seed1", 1)
    groups, (line,) = read_groups(tmp_path)
    assert seeds_by_title(groups) == {"BaselineLSTM": [1]}
    assert re.search(message, line)


def test_recorded_reference_of_exactly_this_training_is_found(write_run, tmp_path, monkeypatch):
    for seed in (0, 1):
        write_run(f"baseline-seed{seed}", seed)
    recorded = tmp_path / "recorded.json"
    RecordedReference({**IDENTITY, "seed": 1}, CURVES, [], {}).write(recorded)
    monkeypatch.setattr("lit_sentiment.reference.recorded_reference.recorded_references", lambda: iter([recorded]))
    ((group,), _) = read_groups(tmp_path)
    assert [run.reference is None for run in group.runs] == [True, False]
    ((run, reference),) = group.referenced
    assert run.seed == 1
    assert reference.curves == CURVES
