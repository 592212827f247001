"""`report`: what it writes of a study of two models with two seeds, and what it refuses."""

import csv
import json
import os
import re
import shutil
from pathlib import Path

import pytest
import torch

from lit_sentiment.cli import main
from lit_sentiment.data.shop_reviews import ShopReviews
from lit_sentiment.models.checkpoint_file import data_state
from lit_sentiment.models.linear_baseline import linear_baseline
from lit_sentiment.models.trained_model import TrainedModel
from lit_sentiment.reference.recorded_reference import COMPARED_FIGURES, RecordedReference

WRITTEN = {"report.html", "report.md", "report/curves.png", "report/reliability.png"}
HOSTILE = "</td><script>alert(1)</script> | `good` <a href='http://x'> ![x](http://x)"


@pytest.fixture
def study(tiny_study, tmp_path):
    """A study that may be written to and damaged."""
    return Path(shutil.copytree(tiny_study, tmp_path / "tiny"))


def written(study):
    return {path for path in WRITTEN if (study / path).exists()}


def table_of(study):
    """The cells of each figure: by its name, by the title of the group."""
    rows = [line.strip("| ").split(" | ") for line in (study / "report.md").read_text().splitlines() if " | " in line]
    start = next(number for number, row in enumerate(rows) if "BaselineLSTM" in row or "L2LSTM" in row)
    figures = {}
    for name, *cells in rows[start + 1 :]:
        if len(cells) != len(rows[start]) or name == "label":
            break
        figures[name] = dict(zip(rows[start], cells, strict=True))
    return {name: cells for name, cells in figures.items() if name != "---"}


def history_of(run):
    with (run / "history.csv").open() as file:
        return [{name: float(value) for name, value in row.items() if value} for row in csv.DictReader(file)]


def assert_refused(outcome, study, message):
    assert outcome.code == 2
    assert re.fullmatch(f"error: .*{message}.*\n", outcome.err), outcome.err
    assert outcome.out == ""
    assert written(study) == set()


@pytest.mark.usefixtures("blank_pictures")
def test_report_is_written_into_the_folder_of_the_study(command, study):
    outcome = command("report", study)
    assert outcome.code == 0, outcome.err
    assert outcome.err == ""
    assert written(study) == WRITTEN
    assert not list(study.rglob("*.tmp"))
    text, page = (study / "report.md").read_text(), (study / "report.html").read_text()
    assert text.startswith("# Study: tiny\n\n- BaselineLSTM: seeds 0, 1; 60 reviews to train, 25 to validate\n- L2LSTM")
    assert f"python -m lit_sentiment report {study}" in text
    assert "<title>tiny</title>" in page
    verdicts = dict(re.findall(r"^\*\*(\w+)\.\*\* (.+)$", text, re.M))
    assert list(verdicts) == ["BaselineLSTM", "L2LSTM"]
    assert outcome.out.splitlines() == [
        *(f"{title}: {verdict}" for title, verdict in verdicts.items()),
        f"Written to {study}: report.html, report.md, report/",
    ]


@pytest.mark.usefixtures("blank_pictures")
def test_figures_are_those_of_the_histories(command, study):
    assert command("report", study).code == 0
    expected = {}
    for title, name in (("BaselineLSTM", "baseline"), ("L2LSTM", "l2")):
        histories = [history_of(study / f"{name}-seed{seed}") for seed in (0, 1)]
        best = [min(history, key=lambda row: row["val_loss"]) for history in histories]
        last = [history[-1] for history in histories]
        expected[title] = {
            "epochs": [5, 5],
            "best epoch": [row["epoch"] + 1 for row in best],
            "val_loss, best epoch": [row.get("val_data_loss", row["val_loss"]) for row in best],
            "val_loss, last epoch": [row.get("val_data_loss", row["val_loss"]) for row in last],
            "loss, last epoch": [row.get("data_loss", row["loss"]) for row in last],
            "val_accuracy, best epoch": [row["val_accuracy"] for row in best],
            "val_accuracy, last epoch": [row["val_accuracy"] for row in last],
            "accuracy, last epoch": [row["accuracy"] for row in last],
            "gap of accuracy, last epoch": [row["accuracy"] - row["val_accuracy"] for row in last],
        }
    table = table_of(study)
    assert list(table)[: len(expected["L2LSTM"])] == list(expected["L2LSTM"])
    assert [name for name in table if name.startswith("linear model")] == [
        "linear model, val_loss",
        "linear model, val_accuracy",
    ]
    quantile = 12.706205  # of Student's t with one degree of freedom
    for title, figures in expected.items():
        for figure, (one, other) in figures.items():
            mean, half_width = map(float, table[figure][title].split(" ± "))
            shown = 0.05 if figure in ("epochs", "best epoch") else 0.0005  # half of the last digit
            assert mean == pytest.approx((one + other) / 2, abs=shown + 1e-7)
            assert half_width == pytest.approx(quantile * abs(one - other) / 2, abs=shown + 1e-6)
    assert table["val_loss, last epoch"]["BaselineLSTM"] != table["val_loss, last epoch"]["L2LSTM"]


