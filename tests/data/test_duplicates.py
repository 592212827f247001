from lit_sentiment.data.duplicates import count_repeated, distinct_reviews, texts_of
from lit_sentiment.data.review import Review

REVIEWS = [Review("a", 1), Review("b", 0), Review("a", 1), Review("b", 1), Review("c", 0), Review("b", 1)]


def test_first_review_of_each_text_is_kept():
    assert distinct_reviews(REVIEWS) == ([Review("a", 1), Review("b", 0), Review("c", 0)], 3, 1)


def test_texts_seen_elsewhere_are_left_out():
    assert distinct_reviews(REVIEWS, seen={"b", "z"}) == ([Review("a", 1), Review("c", 0)], 4, 0)


def test_repeated_reviews_are_counted_each_time():
    assert count_repeated(train=[Review("b", 0), Review("b", 1)], validation=REVIEWS) == 3
    assert count_repeated(train=[Review("B", 0)], validation=REVIEWS) == 0
    assert texts_of(REVIEWS) == {"a", "b", "c"}
