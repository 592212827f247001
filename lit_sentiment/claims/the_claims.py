"""The claims, each with the questions that test it: what the cells of `configs/claims.yaml` are trained for."""

from collections.abc import Sequence
from math import log2

from lit_sentiment.claims import judged_run as figures
from lit_sentiment.claims.question import Claim, Question, Runs, difference, gain_of_choice, level, smallest, trend

NOISE = {"noise-0": 0.0, "noise-.04": 0.4, "baseline": 0.8, "noise-.16": 1.6, "noise-.32": 3.2}
"""Tenths of the labels that are wrong."""
REVIEWS = {
    name: log2(reviews / 375)
    for name, reviews in {"reviews-375": 375, "reviews-1500": 1500, "baseline": 3000, "reviews-6000": 6000}.items()
}
"""Doublings."""
UNITS = {"units-4": 2.0, "units-16": 4.0, "units-64": 6.0, "baseline": 7.0, "units-256": 8.0}
"""Doublings of the size of a word's vector and of the LSTM's state."""
RATES = {"dropout-0": 0.0, "dropout-.2": 0.2, "dropout-listing": 0.4, "dropout-.8": 0.8}
"""The mean of the two rates."""
STRENGTHS = ("l2-0", "l2-1e-4", "l2-1e-3", "l2-1e-2")
LOSS, ACCURACY = 0.02, 0.01
"""An effect on a loss, or on an accuracy, that does not matter."""


def _norm_and_gap(runs: Runs, _: Sequence[Runs]) -> float:
    return figures.rank_correlation_of_norm_and_gap(runs)


