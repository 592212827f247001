import math
import random

import pytest

from lit_sentiment.curves.history import History
from lit_sentiment.curves.overfitting import FEWEST_EPOCHS, diagnose
from lit_sentiment.curves.verdict import RISING_KINDS
from lit_sentiment.reference.recorded_reference import RecordedReference, recorded_references

# keras-facts.md, "What the three models do": IMDB, 10,000 reviews, Keras 3.15.1, seed 0.
KERAS_BASELINE = [0.451, 0.388, 0.442, 0.492, 0.545, 0.591, 0.674, 0.788, 0.809, 0.798]
KERAS_DROPOUT = [0.447, 0.359, 0.476, 0.458, 0.490, 0.599, 0.746, 0.737, 0.945, 0.932]

NOISY_TRIALS = 200
FALSE_ALARMS = 0.05
"""Three standard deviations of jitter are the bar, but the jitter itself is estimated from a few epochs."""


def falling(epochs):
    return [0.6 * 0.7**epoch for epoch in range(epochs)]


def history_of(val_loss, loss=None, accuracy=0.97, val_accuracy=0.84):
    """A training whose validation accuracy falls to `val_accuracy`, evenly."""
    history = History()
    for epoch, (train, validation) in enumerate(zip(loss or falling(len(val_loss)), val_loss, strict=True), start=1):
        fallen = val_accuracy + 0.06 * (1 - epoch / len(val_loss))
        history.append({"loss": train, "val_loss": validation, "accuracy": accuracy, "val_accuracy": fallen})
    return history


def share(kind, curve):
    verdicts = [diagnose(history_of(curve(random.Random(seed)))) for seed in range(NOISY_TRIALS)]
    return sum(verdict.kind == kind for verdict in verdicts) / NOISY_TRIALS


@pytest.mark.parametrize("val_loss", [KERAS_BASELINE, KERAS_DROPOUT])
def test_curves_of_keras_overfit_after_their_minimum(val_loss):
    verdict = diagnose(history_of(val_loss))
    assert verdict.kind == "overfitting"
    assert verdict.onset_epoch == 1


def test_sentence_names_the_epoch_counted_from_1_and_the_figures():
    verdict = diagnose(history_of(KERAS_BASELINE))
    assert verdict.sentence == (
        "Overfitting after epoch 2: from there validation loss rose from 0.388 to 0.798 (+106%) while training loss "
        "fell from 0.420 to 0.024; at the end accuracy is 0.970 in training and 0.840 in validation (gap 0.130, loss "
        "gap 0.774)."
    )


def test_gaps_are_those_at_the_end():
    verdict = diagnose(history_of([0.5, 0.4, 0.6, 0.8, 0.9], [0.5, 0.4, 0.3, 0.2, 0.1], 0.95, 0.7))
    assert verdict.loss_gap == pytest.approx(0.8)
    assert verdict.accuracy_gap == pytest.approx(0.25)


def test_minimum_at_the_first_epoch_is_found():
    verdict = diagnose(history_of([0.3, 0.4, 0.5, 0.6, 0.7]))
    assert (verdict.kind, verdict.onset_epoch) == ("overfitting", 0)


def test_falling_validation_loss_with_a_gap_is_unfinished():
    verdict = diagnose(history_of([0.6, 0.5, 0.42, 0.36, 0.33]))
    assert (verdict.kind, verdict.onset_epoch) == ("unfinished", None)
    assert verdict.sentence == (
        "Unfinished: validation loss was still falling at the last epoch; at the end accuracy is 0.970 in training and "
        "0.840 in validation (gap 0.130, loss gap 0.186)."
    )


def test_both_losses_falling_without_a_gap_are_underfitting():
    train = [0.69, 0.66, 0.62, 0.58, 0.55, 0.51, 0.47]
    verdict = diagnose(history_of([loss + 0.01 for loss in train], train, 0.75, 0.74))
    assert (verdict.kind, verdict.onset_epoch) == ("underfitting", None)
    assert verdict.sentence.startswith("Underfitting: both losses were still falling at the last epoch, with hardly a ")
    assert diagnose(history_of([loss + 0.1 for loss in train], train, 0.75, 0.74)).kind == "unfinished"


def test_flat_validation_loss_is_healthy():
    verdict = diagnose(history_of([0.6, 0.5, 0.45, 0.452, 0.451, 0.453, 0.452]))
    assert (verdict.kind, verdict.onset_epoch) == ("healthy", None)
    assert "not clearly risen above its minimum of epoch 3" in verdict.sentence


def test_rise_in_which_training_gets_worse_too_has_diverged():
    rising = [0.5, 0.4, 0.5, 0.6, 0.7, 0.8]
    assert diagnose(history_of(rising)).kind == "overfitting"
    verdict = diagnose(history_of(rising, rising))
    assert (verdict.kind, verdict.onset_epoch) == ("diverged", None)
    assert "training loss itself rose from 0.400 at epoch 2 to 0.800 at the end" in verdict.sentence


