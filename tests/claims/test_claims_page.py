"""The claims: their cells are trained by the shipped config, and the page says what the runs say, no more."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from lit_sentiment.claims.question import FEWEST_SEEDS
from lit_sentiment.claims.the_claims import CLAIMS
from lit_sentiment.cli import main
from lit_sentiment.curves.history import History
from lit_sentiment.report.statistics import effect
from lit_sentiment.runs.epoch_judgements import read_judgements, write_judgements
from lit_sentiment.runs.run_folder import RunFolder

CONFIGS = Path(__file__).parents[2] / "configs"


def trained_by(config):
    return set(yaml.safe_load((CONFIGS / config).read_text())["cells"])


def test_config_trains_the_cells_that_the_claims_need_and_no_others():
    asked = {cell for claim in CLAIMS for question in claim.questions for cell in question.cells}
    assert trained_by("claims.yaml") == asked


def test_config_for_other_data_has_cells_of_the_claims():
    assert trained_by("claims_own.yaml") < trained_by("claims.yaml")


def test_every_claim_has_a_question_that_decides():
    assert [claim.number for claim in CLAIMS] == list(range(1, 18))
    assert all(any(question.claim for question in claim.questions) for claim in CLAIMS)


@pytest.fixture(scope="module")
def runs(tiny, tmp_path_factory):
    """Three cells with two seeds, five epochs each; only to be read."""
    folder = tmp_path_factory.mktemp("claims") / "tiny"
    cells = {
        "baseline": [],
        "noise-0": ["--data.wrong_label_fraction=0"],
        "dropout-0": ["--model=DropoutLSTM", "--model.units=[4,4]", "--model.dropout=[0.0,0.0]"],
    }
    shared = ["--trainer.max_epochs=5", "--model.learning_rate=0.03", "--record_judgements=true"]
    for name, options in cells.items():
        own = [one for one in tiny if not (name == "dropout-0" and one.startswith("--model.units"))]
        for seed in (0, 1):
            run = folder / f"{name}-seed{seed}"
            assert main(["fit", *own, *shared, *options, f"--seed_everything={seed}", f"--run={run}"]) == 0
    return folder


@pytest.fixture(scope="module")
def page(runs):
    """What the command wrote of them."""
    assert main(["report", str(runs), "--claims", "true"]) == 0
    return (runs / "claims.md").read_text()


def rows(page, number):
    return [line for line in page.splitlines() if line.startswith(f"| {number} |")]


def test_page_of_few_seeds_is_called_a_trial_and_decides_nothing(page):
    assert f"A trial of the command.** Some questions have fewer than {FEWEST_SEEDS} seeds" in page
    verdicts = re.findall(r"\| \*\*(.*?)\*\* \|", page)
    assert len(verdicts) == sum(question.claim is not None for claim in CLAIMS for question in claim.questions)
    assert set(verdicts) == {"open", "not trained"}


def test_figures_are_those_of_the_runs(page, runs):
    histories = [History.read(RunFolder(runs / f"noise-0-seed{seed}").history) for seed in (0, 1)]
    found = effect([one["val_loss"][-1] - min(one["val_loss"]) for one in histories])
    assert f"{found.mean:+.3f} ({found.low:+.3f} to {found.high:+.3f})" in rows(page, 3)[0]


def test_what_was_not_trained_is_said_and_drawn_nowhere(page, runs):
    assert "not trained" in rows(page, 16)[0]
    drawn = {path.stem for path in (runs / "claims").glob("*.png")}
    assert drawn == {"right_and_wrong", "temperatures", "fitted_labels", "doses", "patience"}
    assert {f"claims/{name}.png" for name in drawn} == set(re.findall(r"claims/\w+\.png", page))


def test_whole_page_opens_from_disk(page, runs):
    html = (runs / "claims.html").read_text()
    assert 'src="claims/' not in html
    assert html.count("data:image/png;base64,") == 5
    assert "nan" not in re.sub(r"base64,[^\"]*", "", html)


def test_linear_model_stands_beside_each_kind_of_data(page):
    table = page.split("## Beside a linear model")[1].split("## ")[0]
    assert [
        line.split(" | ")[0] for line in table.splitlines() if line.startswith(("| baseline", "| noise", "| dropout"))
    ] == [
        "| baseline",
        "| noise-0",
    ]


def test_runs_without_judgements_are_refused_by_the_name_of_the_option(command, tiny_study):
    outcome = command("report", tiny_study, "--claims", "true")
    assert outcome.code == 2
    assert re.fullmatch("error: .*judgements.npz: expected what fit --record_judgements true keeps, .*\n", outcome.err)


def tear(path):
    path.write_bytes(b"torn")


def cut_off(path):
    """As a resumed training leaves it that no longer records."""
    judged = read_judgements(path)
    write_judgements(path, {split: replace(one, logits=one.logits[:-2]) for split, one in judged.items()})


def begin_late(path):
    """As a resumed training leaves it that records from then on."""
    judged = read_judgements(path)
    for one in judged.values():
        one.logits[:2] = np.nan
    write_judgements(path, judged)


@pytest.mark.usefixtures("blank_pictures")
@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (tear, "expected the judgements of a run"),
        (cut_off, "expected the judgements of 5 epochs, found those of 3"),
        (begin_late, "expected the judgements of 5 epochs, found those of 3"),
    ],
)
def test_run_with_damaged_judgements_is_left_out_aloud(command, runs, tmp_path, damage, found):
    folder = shutil.copytree(runs, tmp_path / "damaged")
    damage(folder / "noise-0-seed1/judgements.npz")
    outcome = command("report", folder, "--claims", "true")
    assert outcome.code == 0, outcome.err
    told = [line for line in outcome.out.splitlines() if line.startswith("Left out: ")]
    assert len(told) == 1
    assert f"noise-0-seed1/judgements.npz: {found}" in told[0]
    assert "5 runs in 3 cells" in (folder / "claims.md").read_text()


def test_cell_of_two_trainings_is_refused(command, runs, tmp_path):
    folder = shutil.copytree(runs, tmp_path / "mixed")
    identity = folder / "baseline-seed1/identity.json"
    identity.write_text(json.dumps({**json.loads(identity.read_text()), "batch_size": 17}))
    outcome = command("report", folder, "--claims", "true")
    assert outcome.code == 2
    assert "differ in nothing but the seed, found others in baseline-seed0 than in baseline-seed1" in outcome.err