@pytest.mark.usefixtures("blank_pictures")
def test_mistakes_are_judged_anew_and_as_many_as_asked_for(command, study):
    assert command("report", study, "--mistakes", 3).code == 0
    rows = re.findall(
        r"^\| (positive|negative) \| (\d\.\d{4}) \| (\d) of 2 \| (.+) \|$", (study / "report.md").read_text(), re.M
    )
    assert len(rows) == 2 * 3
    label, probability, wrong, text = rows[0]
    judged = []
    for seed in (0, 1):
        trained = TrainedModel.open(study / f"baseline-seed{seed}/checkpoints/last.ckpt")
        plain = re.sub(r"&#(\d+);", lambda sign: chr(int(sign[1])), text)
        judged.append(torch.sigmoid(trained.logits(trained.encoder.encode([plain]))).item())
    assert float(probability) == pytest.approx(sum(judged) / 2, abs=0.5e-4 + 1e-6)
    assert wrong == "2"
    assert all((one > 0.5) == (label == "negative") for one in judged)


def test_second_call_replaces_the_report(command, study):
    assert command("report", study).code == 0
    before = {path: (study / path).read_bytes() for path in WRITTEN}
    shutil.rmtree(study / "l2-seed1")
    (study / "l2-seed0/finished.json").unlink()
    assert command("report", study).code == 0
    assert all((study / path).read_bytes() != content for path, content in before.items())
    text = (study / "report.md").read_text()
    assert "L2LSTM" not in text
    assert "- Left out: l2-seed0&#58; not finished" in text


@pytest.mark.usefixtures("blank_pictures")
def test_refused_call_leaves_the_report_as_it_was(command, study):
    assert command("report", study).code == 0
    before = {path: (study / path).read_bytes() for path in WRITTEN}
    for path in study.glob("*/checkpoints/last.ckpt"):
        path.unlink()
    assert command("report", study).code == 2
    assert {path: (study / path).read_bytes() for path in WRITTEN} == before


@pytest.mark.usefixtures("blank_pictures")
def test_study_of_one_seed_has_no_intervals(command, study, monkeypatch, tmp_path):
    for run in ("baseline-seed1", "l2-seed0", "l2-seed1"):
        shutil.rmtree(study / run)
    identity = json.loads((study / "baseline-seed0/identity.json").read_text())
    columns = {figure: [row[figure] for row in history_of(study / "baseline-seed0")] for figure in COMPARED_FIGURES}
    RecordedReference(identity, columns, [], {}).write(tmp_path / "keras.json")
    references = "lit_sentiment.reference.recorded_reference.recorded_references"
    monkeypatch.setattr(references, lambda: iter([tmp_path / "keras.json"]))
    outcome = command("report", study)
    assert outcome.code == 0, outcome.err
    text = (study / "report.md").read_text()
    assert "±" not in text
    assert text.count("one seed says nothing") == 4
    assert "BaselineLSTM: in 1 of 1 runs every curve is as close to Keras" in text
    assert outcome.out.startswith("BaselineLSTM: Too few epochs to say: ")


def test_missing_folder_is_refused(command, tmp_path):
    assert_refused(
        command("report", "absent"), tmp_path / "absent", "absent: expected the folder of a study, found none"
    )


def test_folder_without_runs_is_refused(command, tmp_path):
    (tmp_path / "logs").mkdir()
    assert_refused(
        command("report", tmp_path), tmp_path, "expected finished runs, as study and fit write them, found none"
    )


def test_unfinished_runs_alone_are_refused(command, study):
    for path in study.glob("*/finished.json"):
        path.unlink()
    assert_refused(command("report", study), study, r"found baseline-seed0: not finished; .*; l2-seed1: not finished")


DAMAGES = {
    "finished.json": ("torn {", "expected what came out of a finished run"),
    "identity.json": ("[]", "expected what decides the curves of a run"),
    "history.csv": ("\xff", "expected epoch,loss"),
    "checkpoints/best.ckpt": (None, "expected a checkpoint of a finished run, found none"),
    "checkpoints/last.ckpt": ("torn", "expected a whole checkpoint"),
}


@pytest.mark.usefixtures("blank_pictures")
@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_run_is_left_out_aloud_and_the_others_are_told_of(command, study, name):
    """And where no run is whole the report is refused."""
    content, message = DAMAGES[name]
    for seed in (1, 0):
        path = study / f"l2-seed{seed}" / name
        path.unlink() if content is None else path.write_text(content)
        outcome = command("report", study)
        assert outcome.code == 0, outcome.err
        lines = [line for line in outcome.out.splitlines() if line.startswith("Left out: ")]
        assert [message in line and f"l2-seed{one}" in line for one, line in zip(range(seed, 2), lines, strict=True)]
        text = (study / "report.md").read_text()
        assert text.count("- Left out: ") == len(lines)
        assert ("- L2LSTM: seeds 0;" in text, "- BaselineLSTM: seeds 0, 1;" in text) == (seed == 1, True)
    for path in study.glob("baseline-*/finished.json"):
        path.unlink()
    for written_before in WRITTEN:
        (study / written_before).unlink()
    assert_refused(command("report", study), study, message)