def test_rise_over_a_training_loss_at_its_floor_is_overfitting():
    verdict = diagnose(history_of([0.4, 0.5, 0.6, 0.7, 0.8, 0.9], [0.05, 0.051, 0.05, 0.049, 0.05, 0.051]))
    assert (verdict.kind, verdict.onset_epoch) == ("overfitting", 0)
    assert "while training loss hardly moved, from 0.050 to 0.051" in verdict.sentence


@pytest.mark.parametrize("lucky", range(10))
@pytest.mark.parametrize("change", [-0.2, 0.4])
def test_one_lucky_or_unlucky_epoch_changes_nothing(lucky, change):
    flat = [0.5 + 0.001 * (epoch % 3) for epoch in range(10)]
    flat[lucky] += change
    # Whether a last epoch that is far above the rest is noise, the next one will show.
    assert diagnose(history_of(flat)).kind == ("too few epochs" if (lucky, change) == (9, 0.4) else "healthy")


@pytest.mark.parametrize("lucky", range(5, 10))
def test_one_lucky_epoch_does_not_move_the_onset(lucky):
    rising = [0.6, 0.5, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8]
    rising[lucky] = 0.39
    verdict = diagnose(history_of(rising))
    assert (verdict.kind, verdict.onset_epoch) == ("overfitting", 2)


@pytest.mark.parametrize("epochs", [5, 10, 20])
@pytest.mark.parametrize("noise", [0.01, 0.03])
def test_noisy_flat_validation_loss_is_hardly_ever_overfitting(epochs, noise):
    assert share("overfitting", lambda dice: [0.5 + dice.gauss(0, noise) for _ in range(epochs)]) <= FALSE_ALARMS


@pytest.mark.parametrize("epochs", [6, 10, 20])
def test_noisy_validation_loss_that_levels_off_is_healthy(epochs):
    def curve(dice: random.Random) -> list[float]:
        return [0.5 + 0.2 * 0.2**epoch + dice.gauss(0, 0.01) for epoch in range(epochs)]

    assert share("healthy", curve) >= 1 - FALSE_ALARMS


@pytest.mark.parametrize("epochs", [5, 10, 20])
def test_noisy_falling_validation_loss_is_hardly_ever_missed(epochs):
    def curve(dice: random.Random) -> list[float]:
        return [0.7 - 0.4 * epoch / epochs + dice.gauss(0, 0.01) for epoch in range(epochs)]

    assert share("unfinished", curve) >= 1 - FALSE_ALARMS


@pytest.mark.parametrize("noise", [0.01, 0.03])
def test_noisy_overfitting_is_hardly_ever_missed(noise):
    def curve(dice: random.Random) -> list[float]:
        return [0.4 + 0.05 * abs(epoch - 2) + dice.gauss(0, noise) for epoch in range(10)]

    assert share("overfitting", curve) >= 1 - FALSE_ALARMS


def test_penalty_that_falls_does_not_hide_overfitting():
    history, plain = History(), [0.5, 0.4, 0.45, 0.5, 0.55, 0.6]
    for epoch, (loss, val_loss) in enumerate(zip(falling(6), plain, strict=True)):
        penalty = 9.0 / (epoch + 1)
        history.append(
            {
                "loss": loss + penalty,
                "data_loss": loss,
                "val_loss": val_loss + penalty,
                "val_data_loss": val_loss,
                "accuracy": 0.9,
                "val_accuracy": 0.8 + 0.06 * (1 - (epoch + 1) / 6),
            }
        )
    assert sorted(history["val_loss"], reverse=True) == history["val_loss"]
    verdict = diagnose(history)
    assert (verdict.kind, verdict.onset_epoch) == ("overfitting", 1)
    assert verdict.sentence == diagnose(history_of(plain, accuracy=0.9, val_accuracy=0.8)).sentence


def test_accuracy_at_chance_is_not_learnt():
    # Model 3 of keras-facts.md: it collapses, and val_loss hardly moves.
    verdict = diagnose(history_of([0.6931, 0.6931, 0.6932, 0.6932], [0.9, 0.6932, 0.6931, 0.6931], 0.501, 0.498))
    assert verdict.kind == "not learnt"
    assert "after 4 epochs no accuracy is above 0.501" in verdict.sentence
    assert "gives 0.500" in verdict.sentence


def test_model_that_learnt_a_little_and_fell_back_to_chance_has_collapsed():
    history = history_of([0.70, 0.69, 0.69, 0.69, 0.69], accuracy=0.49, val_accuracy=0.5)
    history["val_accuracy"][1] = 0.62
    verdict = diagnose(history)
    assert verdict.kind == "collapsed"
    assert "accuracy was 0.620 at epoch 2, and is 0.500 at the end" in verdict.sentence