_QUESTIONS = {
    "Validation loss that rises while training accuracy rises means that the model gets more new reviews wrong": [
        level("share of wrong validation reviews, last epoch minus best", figures.rise_of_errors, "baseline").above(
            margin=ACCURACY
        ),
        level("validation loss, last epoch minus best", figures.rise, "baseline"),
        level("what one temperature leaves of that", figures.rise_at_best_temperature, "baseline"),
        level("entropy of the wrong reviews, last epoch minus best, nats", figures.entropy_of_wrong, "baseline"),
    ],
    "The model learns the noise of the training labels": [
        trend("rise of validation loss for each tenth of labels that is wrong", figures.rise, NOISE).above(margin=LOSS),
        level(
            "share of wrongly labelled training reviews that are fitted, last epoch",
            figures.fitted_wrong_labels(),
            "noise-.16",
        ),
        level("the same at the best epoch", figures.fitted_wrong_labels(None), "noise-.16"),
        level(
            "epochs by which half of these are fitted later than half of the others",
            figures.delay_of_wrong_labels,
            "noise-.16",
        ),
    ],
    "It also learns peculiarities of the training reviews that are not noise": [
        level("rise without wrong labels: more than .02", figures.rise, "noise-0").above(LOSS),
        difference("rise with the 500 commonest words alone, minus that", figures.rise, "common_words", "noise-0"),
    ],
    "Too little data is a cause of it, and not the only one": [
        trend("smallest validation loss for each doubling of the training reviews", figures.best_loss, REVIEWS).below(
            margin=LOSS
        ),
        level("rise with 6,000 reviews: more than .02", figures.rise, "reviews-6000").above(LOSS),
        trend("rise after ten epochs for each doubling", figures.rise_after_epochs(10), REVIEWS),
    ],
    "A model of more units than the data need overfits more": [
        trend("rise for each doubling of the units", figures.rise, UNITS).above(margin=LOSS),
        trend("smallest validation loss for each doubling", figures.best_loss, UNITS),
    ],
    "With so many weights it can learn the training reviews by heart, and so does worse on new ones": [
        level(
            "accuracy on 1,000 training reviews with labels at random (.49 wrong), last epoch",
            figures.train_accuracy,
            "random_labels",
        ).above(0.75),
        difference(
            "share of wrong validation reviews at the best epoch, 256 units minus 4",
            figures.error_at_best,
            "units-256",
            "units-4",
        ).above(margin=ACCURACY),
        level(
            "share of wrong validation reviews at the best epoch with the right labels",
            figures.error_at_best,
            "right_labels",
        ),
    ],
    "Dropout clearly lowers the risk of overfitting": [
        difference("rise, dropout of the listing minus none", figures.rise, "dropout-listing", "dropout-0").below(
            margin=0.05
        ),
        trend("rise for 1 more of the mean rate", figures.rise, RATES),
        difference("smallest validation loss, listing minus none", figures.best_loss, "dropout-listing", "dropout-0"),
    ],
    "Dropout makes training and validation better, in balance": [
        difference(
            "share of wrong validation reviews at the best epoch, listing minus none",
            figures.error_at_best,
            "dropout-listing",
            "dropout-0",
        ).below(margin=ACCURACY),
        difference(
            "training accuracy with dropout off, last epoch, listing minus none",
            figures.train_accuracy,
            "dropout-listing",
            "dropout-0",
        ),
    ],
    "Dropout keeps the model from relying on single units": [
        difference(
            "validation accuracy lost without a random half of the units, listing minus none",
            lambda one: one.lost_without_half_the_units,
            "dropout-listing",
            "dropout-0",
        ).below(margin=ACCURACY),
        level("the same loss without dropout in training", lambda one: one.lost_without_half_the_units, "dropout-0"),
    ],
    "L2(.01) on the embedding and the kernel prevents overfitting": [
        difference("rise, L2(.01) minus none", figures.rise, "l2-1e-2", "l2-0").below(margin=0.05),
        difference(
            "smallest validation loss, L2(.01) minus none: it costs no more than .02",
            figures.best_loss,
            "l2-1e-2",
            "l2-0",
        ).below(LOSS),
        difference("rise, L2(.0001) minus none", figures.rise, "l2-1e-4", "l2-0"),
        difference("smallest validation loss, L2(.0001) minus none", figures.best_loss, "l2-1e-4", "l2-0"),
    ],
    "Smaller weights are a simpler model, with a smaller gap": [
        Question(
            "rank correlation of the norm of the weights and the gap of the losses, over four strengths of L2",
            STRENGTHS,
            _norm_and_gap,
        ).above(margin=0.1),
        Question("the same over five numbers of units", tuple(UNITS), _norm_and_gap),
    ],
    "Early stopping with patience 3 and the best weights restored keeps the best model": [
        level(
            "validation loss given up beside the best of ten epochs: no more than .01", figures.regret(3), "baseline"
        ).below(0.01),
        level("the same with patience 0", figures.regret(0), "baseline"),
    ],
    "It is safe with models that learn slowly at first": [
        level(
            "validation loss given up with a tenth of the learning rate: no more than .01", figures.regret(3), "slow"
        ).below(0.01),
        level("the same with L2(.01)", figures.regret(3), "l2-1e-2"),
        level("and with L2(.01) and patience 0", figures.regret(0), "l2-1e-2"),
    ],
    "Rates, strengths and patience have to be found by experiment": [
        gain_of_choice(
            "what the dropout rates that are best with the other seeds gain of the smallest validation loss",
            figures.best_loss,
            tuple(RATES),
            "dropout-listing",
        ).above(margin=LOSS),
        gain_of_choice(
            "what the strength of L2 that is best with the other seeds gains beside .01",
            figures.best_loss,
            STRENGTHS,
            "l2-1e-2",
        ).above(margin=LOSS),
    ],
    "The curves show it early": [
        level(
            "epochs from the smallest validation loss until the verdict says that it rises: fewer than 3",
            figures.epochs_until_told_of_rise,
            "baseline",
        ).below(3.0),
    ],
    "Where validation reviews are of another kind than training reviews, the loss rises more": [
        difference("rise, other products in validation minus the same ones", figures.rise, "shifted", "baseline").above(
            margin=0.05
        ),
        difference("smallest validation loss, likewise", figures.best_loss, "shifted", "baseline"),
    ],
    "Shop reviews do so whichever are drawn": [
        smallest(
            "the smallest rise of three corpora: more than .02", figures.rise, "baseline", "corpus-1", "corpus-2"
        ).above(LOSS),
    ],
}
"""By what is claimed; questions with `above` or `below` decide."""
CLAIMS = [Claim(number, *claim) for number, claim in enumerate(_QUESTIONS.items(), start=1)]