@pytest.mark.usefixtures("blank_pictures")
@pytest.mark.parametrize("settings", [{"nope": 1}, {"train_reviews": "many"}, {"vocab_size": []}])
def test_run_whose_checkpoint_names_settings_that_its_data_do_not_take_is_left_out(command, study, settings):
    for name in ("best", "last"):
        path = study / f"l2-seed1/checkpoints/{name}.ckpt"
        checkpoint = torch.load(path, weights_only=True)
        data_state(checkpoint)["init_args"].update(settings)
        torch.save(checkpoint, path)
    outcome = command("report", study)
    assert outcome.code == 0, outcome.err
    assert "l2-seed1/checkpoints/best.ckpt: " in outcome.out
    for name in ("test", "validate"):
        refusal = command(name, "--ckpt_path", study / "l2-seed1/checkpoints/best.ckpt")
        assert (refusal.code, refusal.err.count("\n")) == (2, 1)


@pytest.mark.parametrize("options", [("--mistakes", 0), ("--loss_margin", "-0.1"), ("--accuracy_margin", "wide")])
def test_bad_option_is_refused(command, study, options):
    assert_refused(command("report", study, *options), study, options[0].strip("-"))


@pytest.fixture(scope="module")
def table_study(tmp_path_factory, tiny):
    """The folder of a study, beside the user's own reviews that its run was trained on; the path in it is relative."""
    place = tmp_path_factory.mktemp("table")
    texts = [f"{HOSTILE} number {number}" for number in range(40)]
    rows = [(text, str(number % 2)) for number, text in enumerate(texts)]
    with (place / "reviews.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    options = [option for option in tiny if not re.match(r"--data\.\w+_reviews", option)]
    before = Path.cwd()
    os.chdir(place)
    try:
        table = ["--data=ReviewTable", "--data.path=reviews.csv"]
        assert main(["fit", *table, *options, "--run=study/mine-seed0"]) == 0
    finally:
        os.chdir(before)
    return place


@pytest.fixture
def own_study(table_study, tmp_path):
    """A copy of it in the test's own folder."""
    shutil.copytree(table_study, tmp_path, dirs_exist_ok=True)
    return tmp_path / "study"


@pytest.mark.usefixtures("blank_pictures")
def test_own_reviews_are_shown_as_they_are(command, own_study):
    outcome = command("report", "study")
    assert outcome.code == 0, outcome.err
    page = (own_study / "report.html").read_text()
    assert "&#60;script&#62;alert(1)" in page
    assert not re.search(r"<(script|a|/td><script)\b", page)
    assert page.count("<img") == 2


def test_reviews_that_are_gone_are_refused(command, own_study):
    Path("reviews.csv").unlink()
    message = (
        r"study/mine-seed0: its reviews cannot be read: reviews\.csv \(`path`\): "
        r"expected a readable file, found no such file"
    )
    assert_refused(command("report", "study"), own_study, message)


@pytest.mark.parametrize("change", ["row less", "other label", "other text"])
def test_reviews_that_changed_after_the_training_are_refused(command, own_study, change):
    header, *lines = Path("reviews.csv").read_text().splitlines()
    if change == "row less":
        lines.pop()
    elif change == "other label":
        lines[7] = lines[7][:-1] + str(1 - int(lines[7][-1]))
    else:
        lines[7] = f"good {lines[7]}" if not lines[7].startswith('"') else f'"good {lines[7][1:]}'
    Path("reviews.csv").write_text("\n".join([header, *lines]) + "\n")
    message = (
        r"study/mine-seed0: expected the (train|validation) reviews that it was trained on, found that ReviewTable"
    )
    assert_refused(command("report", "study"), own_study, message)


@pytest.mark.usefixtures("blank_pictures")
def test_linear_model_is_that_of_the_reviews(command, study):
    assert command("report", study).code == 0
    data = TrainedModel.open(study / "baseline-seed0/checkpoints/best.ckpt").data
    reviews = ShopReviews(**data["init_args"])
    best = linear_baseline(reviews.arrays("train"), reviews.arrays("validation")).best
    table = table_of(study)
    assert set(table["linear model, val_loss"].values()) == {f"{best.val_loss:.3f}"}
    assert set(table["linear model, val_accuracy"].values()) == {f"{best.val_accuracy:.3f}"}


def test_judgements_are_drawn_where_all_seeds_recorded_them(command, tiny, tmp_path):
    options = [*tiny, "--trainer.max_epochs=4"]
    for seed, recorded in ((0, "true"), (1, "true"), (2, "false")):
        run = tmp_path / "s" / f"a-seed{seed}"
        given = [f"--seed_everything={seed}", f"--record_judgements={recorded}", f"--run={run}"]
        assert command("fit", *options, *given).code == 0
    assert command("report", "s").code == 0
    assert "temperatures.png" not in Path("s/report.md").read_text()
    shutil.rmtree("s/a-seed2")
    assert command("report", "s").code == 0
    text = Path("s/report.md").read_text()
    for name in ("right_and_wrong", "temperatures"):
        assert f"(report/{name}.png)" in text
        assert Path(f"s/report/{name}.png").stat().st_size > 10_000
