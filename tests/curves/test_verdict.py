from typing import get_args

import pytest

from lit_sentiment.curves.verdict import FEWEST_EPOCHS, Kind, Verdict


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_verdict_has_one_to_three_suggestions_without_a_gap_left(kind):
    suggestions = Verdict(kind, "").suggestions
    assert 1 <= len(suggestions) <= 3
    assert not any("{" in suggestion or suggestion.endswith(".") for suggestion in suggestions)


def test_overfitting_suggests_the_epoch_counted_from_1():
    assert Verdict("overfitting", "", 4).suggestions[0].startswith("stop after epoch 5, by early stopping on val_loss")


def test_too_few_epochs_suggest_how_many():
    assert f"at least {FEWEST_EPOCHS} epochs" in Verdict("too few epochs", "").suggestions[0]


def test_overconfident_suggests_what_fits_the_use():
    suggestions = Verdict("overconfident", "", 4).suggestions
    assert suggestions[0].startswith("nothing, if only the label matters")
    assert "stop after epoch 5" in suggestions[1]
    assert "temperature" in suggestions[1]


@pytest.mark.parametrize("kind", get_args(Kind))
def test_no_suggestion_is_an_option_that_fit_refuses(kind):
    said = " ".join(Verdict(kind, "", 4).suggestions)
    assert "val_check_interval" not in said
    assert ("gradient_clip_val" in said) == ("--optimizer torch.optim.Adam --trainer.gradient_clip_val" in said)
