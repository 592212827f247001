import csv
import json
import math
import shutil

import numpy as np
import pytest
from scipy.special import logit

from lit_sentiment.data.shop_reviews import ShopReviews
from lit_sentiment.data.sources import SOURCES
from lit_sentiment.errors import InputError
from lit_sentiment.report.judge import Judge
from lit_sentiment.report.judgements import Judgement, worst_mistakes
from lit_sentiment.report.study_runs import read_groups

FLOAT32_MEAN = 1e-6
"""A history holds means that were summed up in float32, over batches."""
EXACT = 1e-12


def made(probabilities, labels):
    with np.errstate(divide="ignore"):
        logits = np.log(probabilities) if np.ndim(probabilities) > 1 else logit(probabilities)
    return Judgement(np.clip(logits, -800, 800), np.array(labels, dtype=np.int32), {})


HALF_RIGHT = made([0.9, 0.8, 0.4, 0.3, 0.5], [1, 0, 1, 0, 1])
"""The second and the third are wrong, and so is the last: not above one half."""


def test_losses_are_those_of_the_label():
    expected = [-math.log(probability) for probability in (0.9, 0.2, 0.4, 0.7, 0.5)]
    assert HALF_RIGHT.losses == pytest.approx(expected, abs=EXACT)


def test_wrong_is_the_wrong_side_of_one_half():
    assert HALF_RIGHT.wrong.tolist() == [False, True, True, False, True]


def test_loss_of_the_wrong_is_their_part_of_the_mean():
    expected = -(math.log(0.2) + math.log(0.4) + math.log(0.5)) / 5
    assert HALF_RIGHT.loss_of_wrong == pytest.approx(expected, abs=EXACT)
    right = HALF_RIGHT.losses[~HALF_RIGHT.wrong].sum() / 5
    assert HALF_RIGHT.loss_of_wrong + right == pytest.approx(HALF_RIGHT.losses.mean(), abs=EXACT)


def test_certainty_is_the_mean_probability_of_the_likelier_label():
    assert HALF_RIGHT.certainty == pytest.approx((0.9 + 0.8 + 0.6 + 0.7 + 0.5) / 5, abs=EXACT)


def test_losses_of_what_a_model_is_sure_of_are_finite():
    sure = made([0, 1, 0, 1], [0, 1, 1, 0])
    assert sure.losses.tolist() == [0, 0, 800, 800]
    assert sure.wrong.tolist() == [False, False, True, True]
    assert sure.certainty == 1


def test_without_mistakes_none_of_the_loss_comes_from_them():
    assert made([0.9, 0.1], [1, 0]).loss_of_wrong == 0


def test_worst_mistakes_have_the_largest_mean_loss_of_those_that_most_seeds_get_wrong():
    labels = [1, 1, 0, 0, 1]
    seeds = [
        made([0.01, 0.40, 0.70, 0.10, 0.60], labels),
        made([0.51, 0.30, 0.80, 0.20, 0.70], labels),
        made([0.60, 0.20, 0.90, 0.95, 0.40], labels),
    ]  # the first has the largest loss, but only one seed gets it wrong
    texts = ["one seed", "small", "large", "last seed", "one seed too"]
    worst = worst_mistakes(seeds, texts, 5)
    assert [(mistake.text, mistake.label, mistake.wrong_seeds) for mistake in worst] == [
        ("large", 0, 3),
        ("small", 1, 3),
    ]
    assert worst[0].probability == pytest.approx(0.8, abs=EXACT)
    assert [mistake.text for mistake in worst_mistakes(seeds, texts, 1)] == ["large"]


def test_half_of_the_seeds_are_not_most():
    labels = [0, 1]
    assert worst_mistakes([made([0.9, 0.9], labels), made([0.1, 0.1], labels)], ["a", "b"], 3) == []
    assert [mistake.text for mistake in worst_mistakes([made([0.9, 0.9], labels)], ["a", "b"], 3)] == ["a"]


def test_mistakes_of_equal_loss_stay_in_their_order():
    worst = worst_mistakes([made([0.8, 0.9, 0.8, 0.9], [0] * 4)], list("abcd"), 4)
    assert [mistake.text for mistake in worst] == ["b", "d", "a", "c"]


def test_figures_of_the_checkpoints_are_those_of_the_history(tiny_study):
    groups, _ = read_groups(tiny_study)
    judge = Judge()
    for group in groups:
        for run, judged in zip(group.runs, judge.judge(group), strict=True):
            with (run.folder.path / "history.csv").open() as file:
                rows = list(csv.DictReader(file))
            best = min(rows, key=lambda row: float(row["val_loss"]))
            for row, judgement in ((best, judged.best), (rows[-1], judged.last)):
                data_loss = float(row["val_data_loss"] or row["val_loss"])
                assert judgement.figures["data_loss"] == pytest.approx(data_loss, abs=FLOAT32_MEAN)
                assert judgement.losses.mean() == pytest.approx(data_loss, abs=FLOAT32_MEAN)
                assert judgement.figures["accuracy"] == pytest.approx(float(row["val_accuracy"]), abs=FLOAT32_MEAN)
                assert 1 - judgement.wrong.mean() == pytest.approx(float(row["val_accuracy"]), abs=FLOAT32_MEAN)
                assert len(judgement.labels) == 25