def test_verdict_does_without_accuracies():
    verdict = diagnose(history_of(KERAS_BASELINE, accuracy=math.nan, val_accuracy=math.nan))
    assert (verdict.kind, verdict.onset_epoch) == ("overfitting", 1)
    assert verdict.sentence.endswith("at the end loss is 0.024 in training and 0.798 in validation (gap 0.774).")
    assert math.isnan(verdict.accuracy_gap)


def test_one_accuracy_is_said_without_a_gap():
    verdict = diagnose(history_of(KERAS_BASELINE, accuracy=math.nan))
    assert verdict.sentence.endswith("at the end accuracy is 0.840 in validation (loss gap 0.774).")


@pytest.mark.parametrize("least", [0.0, -1.0])
def test_losses_that_reach_zero_or_less_get_a_verdict_too(least):
    verdict = diagnose(history_of([least + rise for rise in (0.2, 0.0, 0.2, 0.4, 0.6)]))
    assert (verdict.kind, verdict.onset_epoch) == ("overfitting", 1)
    assert "%" not in verdict.sentence


def test_chance_is_that_of_the_commonest_label():
    rising = history_of([0.5, 0.5, 0.6, 0.7, 0.8], accuracy=0.83, val_accuracy=0.76)
    assert diagnose(rising).kind == "overfitting"
    assert diagnose(rising, chance=0.8).kind == "not learnt"
    assert diagnose(rising, chance=0.7).kind == "overfitting"


def test_memorising_without_generalising_is_overfitting():
    assert diagnose(history_of([0.7, 0.7, 0.8, 0.9, 1.0], accuracy=0.99, val_accuracy=0.5)).kind == "overfitting"


@pytest.mark.parametrize("broken", [math.nan, math.inf])
@pytest.mark.parametrize("curve", ["loss", "val_loss"])
def test_loss_that_is_no_number_has_diverged(broken, curve):
    history = history_of(KERAS_BASELINE)
    history[curve][6] = broken
    verdict = diagnose(history)
    assert verdict.kind == "diverged"
    assert "epoch 7" in verdict.sentence


def test_diverging_at_once_is_not_mistaken_for_too_few_epochs():
    assert diagnose(history_of([0.5, math.nan])).kind == "diverged"
    assert diagnose(history_of([math.nan], [math.nan])).kind == "diverged"


def test_training_without_validation_has_no_verdict():
    history = History()
    for loss in falling(6):
        history.append({"loss": loss, "accuracy": 0.9})
    assert diagnose(history).kind == "no validation"


@pytest.mark.parametrize("epochs", range(FEWEST_EPOCHS))
def test_too_few_epochs_say_nothing(epochs):
    verdict = diagnose(history_of([0.3, 0.6, 0.9][:epochs]))
    assert verdict.kind == "too few epochs"
    assert f": {epochs}, and it takes {FEWEST_EPOCHS}" in verdict.sentence


def test_fewest_epochs_are_enough():
    assert diagnose(history_of([0.3, 0.6, 0.9, 1.2])).kind == "overfitting"
    assert diagnose(history_of([0.6, 0.5, 0.4, 0.3])).kind == "unfinished"


def test_doubtful_rise_in_few_epochs_is_not_called_healthy():
    doubtful = [0.470, 0.478, 0.562, 0.619]  # DropoutLSTM, seed 0: it goes on to 0.811
    verdict = diagnose(history_of(doubtful))
    assert verdict.kind == "too few epochs"
    assert "from 0.470 at epoch 1 to 0.619, but in 4 epochs that may be noise" in verdict.sentence
    assert diagnose(history_of([0.470, 0.471, 0.472, 0.473])).kind == "healthy"


def test_rise_after_an_unsteady_beginning_is_overfitting():
    unsteady = [0.415, 0.613, 0.457, 0.645, 0.414, 0.445, 0.493, 0.557, 0.595, 0.673]  # DropoutLSTM, IMDB, seed 0
    verdict = diagnose(history_of(unsteady))
    assert (verdict.kind, verdict.onset_epoch) == ("overfitting", 4)


def test_rise_without_a_loss_of_accuracy_is_overconfident():
    history = history_of(KERAS_BASELINE, accuracy=0.97)
    history.curves["val_accuracy"] = [0.8, 0.84, 0.83, 0.845, 0.84, 0.84, 0.835, 0.842, 0.84, 0.84]
    verdict = diagnose(history)
    assert (verdict.kind, verdict.onset_epoch) == ("overconfident", 1)
    assert verdict.sentence == (
        "Overconfident after epoch 2: from there validation loss rose from 0.388 to 0.798 (+106%) while training loss "
        "fell from 0.420 to 0.024, but validation accuracy did not fall: the model does not get more examples wrong, "
        "it is surer of those that it gets wrong; at the end accuracy is 0.970 in training and 0.840 in validation "
        "(gap 0.130, loss gap 0.774)."
    )


