import math

import pytest

from lit_sentiment.curves.history import History
from lit_sentiment.models.linear_baseline import LinearBaseline
from lit_sentiment.report.findings import EPOCH_COUNTS, FIGURES, Finding
from lit_sentiment.report.judgements import RunJudgements
from lit_sentiment.report.statistics import mean_over_seeds

OVERCONFIDENT = {
    "loss": [0.6, 0.4, 0.2, 0.1, 0.05],
    "accuracy": [0.7, 0.8, 0.9, 0.95, 1.0],
    "val_loss": [0.55, 0.5, 0.6, 0.75, 0.9],
    "val_accuracy": [0.7, 0.75, 0.8, 0.78, 0.76],
}
OVERFITTING_LATER = {
    **OVERCONFIDENT,
    "val_loss": [0.55, 0.5, 0.45, 0.75, 0.95],
    "val_accuracy": [0.7, 0.75, 0.8, 0.78, 0.72],
}
HEALTHY = {
    "loss": [0.6, 0.5, 0.45, 0.44],
    "accuracy": [0.8] * 4,
    "val_loss": [0.6, 0.5, 0.46, 0.46],
    "val_accuracy": [0.8] * 4,
}


@pytest.fixture
def finding(judgement):
    """Make a finding of some histories, each judged in the same way."""
    best = judgement([0.8, 0.4, 0.3, 0.6], [1, 1, 0, 0])
    last = judgement([0.9, 0.1, 0.2, 0.7], [1, 1, 0, 0])

    def finding(*curves):
        judged = []
        for figures in curves:
            history = History()
            for epoch in range(len(figures["loss"])):
                history.append({name: curve[epoch] for name, curve in figures.items()})
            judged.append(RunJudgements(history, 0.5, best, last))
        return Finding("BaselineLSTM", judged, [], LinearBaseline([]))

    return finding


def test_figures_are_those_of_the_best_and_the_last_epoch(finding):
    found = finding(OVERCONFIDENT)
    expected = {
        "epochs": 5,
        "best epoch": 2,
        "val_loss, best epoch": 0.5,
        "val_loss, last epoch": 0.9,
        "loss, last epoch": 0.05,
        "val_accuracy, best epoch": 0.75,
        "val_accuracy, last epoch": 0.76,
        "accuracy, last epoch": 1.0,
        "gap of accuracy, last epoch": 0.24,
        "calibration error, best epoch": (0.2 + 0.6 + 0.3 + 0.6) / 4,  # each review lies in a bin of its own
        "calibration error, last epoch": (0.1 + 0.9 + 0.2 + 0.7) / 4,
    }
    # Fitted on reviews 0 and 2, which are right, the temperature is small; it is measured on the others, both wrong.
    temperature = found.mean("temperature fitted on half of validation, last epoch").value
    assert temperature < 0.1
    of_temperature = {
        "temperature fitted on half of validation, last epoch": temperature,
        "val_loss of the other half, last epoch": -math.log(0.1 * 0.3) / 2,
        "val_loss of the other half with that temperature": math.log(0.9 / 0.1 * 0.7 / 0.3) / 2 / temperature,
        "calibration error of the other half with it": 1.0,
    }
    assert [*EPOCH_COUNTS, *FIGURES] == [*expected, *of_temperature]
    assert {name: found.mean(name).value for name in expected} == pytest.approx(expected, abs=1e-6)
    assert {name: found.mean(name).value for name in of_temperature} == pytest.approx(of_temperature, rel=1e-3)


def test_losses_are_without_the_penalty(finding):
    penalised = {
        **OVERCONFIDENT,
        **{f"{part}data_loss": OVERCONFIDENT[f"{part}loss"] for part in ("", "val_")},
        **{
            f"{part}loss": [loss + 2 - epoch / 9 for epoch, loss in enumerate(OVERCONFIDENT[f"{part}loss"])]
            for part in ("", "val_")
        },
    }
    found = finding(penalised)
    assert found.mean("val_loss, last epoch").value == 0.9
    assert found.mean("loss, last epoch").value == 0.05
    assert found.mean("best epoch").value == 3  # that of the smallest val_loss, penalty and all
    assert found.mean("val_loss, best epoch").value == 0.6
    assert min(penalised["val_loss"]) > 1


def test_means_have_their_interval_over_the_seeds(finding):
    found = finding(OVERCONFIDENT, OVERFITTING_LATER)
    assert found.mean("val_loss, last epoch") == mean_over_seeds([0.9, 0.95])
    assert found.mean("best epoch").value == 2.5
    assert math.isnan(finding(OVERCONFIDENT).mean("best epoch").half_width)


def test_single_seed_has_the_verdict_of_its_curves(finding):
    found = finding(OVERCONFIDENT)
    assert found.verdict == found.verdicts[0].sentence
    assert found.verdict.startswith("Overconfident after epoch 2: from there validation loss rose from 0.500 to 0.900")


def test_several_seeds_are_counted_by_their_verdicts(finding):
    assert finding(OVERCONFIDENT, HEALTHY, OVERFITTING_LATER).verdict == (
        "Overconfident in 1 of 3 seeds, healthy in 1 of 3 seeds, overfitting in 1 of 3 seeds (after epoch 2 to 3): on "
        "average validation loss is 0.470 at its best and 0.770 at the end, where accuracy is 0.933 in training and "
        "0.760 in validation."
    )


def test_equal_onsets_are_told_once(finding):
    assert finding(OVERCONFIDENT, OVERCONFIDENT).verdict.startswith("Overconfident in 2 of 2 seeds (after epoch 2): ")


def test_seeds_that_do_not_overfit_have_no_onset(finding):
    assert finding(HEALTHY, HEALTHY).verdict.startswith("Healthy in 2 of 2 seeds: on average")


def test_loss_is_explained_by_the_wrong_and_the_certain(finding):
    losses = {"best": [0.8, 0.4, 0.7, 0.4], "last": [0.9, 0.1, 0.8, 0.3]}  # the probability of the label
    loss, loss_end = (sum(-math.log(value) for value in values) / 4 for values in losses.values())
    part, part_end = (sum(-math.log(values[index]) for index in (1, 3)) / 4 for values in losses.values())
    assert finding(OVERCONFIDENT, OVERFITTING_LATER).why == (
        "from the best epoch to the last the share of wrong reviews goes from 0.500 to 0.500, and the mean certainty "
        f"from {(0.8 + 0.6 + 0.7 + 0.6) / 4:.3f} to {(0.9 + 0.9 + 0.8 + 0.7) / 4:.3f}. At the best epoch {part:.3f} of "
        f"the validation loss of {loss:.3f} come from the wrong reviews, at the last {part_end:.3f} of {loss_end:.3f}."
    )