def test_the_two_checkpoints_and_the_seeds_judge_differently(tiny_study):
    (group, _), _ = read_groups(tiny_study)
    first, second = Judge().judge(group)
    assert abs(first.last.by_class - second.last.by_class).max() > 1e-3
    best_epochs = [judged.history.best_epoch for judged in (first, second)]
    assert [np.array_equal(one.best.logits, one.last.logits) for one in (first, second)] == [
        epoch == 4 for epoch in best_epochs
    ]


def test_chance_is_the_share_of_the_commoner_label_of_the_training_reviews(tiny_study):
    (group, _), _ = read_groups(tiny_study)
    labels = [review.label for review in Judge().data_of(group.runs[0]).reviews("train")]
    positive = sum(labels) / len(labels)
    assert [one.chance for one in Judge().judge(group)] == pytest.approx([max(positive, 1 - positive)] * 2, abs=EXACT)


def test_equal_data_are_read_once(tiny_study, monkeypatch):
    made_data = []

    class CountedReviews(ShopReviews):
        def __init__(self, **settings):
            made_data.append(settings)
            super().__init__(**settings)

    monkeypatch.setitem(SOURCES, "ShopReviews", CountedReviews)
    judge = Judge()
    for group in read_groups(tiny_study)[0]:
        assert len(list(judge.judge(group))) == 2
    assert len(made_data) == 1


@pytest.fixture
def one_run(tiny_study, tmp_path):
    """A group of one run that may be damaged."""
    shutil.copytree(tiny_study / "baseline-seed0", tmp_path / "study/baseline-seed0")
    return tmp_path / "study/baseline-seed0"


@pytest.mark.parametrize("name", ["best", "last"])
def test_missing_checkpoint_is_refused_by_its_path(one_run, name):
    (one_run / f"checkpoints/{name}.ckpt").unlink()
    ((group,), _) = read_groups(one_run.parent)
    with pytest.raises(InputError, match=rf"{name}\.ckpt: expected a checkpoint of a finished run, found none"):
        list(Judge().judge(group))


@pytest.mark.parametrize("split", ["train", "validation"])
def test_reviews_that_are_not_those_of_the_training_are_refused(one_run, split):
    identity = json.loads((one_run / "identity.json").read_text())
    (one_run / "identity.json").write_text(json.dumps({**identity, f"{split}_sha256": "another"}))
    ((group,), _) = read_groups(one_run.parent)
    with pytest.raises(InputError, match=f"baseline-seed0: expected the {split} reviews that it was trained on, found"):
        list(Judge().judge(group))


# Judged 0 1 2 2; the second and the last are wrong.
THREE = made([[0.7, 0.2, 0.1], [0.2, 0.5, 0.3], [0.1, 0.3, 0.6], [0.05, 0.05, 0.9]], [0, 2, 2, 1])


def test_several_classes_are_judged_by_the_likeliest():
    assert THREE.judged.tolist() == [0, 1, 2, 2]
    assert THREE.wrong.tolist() == [False, True, False, True]
    assert THREE.losses == pytest.approx([-math.log(value) for value in (0.7, 0.3, 0.6, 0.05)], abs=EXACT)
    assert THREE.certainty == pytest.approx((0.7 + 0.5 + 0.6 + 0.9) / 4, abs=EXACT)
    assert THREE.confusion.tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 1]]
    probabilities, right = THREE.events
    assert probabilities == pytest.approx([0.7, 0.5, 0.6, 0.9], abs=EXACT)
    assert right.tolist() == [True, False, True, False]


def test_two_columns_are_judged_as_one_probability_is():
    columns = made(HALF_RIGHT.by_class, HALF_RIGHT.labels)
    for figure in ("losses", "wrong", "judged", "confusion"):
        assert getattr(columns, figure) == pytest.approx(getattr(HALF_RIGHT, figure), abs=EXACT)


def test_mistake_is_told_with_the_class_that_most_seeds_take_it_for():
    seeds = [made([one], [2]) for one in ([0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.1, 0.5, 0.4], [0.0, 0.0, 1.0])]
    (mistake,) = worst_mistakes(seeds, ["a"], 3)
    assert (mistake.label, mistake.judged, mistake.wrong_seeds) == (2, 1, 3)
    assert mistake.probability == pytest.approx((0.3 + 0.7 + 0.5) / 4, abs=EXACT)
