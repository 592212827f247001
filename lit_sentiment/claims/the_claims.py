"""The claims, each with the questions that test it: what the cells of `configs/claims.yaml` are trained for."""

from math import log2

from lit_sentiment.claims import judged_run as figures
from lit_sentiment.claims.question import Claim, Question, difference, gain_of_choice, level, smallest, trend

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


CLAIMS = (
    Claim(
        1,
        "Validation loss that rises while training accuracy rises means that the model gets more new reviews wrong",
        [
            Question(
                "share of wrong validation reviews, last epoch minus best",
                *level(figures.rise_of_errors, "baseline"),
                "above",
                margin=ACCURACY,
            ),
            Question("validation loss, last epoch minus best", *level(figures.rise, "baseline")),
            Question("what one temperature leaves of that", *level(figures.rise_at_best_temperature, "baseline")),
            Question(
                "entropy of the wrong reviews, last epoch minus best, nats",
                *level(figures.entropy_of_wrong, "baseline"),
            ),
        ],
    ),
    Claim(
        2,
        "The model learns the noise of the training labels",
        [
            Question(
                "rise of validation loss for each tenth of labels that is wrong",
                *trend(figures.rise, NOISE),
                "above",
                margin=LOSS,
            ),
            Question(
                "share of wrongly labelled training reviews that are fitted, last epoch",
                *level(figures.fitted_wrong_labels(), "noise-.16"),
            ),
            Question("the same at the best epoch", *level(figures.fitted_wrong_labels(None), "noise-.16")),
            Question(
                "epochs by which half of these are fitted later than half of the others",
                *level(figures.delay_of_wrong_labels, "noise-.16"),
            ),
        ],
    ),
    Claim(
        3,
        "It also learns peculiarities of the training reviews that are not noise",
        [
            Question(
                "rise without wrong labels: more than .02", *level(figures.rise, "noise-0"), "above", threshold=LOSS
            ),
            Question(
                "rise with the 500 commonest words alone, minus that",
                *difference(figures.rise, "common_words", "noise-0"),
            ),
        ],
    ),
    Claim(
        4,
        "Too little data is a cause of it, and not the only one",
        [
            Question(
                "smallest validation loss for each doubling of the training reviews",
                *trend(figures.best_loss, REVIEWS),
                "below",
                margin=LOSS,
            ),
            Question(
                "rise with 6,000 reviews: more than .02", *level(figures.rise, "reviews-6000"), "above", threshold=LOSS
            ),
            Question(
                "rise after ten epochs for each doubling",
                *trend(figures.rise_after_epochs(10), REVIEWS),
            ),
        ],
    ),
    Claim(
        5,
        "A model of more units than the data need overfits more",
        [
            Question("rise for each doubling of the units", *trend(figures.rise, UNITS), "above", margin=LOSS),
            Question("smallest validation loss for each doubling", *trend(figures.best_loss, UNITS)),
        ],
    ),
    Claim(
        6,
        "With so many weights it can learn the training reviews by heart, and so does worse on new ones",
        [
            Question(
                "accuracy on 1,000 training reviews with labels at random (.49 wrong), last epoch",
                *level(figures.train_accuracy, "random_labels"),
                "above",
                threshold=0.75,
            ),
            Question(
                "share of wrong validation reviews at the best epoch, 256 units minus 4",
                *difference(figures.error_at_best, "units-256", "units-4"),
                "above",
                margin=ACCURACY,
            ),
            Question(
                "share of wrong validation reviews at the best epoch with the right labels",
                *level(figures.error_at_best, "right_labels"),
            ),
        ],
    ),
    Claim(
        7,
        "Dropout clearly lowers the risk of overfitting",
        [
            Question(
                "rise, dropout of the listing minus none",
                *difference(figures.rise, "dropout-listing", "dropout-0"),
                "below",
                margin=0.05,
            ),
            Question("rise for 1 more of the mean rate", *trend(figures.rise, RATES)),
            Question(
                "smallest validation loss, listing minus none",
                *difference(figures.best_loss, "dropout-listing", "dropout-0"),
            ),
        ],
    ),
    Claim(
        8,
        "Dropout makes training and validation better, in balance",
        [
            Question(
                "share of wrong validation reviews at the best epoch, listing minus none",
                *difference(figures.error_at_best, "dropout-listing", "dropout-0"),
                "below",
                margin=ACCURACY,
            ),
            Question(
                "training accuracy with dropout off, last epoch, listing minus none",
                *difference(figures.train_accuracy, "dropout-listing", "dropout-0"),
            ),
        ],
    ),
    Claim(
        9,
        "Dropout keeps the model from relying on single units",
        [
            Question(
                "validation accuracy lost without a random half of the units, listing minus none",
                *difference(lambda one: one.lost_without_half_the_units, "dropout-listing", "dropout-0"),
                "below",
                margin=ACCURACY,
            ),
            Question(
                "the same loss without dropout in training",
                *level(lambda one: one.lost_without_half_the_units, "dropout-0"),
            ),
        ],
    ),
    Claim(
        10,
        "L2(.01) on the embedding and the kernel prevents overfitting",
        [
            Question("rise, L2(.01) minus none", *difference(figures.rise, "l2-1e-2", "l2-0"), "below", margin=0.05),
            Question(
                "smallest validation loss, L2(.01) minus none: it costs no more than .02",
                *difference(figures.best_loss, "l2-1e-2", "l2-0"),
                "below",
                threshold=LOSS,
            ),
            Question("rise, L2(.0001) minus none", *difference(figures.rise, "l2-1e-4", "l2-0")),
            Question(
                "smallest validation loss, L2(.0001) minus none", *difference(figures.best_loss, "l2-1e-4", "l2-0")
            ),
        ],
    ),
    Claim(
        11,
        "Smaller weights are a simpler model, with a smaller gap",
        [
            Question(
                "rank correlation of the norm of the weights and the gap of the losses, over four strengths of L2",
                STRENGTHS,
                lambda runs, _: figures.rank_correlation_of_norm_and_gap(runs),
                "above",
                margin=0.1,
            ),
            Question(
                "the same over five numbers of units",
                tuple(UNITS),
                lambda runs, _: figures.rank_correlation_of_norm_and_gap(runs),
            ),
        ],
    ),
    Claim(
        12,
        "Early stopping with patience 3 and the best weights restored keeps the best model",
        [
            Question(
                "validation loss given up beside the best of ten epochs: no more than .01",
                *level(figures.regret(3), "baseline"),
                "below",
                threshold=0.01,
            ),
            Question("the same with patience 0", *level(figures.regret(0), "baseline")),
        ],
    ),
    Claim(
        13,
        "It is safe with models that learn slowly at first",
        [
            Question(
                "validation loss given up with a tenth of the learning rate: no more than .01",
                *level(figures.regret(3), "slow"),
                "below",
                threshold=0.01,
            ),
            Question("the same with L2(.01)", *level(figures.regret(3), "l2-1e-2")),
            Question("and with L2(.01) and patience 0", *level(figures.regret(0), "l2-1e-2")),
        ],
    ),
    Claim(
        14,
        "Rates, strengths and patience have to be found by experiment",
        [
            Question(
                "what the dropout rates that are best with the other seeds gain of the smallest validation loss",
                *gain_of_choice(figures.best_loss, tuple(RATES), "dropout-listing"),
                "above",
                margin=LOSS,
            ),
            Question(
                "what the strength of L2 that is best with the other seeds gains beside .01",
                *gain_of_choice(figures.best_loss, STRENGTHS, "l2-1e-2"),
                "above",
                margin=LOSS,
            ),
        ],
    ),
    Claim(
        15,
        "The curves show it early",
        [
            Question(
                "epochs from the smallest validation loss until the verdict says that it rises: fewer than 3",
                *level(figures.epochs_until_told_of_rise, "baseline"),
                "below",
                threshold=3.0,
            ),
        ],
    ),
    Claim(
        16,
        "Where validation reviews are of another kind than training reviews, the loss rises more",
        [
            Question(
                "rise, other products in validation minus the same ones",
                *difference(figures.rise, "shifted", "baseline"),
                "above",
                margin=0.05,
            ),
            Question("smallest validation loss, likewise", *difference(figures.best_loss, "shifted", "baseline")),
        ],
    ),
    Claim(
        17,
        "Shop reviews do so whichever are drawn",
        [
            Question(
                "the smallest rise of three corpora: more than .02",
                *smallest(figures.rise, "baseline", "corpus-1", "corpus-2"),
                "above",
                threshold=LOSS,
            ),
        ],
    ),
)
