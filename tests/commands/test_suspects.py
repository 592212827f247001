"""`suspects`: which labels it doubts, where they stand, and what it refuses."""

import csv
from pathlib import Path

import pytest

from lit_sentiment.cli import main

WORDS = {"good": ("great", "lovely", "fine"), "bad": ("awful", "poor", "sad")}
WRONG_LINES = (6, 31)


@pytest.fixture(scope="module")
def own_runs(tmp_path_factory):
    """Two runs on a table with two labels that are plainly wrong; only to be read."""
    folder = tmp_path_factory.mktemp("own")
    rows = []
    for number in range(60):
        kind = ("good", "bad")[number % 2]
        words = WORDS[kind]
        label = kind if number + 2 not in WRONG_LINES else ("good", "bad")[1 - number % 2]
        rows.append((f"=thing {words[number % 3]} {words[(number + 1) % 3]} x{number}", label))
    with (folder / "mine.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    data = [f"--data.path={folder / 'mine.csv'}", "--data.positive_labels=good", f"--data.cache_dir={folder}"]
    quick = ["--trainer.max_epochs=6", "--model.learning_rate=0.05", "--model.units=4", "--model.embedding_dim=4"]
    for seed in (0, 1):
        options = ["--data=ReviewTable", *data, *quick, f"--seed_everything={seed}", f"--run={folder / str(seed)}"]
        assert main(["fit", *options]) == 0
    return [folder / str(seed) for seed in (0, 1)]


def table(path):
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_wrong_labels_come_first_with_their_lines(command, own_runs):
    outcome = command("suspects", *own_runs, "--output", "s.csv", "--count", 3)
    assert outcome.code == 0, outcome.err
    rows = table("s.csv")
    assert [row["split"] for row in rows] == ["train"] * 3 + ["validation"] * 3
    first = {row["place"] for split in ("train", "validation") for row in rows if row["split"] == split}
    assert {f"line {line}" for line in WRONG_LINES} <= first
    for row in rows:
        mean = (float(row["networks"]) + float(row["linear"])) / 2
        assert float(row["probability"]) == pytest.approx(mean, abs=1e-6)
        assert row["networks_against"] in {"0 of 2", "1 of 2", "2 of 2"}
    probabilities = [float(row["probability"]) for row in rows[:3]]
    assert probabilities == sorted(probabilities)


def test_formulas_are_marked_for_spreadsheets(command, own_runs):
    assert command("suspects", own_runs[0], "--output", "s.csv", "--spreadsheet", "true").code == 0
    assert all(row["text"].startswith("'=thing") for row in table("s.csv"))


def test_hits_are_counted_where_wrong_labels_are_known(command, trained_run):
    outcome = command("suspects", trained_run, "--output", "s.csv")
    assert outcome.code == 0, outcome.err
    assert "train: 5 labels of 60 are known to be wrong; of the first 5 suspects are so " in outcome.out
    assert table("s.csv")[0]["place"] == ""


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (("{own}", "{trained}"), "expected the reviews of "),
        (("{own}", "{own}/"), "runs: expected each once, found "),
        (("nowhere",), "expected what came out of a finished run"),
        (("{trained}", "--count", "0"), "--count"),
    ],
)
def test_bad_input_is_one_line(command, own_runs, trained_run, args, named):
    given = [arg.format(own=own_runs[0], trained=trained_run) for arg in args]
    outcome = command("suspects", *given, "--output", "s.csv")
    assert outcome.code == 2
    assert outcome.err.startswith("error: ")
    assert outcome.err.count("\n") == 1
    assert named in outcome.err
    assert not Path("s.csv").exists()


def test_nothing_is_written_over(command, trained_run):
    Path("s.csv").write_text("mine")
    assert "--output: expected a new file" in command("suspects", trained_run, "--output", "s.csv").err
    assert Path("s.csv").read_text() == "mine"