@pytest.mark.parametrize("noise", [0.002, 0.01])
@pytest.mark.parametrize(("slope", "kind"), [(0.0, "overconfident"), (0.005, "overconfident"), (-0.01, "overfitting")])
def test_accuracy_that_falls_by_more_than_its_noise_makes_it_overfitting(noise, slope, kind):
    dice, hits = random.Random(3), 0
    for _ in range(50):
        history = history_of([0.4 + 0.05 * abs(epoch - 2) for epoch in range(12)])
        history.curves["val_accuracy"] = [0.8 + slope * epoch + dice.gauss(0, noise) for epoch in range(12)]
        hits += diagnose(history).kind == kind
    assert hits >= 45


def test_rise_with_an_accuracy_that_is_not_always_there_is_overfitting():
    history = history_of(KERAS_BASELINE)
    history.curves["val_accuracy"] = [math.nan, *[0.9] * 9]
    assert diagnose(history).kind == "overfitting"


def test_long_rise_is_judged_in_a_moment_and_its_onset_is_an_epoch():
    curve = [0.4 + abs(epoch - 7_001) / 10_000 for epoch in range(20_000)]
    verdict = diagnose(history_of(curve, [1 / (1 + epoch) for epoch in range(20_000)]))
    assert (verdict.kind, verdict.onset_epoch) == ("overfitting", 7_001)


def recorded_trainings():
    references = ((path.stem, RecordedReference.read(path)) for path in recorded_references())
    return [
        (f"{name}-{number}", curves)
        for name, reference in references
        for number, curves in enumerate([reference.curves, *reference.twins])
    ]


def of_epochs(curves, epochs):
    history = History()
    for epoch in range(epochs):
        history.append({name: curve[epoch] for name, curve in curves.items()})
    return history


@pytest.mark.parametrize(
    ("name", "curves"), recorded_trainings(), ids=lambda value: value if str(value) == value else ""
)
def test_recorded_curve_is_never_healthy_well_above_its_minimum(name, curves):
    """Over every beginning of five epochs or more; nor does a rise become health while the loss is still up."""
    before = ""
    for epochs in range(FEWEST_EPOCHS, len(curves["loss"]) + 1):
        kind = diagnose(of_epochs(curves, epochs)).kind
        val_loss, loss = curves["val_loss"][:epochs], curves["loss"][:epochs]
        lowest = val_loss.index(min(val_loss))
        if epochs >= 5 and val_loss[-1] >= 1.15 * val_loss[lowest] and loss[-1] < loss[lowest]:
            assert kind != "healthy"
        if before in RISING_KINDS and val_loss[-1] >= 1.05 * val_loss[lowest]:
            assert kind != "healthy"
        before = kind


def test_recorded_dropout_and_baseline_curves_rise_at_the_end():
    kinds = {name: diagnose(of_epochs(curves, 10)).kind for name, curves in recorded_trainings() if "L2" not in name}
    doubtful = {name: kind for name, kind in kinds.items() if kind not in RISING_KINDS}
    assert doubtful == {"BaselineLSTM-Imdb-seed0-float32-3": "too few epochs"}  # it leaps up and down


def test_clear_rise_over_some_jitter_is_overfitting():
    rising = [0.507, 0.425, 0.463, 0.524, 0.626, 0.569, 0.746, 0.662]
    assert diagnose(history_of(rising)).kind == "overfitting"


@pytest.mark.parametrize("epochs", [5, 9, 20, 60])
@pytest.mark.parametrize("noise", [0.01, 0.05, 0.2])
@pytest.mark.parametrize("start", [0.0, 0.5], ids=["flat", "levelling off"])
def test_curves_that_have_levelled_off_seldom_overfit(epochs, noise, start):
    """At most 3 in 100; of 200 curves 11 may by chance (binomial, once in 30)."""

    def curve(dice: random.Random) -> list[float]:
        return [1 + start * 0.4**epoch + dice.gauss(0, noise) for epoch in range(epochs)]

    assert share("overfitting", curve) <= 11 / NOISY_TRIALS


@pytest.mark.parametrize("epochs", [5, 8, 12, 25])
@pytest.mark.parametrize(
    "curve", [lambda part: 0.7 - 0.5 * part**2, lambda part: 0.7 - 0.5 * part**3, lambda part: 0.8 - 0.1 * 6**part]
)
def test_curve_that_falls_faster_every_epoch_is_unfinished(epochs, curve):
    val_loss = [curve(epoch / (epochs - 1)) for epoch in range(epochs)]
    assert diagnose(history_of(val_loss, [0.5 * loss for loss in val_loss])).kind == "unfinished"
