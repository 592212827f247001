import hashlib
import itertools
import random
import re
from collections import Counter

import pytest

from lit_sentiment.data.shop_corpus import shop_corpus
from lit_sentiment.data.shop_lexicon import AGREEMENT, CATEGORIES, PATTERNS, SHAPES
from lit_sentiment.errors import InputError

SIZES = {"train": 150, "validation": 70, "test": 41}
# Of the small corpus below; the same on every platform and Python.
GOLDEN_SHA256 = "ea5d93dd65227d7405b451be839f49677f671c1e50e3ffc8b4889996462e497c"


def small_corpus(**options):
    return shop_corpus(**{f"{split}_reviews": size for split, size in SIZES.items()}, **options)


@pytest.fixture(scope="module")
def full_corpus():
    return shop_corpus()


def texts(corpus):
    return [review.text for reviews in corpus.values() for review in reviews]


def words(text):
    """Count as torchtext's basic_english does, near enough: words and punctuation marks."""
    return re.findall(r"[\w-]+|[.,!()']", text.lower())


def test_splits_have_the_sizes_asked_for():
    assert {split: len(reviews) for split, reviews in small_corpus().items()} == SIZES


def test_same_arguments_give_the_golden_corpus():
    written = "\n".join(f"{review.label} {review.text}" for reviews in small_corpus().values() for review in reviews)
    assert hashlib.sha256(written.encode()).hexdigest() == GOLDEN_SHA256


def test_global_random_state_is_neither_read_nor_changed():
    random.seed(1)
    state = random.getstate()
    first = small_corpus()
    assert random.getstate() == state
    random.seed(2)
    assert small_corpus() == first


def test_another_seed_gives_other_texts():
    shared = set(texts(small_corpus(corpus_seed=0))) & set(texts(small_corpus(corpus_seed=1)))
    assert len(shared) < 0.1 * sum(SIZES.values())  # only the shortest reviews may coincide


def test_no_text_comes_twice_in_any_split(full_corpus):
    lowered = [text.lower() for text in texts(full_corpus)]
    assert len(set(lowered)) == len(lowered) == 5000


def test_classes_are_balanced_up_to_one_before_the_flips():
    for reviews in small_corpus(wrong_label_fraction=0.0).values():
        positive = sum(review.label for review in reviews)
        assert abs(2 * positive - len(reviews)) <= 1


def test_classes_come_in_random_order():
    labels = [review.label for review in small_corpus(wrong_label_fraction=0.0)["train"]]
    changes = sum(one != other for one, other in itertools.pairwise(labels))
    assert 50 < changes < 100  # 75 of 149 neighbours differ on average, with a standard deviation of 6


@pytest.mark.parametrize("fraction", [0.02, 0.1, 0.35])
def test_exactly_the_stated_fraction_of_labels_is_wrong(fraction):
    right, wrong = small_corpus(wrong_label_fraction=0.0), small_corpus(wrong_label_fraction=fraction)
    assert texts(right) == texts(wrong)
    for split, size in SIZES.items():
        flips = Counter(
            one.label for one, other in zip(right[split], wrong[split], strict=True) if one.label != other.label
        )
        assert flips.total() == round(fraction * size)
        assert abs(flips[0] - flips[1]) <= 1


def falls_off_as_zipf_says(counts):
    """Ten times the rank, about a tenth of the frequency; a few words make up most of the text, many come once."""
    frequencies = sorted(counts.values(), reverse=True)
    return (
        5 < frequencies[9] / frequencies[99] < 20
        and 5 < frequencies[99] / frequencies[999] < 20
        and sum(frequencies[:100]) > 0.6 * sum(frequencies)
        and sum(count == 1 for count in frequencies) > 0.25 * len(frequencies)
    )


def test_word_frequencies_fall_off_as_in_natural_text(full_corpus):
    all_words = (word for review in full_corpus["train"] for word in words(review.text))
    counts = Counter(word for word in all_words if not word.isdigit())  # order numbers come once by design
    assert 2200 < len(counts) < 2650  # choosing evenly among all alternatives would give over 2,800
    assert falls_off_as_zipf_says(counts)


def test_words_drawn_evenly_do_not_pass_for_natural_text():
    draws = random.Random(0)
    assert not falls_off_as_zipf_says(Counter(draws.randrange(2400) for _ in range(80_000)))


