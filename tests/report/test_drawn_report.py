import math
import struct

import pytest

from lit_sentiment.curves.history import History
from lit_sentiment.models.linear_baseline import LinearBaseline
from lit_sentiment.report.findings import Finding
from lit_sentiment.report.judgements import RunJudgements
from lit_sentiment.report.report_pictures import draw_bands, draw_reliability

CURVES = {"loss": [0.5, 0.25], "accuracy": [0.5, 1.0], "val_loss": [0.5, 0.75], "val_accuracy": [0.5, 0.625]}
OTHER = {**CURVES, "val_loss": [0.6, 0.7]}


def longer(curves):
    return {name: [*curve, 0.6] for name, curve in curves.items()}


def png_size(path):
    header = path.read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", header[16:])


@pytest.fixture
def drawn(tmp_path):
    """Draw groups and return the bytes."""

    def drawn(*groups):
        draw_bands(groups, tmp_path / "new/bands.png")
        assert png_size(tmp_path / "new/bands.png")
        return (tmp_path / "new/bands.png").read_bytes()

    return drawn


def test_bands_have_a_column_per_group(group, tmp_path):
    draw_bands([group([CURVES, OTHER])], tmp_path / "one.png")
    draw_bands([group([CURVES, OTHER]), group([CURVES])], tmp_path / "two.png")
    (one_width, one_height), (two_width, two_height) = png_size(tmp_path / "one.png"), png_size(tmp_path / "two.png")
    assert (two_width, two_height) == (2 * one_width, one_height)


def test_every_seed_is_in_the_picture(group, drawn):
    assert drawn(group([CURVES, CURVES])) == drawn(group([CURVES, CURVES]))
    assert drawn(group([CURVES, CURVES])) != drawn(group([CURVES, OTHER]))


def test_keras_is_in_the_picture_where_it_is_recorded(group, drawn):
    without = drawn(group([CURVES, CURVES]))
    assert without != drawn(group([CURVES, CURVES], [OTHER, None]))
    assert drawn(group([CURVES], [CURVES])) != drawn(group([CURVES], [OTHER]))


def test_runs_that_end_in_different_epochs_are_drawn(group, drawn):
    assert drawn(group([CURVES, longer(CURVES)], [longer(CURVES), CURVES]))


def test_accuracies_far_below_one_half_are_in_the_picture(group, drawn):
    low, lower = ({**CURVES, "val_accuracy": [value, value]} for value in (0.2, 0.1))
    assert drawn(group([low])) != drawn(group([lower]))


def test_values_that_are_no_numbers_are_drawn(group, drawn):
    assert drawn(group([CURVES, {**CURVES, "val_loss": [0.5, math.inf], "val_accuracy": [0.5, math.nan]}]))


def test_formulas_in_titles_are_drawn_as_they_are(group, drawn):
    assert drawn(group([CURVES], title="$a_{b$ $\\frac$"))


@pytest.fixture
def finding(judgement):
    def finding(title, last, labels=(1, 0, 1)):
        best = judgement([0.7, 0.4, 0.6], labels)
        return Finding(
            title, [RunJudgements(History(CURVES), 0.5, best, judgement(last, labels))], [], LinearBaseline([])
        )

    return finding


def test_reliability_has_a_column_per_finding_of_whatever_title(finding, tmp_path):
    draw_reliability([finding("same $_{", [0.9, 0.1, 0.8])], tmp_path / "one.png")
    draw_reliability([finding("same $_{$", [0.9, 0.1, 0.8])] * 2, tmp_path / "two.png")
    (one_width, one_height), (two_width, two_height) = png_size(tmp_path / "one.png"), png_size(tmp_path / "two.png")
    assert (two_width, two_height) == (2 * one_width, one_height)


def test_reliability_shows_the_probabilities_and_the_labels(finding, tmp_path):
    pictures = []
    for number, (last, labels) in enumerate(
        [([0.9, 0.1, 0.8], (1, 0, 1)), ([0.9, 0.2, 0.8], (1, 0, 1)), ([0.9, 0.1, 0.8], (0, 0, 1))]
    ):
        draw_reliability([finding("one", last, labels)], tmp_path / f"{number}.png")
        pictures.append((tmp_path / f"{number}.png").read_bytes())
    assert len(set(pictures)) == 3


def test_sure_probabilities_are_drawn(finding, tmp_path):
    draw_reliability([finding("sure", [1.0, 0.0, 1.0])], tmp_path / "sure.png")
    assert png_size(tmp_path / "sure.png")
