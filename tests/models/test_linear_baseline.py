"""The linear model beside a network."""

import numpy as np
import pytest

from lit_sentiment.data.encoded_reviews import EncodedReviews
from lit_sentiment.errors import InputError
from lit_sentiment.models.linear_baseline import STRENGTHS, linear_baseline, linear_label_probabilities, tf_idf

LENGTH = 6


def reviews(count, seed=0, classes=2, wrong=()):
    """Reviews of a word that tells the class (ids 1 to `classes`) and words that tell nothing, padded in front."""
    draw = np.random.default_rng(seed)
    labels = draw.integers(0, classes, count)
    token_ids = draw.integers(classes + 1, 40, (count, LENGTH))
    token_ids[:, 0] = 0
    token_ids[:, 3] = labels + 1
    labels[list(wrong)] = (labels[list(wrong)] + 1) % classes
    return EncodedReviews(token_ids.astype(np.int32), labels.astype(np.int32))


@pytest.mark.parametrize("classes", [2, 3])
def test_word_that_tells_the_class_is_found(classes):
    found = linear_baseline(reviews(300, classes=classes), reviews(100, seed=1, classes=classes))
    assert [fit.strength for fit in found.fits] == list(STRENGTHS)
    assert found.best.val_loss == min(fit.val_loss for fit in found.fits)
    assert found.best.val_accuracy == 1.0
    assert found.best.val_loss < 0.05


def test_it_overfits_wrong_labels_as_the_penalty_weakens():
    found = linear_baseline(reviews(200, wrong=range(40)), reviews(200, seed=1, wrong=range(40)))
    train, validation = [fit.loss for fit in found.fits], [fit.val_loss for fit in found.fits]
    assert train == sorted(train, reverse=True)
    assert validation[-1] > 1.5 * min(validation)


def test_class_that_training_lacks_costs_what_is_certainly_wrong():
    train, validation = reviews(50), reviews(20, seed=1, classes=3)
    found = linear_baseline(train, validation)
    lacking = (validation.labels == 2).mean()
    assert found.best.val_loss == pytest.approx(-np.log(np.finfo(np.float64).tiny) * lacking, rel=0.05)
    assert found.best.val_accuracy <= 1 - lacking


def test_terms_are_words_and_pairs_beside_each_other_without_padding():
    token_ids = np.array([[0, 0, 5, 6], [0, 5, 6, 7]], dtype=np.int32)
    (matrix,) = tf_idf(token_ids)
    assert matrix.shape == (2, 5)  # 5, 6, 7, (5, 6), (6, 7)
    assert (matrix.toarray() > 0).sum(axis=1).tolist() == [3, 5]


def test_labels_are_judged_by_models_that_were_not_fitted_to_them():
    wrong = range(0, 200, 20)
    train, validation = reviews(200, wrong=wrong), reviews(60, seed=1, wrong=[7])
    by_train, by_validation = linear_label_probabilities(train, validation)
    assert sorted(by_train.argsort()[: len(wrong)]) == list(wrong)
    assert by_validation.argmin() == 7


def test_class_with_one_review_cannot_be_judged_without_it():
    train = reviews(30)
    train.labels[:] = 0
    train.labels[0] = 1
    with pytest.raises(InputError, match="at least two training reviews of each class"):
        linear_label_probabilities(train, train)


@pytest.mark.parametrize("lack", ["class", "word"])
@pytest.mark.parametrize("fit", [linear_baseline, linear_label_probabilities])
def test_reviews_that_no_model_can_learn_from_are_refused(fit, lack):
    train = reviews(20)
    (train.labels if lack == "class" else train.token_ids)[:] = 0
    with pytest.raises(InputError, match="expected training reviews of two classes or more, and known words in them"):
        fit(train, reviews(10))
