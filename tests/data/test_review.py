import random
from collections import Counter

import pytest

from lit_sentiment.data.review import Review, split_reviews
from lit_sentiment.errors import InputError

REVIEWS = [Review(f"review {number}", number % 2) for number in range(17)]


def test_every_review_is_in_one_part():
    train, validation = split_reviews(REVIEWS, 0.3)
    assert Counter(train + validation) == Counter(REVIEWS)


@pytest.mark.parametrize(("fraction", "train_size"), [(0.2, 13), (0.3, 11), (0.5, 8), (0.9, 1), (0.01, 16)])
def test_training_part_has_the_size_that_keras_gives_it(fraction, train_size):
    # keras/src/trainers/data_adapters/data_adapter_utils.py, Keras 3.15: floor(n * (1 - validation_split)).
    train, validation = split_reviews(REVIEWS, fraction)
    assert (len(train), len(validation)) == (train_size, 17 - train_size)


def test_split_is_always_the_same():
    first = split_reviews(REVIEWS, 0.3)
    random.seed(99)
    state = random.getstate()
    assert split_reviews(REVIEWS, 0.3) == first
    assert random.getstate() == state


def test_split_of_known_reviews_is_the_recorded_one():
    # Recorded with Python 3.11; a change moves every figure of IMDB and of the user's tables.
    train, validation = split_reviews(REVIEWS[:7], 0.4)
    assert [review.text[-1] for review in train] == ["4", "2", "1", "0"]
    assert [review.text[-1] for review in validation] == ["5", "3", "6"]


def test_reviews_are_shuffled_before_the_cut():
    by_class = sorted(REVIEWS, key=lambda review: review.label)
    for part in split_reviews(by_class, 0.3):
        assert {review.label for review in part} == {0, 1}
    assert split_reviews(by_class, 0.3)[0] != by_class[:11]


def test_the_given_list_stays_as_it_is():
    reviews = list(REVIEWS)
    split_reviews(reviews, 0.3)
    assert reviews == REVIEWS


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 1.5, float("nan")])
def test_fraction_outside_0_and_1_is_refused(fraction):
    with pytest.raises(InputError, match=r"`validation_fraction`: expected a number between 0 and 1, found"):
        split_reviews(REVIEWS, fraction)


@pytest.mark.parametrize(("count", "fraction"), [(0, 0.5), (1, 0.5), (3, 0.9)])
def test_empty_part_is_refused(count, fraction):
    with pytest.raises(InputError, match=rf"{fraction} of {count} reviews leaves a part empty"):
        split_reviews(REVIEWS[:count], fraction)