def test_nearly_all_reviews_fit_in_45_tokens_and_most_have_12(full_corpus):
    lengths = [len(words(text)) for text in texts(full_corpus)]
    assert max(lengths) <= 70
    assert min(lengths) >= 1
    assert sum(length <= 45 for length in lengths) > 0.97 * len(lengths)
    assert sum(length >= 12 for length in lengths) > 0.8 * len(lengths)


def test_every_pattern_is_used_and_every_slot_is_known():
    slots_in_text = re.findall(
        r"\{(\w+)\}", " ".join(pattern for patterns in PATTERNS.values() for pattern in patterns)
    )
    slots = set(slots_in_text) | {"filler"} | {symbol for _, shape in SHAPES for symbol in shape}
    named = {re.sub("^(own|other)_", f"{side}_", slot) for slot in slots for side in ("good", "bad")}
    product = set(AGREEMENT) | {"product", "work", "broke"}
    noun = {"part", "part_is", "part_was", "aspect", "aspect_is"}
    category = {"use", "good_trait", "bad_trait", "good_event", "bad_event"}
    made_up = {"brand", "surname", "model", "order", "number", "small_number", "price"}
    assert named - set(PATTERNS) <= product | noun | category | made_up
    assert set(PATTERNS) <= named


def test_articles_and_verbs_agree_with_the_product(full_corpus):
    everything = "\n".join(texts(full_corpus)).lower()
    products = {product for category in CATEGORIES for product in category.products}
    plural = "|".join(product for product in products if re.search("[^s]s$", product))
    singular = "|".join(product for product in products if not re.search("[^s]s$", product))
    assert re.search(rf"\bthese ({plural}) are\b", everything)
    assert not re.search(rf"\b(this|a) ({plural})\b|\bthese ({plural}) is\b", everything)
    assert not re.search(rf"\bthese ({singular})\b|\bthis ({singular}) are\b", everything)
    assert not re.search(
        r"\b(they (is|was|has|does|works|feels|looks)|it (are|were|have|do|work|feel|look))\b", everything
    )
    assert not re.search(r"\ba (?!us|uni)[aeiou]|\ban [^aeiouh\W]", everything)


def test_plain_words_lean_to_their_side(full_corpus):
    counts = {label: Counter() for label in (0, 1)}
    for review in full_corpus["train"]:
        counts[review.label].update(set(words(review.text)))
    for word in ("love", "excellent", "happy", "perfectly", "highly"):
        assert counts[1][word] > 1.5 * counts[0][word]
    for word in ("hate", "terrible", "refund", "broke", "waste"):
        assert counts[0][word] > 1.5 * counts[1][word]


@pytest.mark.parametrize("fraction", [-0.01, 0.5, float("nan")])
def test_impossible_fraction_is_an_input_error(fraction):
    with pytest.raises(InputError, match=rf"^`wrong_label_fraction`: expected .* found {fraction};"):
        small_corpus(wrong_label_fraction=fraction)


@pytest.mark.parametrize("split", SIZES)
def test_empty_split_is_an_input_error(split):
    with pytest.raises(InputError, match=rf"^`{split}_reviews`: expected 1 or more, found 0;"):
        shop_corpus(**{f"{split}_reviews": 0})


@pytest.mark.parametrize("held_out", [1, 7, 21])
def test_held_out_categories_occur_in_validation_and_test_alone(held_out):
    corpus = shop_corpus(200, 100, 50, held_out_categories=held_out)
    products = [
        {product for category in part for product in category.products}
        for part in (CATEGORIES[:-held_out], CATEGORIES[-held_out:])
    ]
    shared, held = (part - other for part, other in zip(products, reversed(products), strict=True))
    for split, reviews in corpus.items():
        text = " ".join(review.text.lower() for review in reviews)
        mine, others = (shared, held) if split == "train" else (held, shared)
        counts = [sum(len(re.findall(rf"\b{re.escape(one)}\b", text)) for one in some) for some in (mine, others)]
        assert counts[0] > 10 * counts[1], (split, counts)


def test_no_category_is_held_out_by_default():
    assert small_corpus(held_out_categories=0) == small_corpus()


@pytest.mark.parametrize("held_out", [-1, len(CATEGORIES)])
def test_some_category_must_be_left(held_out):
    with pytest.raises(InputError, match="`held_out_categories`: expected 0 to 21 of the 22 categories"):
        small_corpus(held_out_categories=held_out)
