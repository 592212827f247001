"""What a linear model makes of the same reviews: the figure that a network has to beat."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lit_sentiment.data.encoded_reviews import EncodedReviews
from lit_sentiment.errors import InputError

STRENGTHS = (0.1, 1.0, 10.0, 100.0, 1000.0)
"""Inverse strengths of the L2 penalty, scikit-learn's `C`: the larger, the closer the fit."""
MOST_STEPS = 1000
FOLDS = 5


@dataclass(frozen=True)
class LinearFit:
    """A linear model of one strength."""

    strength: float
    loss: float
    """Mean cross-entropy of the training reviews, without the penalty; `val_` of the validation reviews."""
    accuracy: float
    val_loss: float
    val_accuracy: float


@dataclass(frozen=True)
class LinearBaseline:
    """Logistic regression on TF-IDF of the words and pairs of words that the models are given."""

    fits: Sequence[LinearFit]
    """One for each of STRENGTHS."""

    @property
    def best(self) -> LinearFit:
        """The one with the smallest validation loss: chosen on validation, as the best epoch of a network is."""
        return min(self.fits, key=lambda fit: fit.val_loss)

    @property
    def line(self) -> str:
        """Its figures in a sentence."""
        best = self.best
        return (
            f"val_loss {best.val_loss:.4f}, val_accuracy {best.val_accuracy:.4f} "
            f"(logistic regression on words and pairs of words, C {best.strength:g})"
        )


def linear_baseline(train: EncodedReviews, validation: EncodedReviews) -> LinearBaseline:
    """Fit a linear model of each strength to the training reviews.

    It takes what the networks take: the same token ids, cut at the same length, by the same vocabulary.

    Raises:
        InputError: The training reviews are of one class, or have no known word.
    """
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(train.labels)) < 2 or not train.token_ids.any():
        raise InputError("expected training reviews of two classes or more, and known words in them, found fewer")
    features, val_features = tf_idf(train.token_ids, validation.token_ids)
    fits = []
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, max_iter=MOST_STEPS).fit(features, train.labels)
        figures = _figures(model, features, train.labels), _figures(model, val_features, validation.labels)
        fits.append(LinearFit(strength, *figures[0], *figures[1]))
    return LinearBaseline(fits)


def linear_label_probabilities(train: EncodedReviews, validation: EncodedReviews) -> tuple[np.ndarray, np.ndarray]:
    """Return the probabilities of the labels of both splits, float64 (N,), by models that were not fitted to them.

    Training reviews are judged in up to five folds, each by a model of the others; validation reviews by one of the
    training reviews, in the strength that suits these best.

    Raises:
        InputError: A class has a single training review.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    counts = np.bincount(train.labels)
    folds = min(FOLDS, int(counts[counts > 0].min()))
    if folds < 2:
        raise InputError("expected at least two training reviews of each class, found one of a class")
    strength = linear_baseline(train, validation).best.strength
    features, val_features = tf_idf(train.token_ids, validation.token_ids)
    model = LogisticRegression(C=strength, max_iter=MOST_STEPS).fit(features, train.labels)
    folded = cross_val_predict(
        model, features, train.labels, cv=StratifiedKFold(folds, shuffle=True, random_state=0), method="predict_proba"
    )
    judged = ((folded, train.labels), (model.predict_proba(val_features), validation.labels))
    by_train, by_validation = (_of_label(one, model.classes_, labels) for one, labels in judged)
    return by_train, by_validation


def tf_idf(token_ids: np.ndarray, *others: np.ndarray) -> list[Any]:
    """Return sparse TF-IDF matrices (N, terms) of token ids int (N, T), with the terms and weights of the first.

    Terms are words and pairs of words beside each other; padding, id 0, is no word.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(analyzer=_terms)
    return [vectorizer.fit_transform(token_ids), *map(vectorizer.transform, others)]


def _terms(token_ids: np.ndarray) -> list[tuple[int, ...]]:
    words = token_ids[token_ids != 0].tolist()
    return [*((word,) for word in words), *zip(words, words[1:], strict=False)]


def _figures(model: Any, features: Any, labels: np.ndarray) -> tuple[float, float]:
    """Return the mean cross-entropy and the accuracy."""
    probabilities = model.predict_proba(features)
    of_label = _of_label(probabilities, model.classes_, labels)
    right = model.classes_[probabilities.argmax(axis=1)] == labels
    return float(-np.log(of_label).mean()), float(right.mean())


def _of_label(probabilities: np.ndarray, classes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the probability of each label, the smallest number where training lacks its class."""
    every = np.zeros((len(labels), int(max(labels.max(), classes.max())) + 1))
    every[:, classes] = probabilities
    return np.maximum(every[np.arange(len(labels)), labels], np.finfo(np.float64).tiny)
