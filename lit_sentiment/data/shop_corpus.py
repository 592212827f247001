"""Made-up English shop reviews with a known share of wrong labels: a corpus that needs no download."""

import random
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

from lit_sentiment.data.review import Review, Split
from lit_sentiment.data.shop_lexicon import (
    AGREEMENT,
    BRAND_ENDS,
    BRAND_STARTS,
    CATEGORIES,
    PATTERNS,
    SHAPES,
    SURNAME_ENDS,
    SURNAME_STARTS,
    Category,
)
from lit_sentiment.errors import InputError

STANCES = ("bad", "good")  # in the order of their labels
SHAPE_WHEEL = tuple(shape for weight, shape in SHAPES for _ in range(weight))
TYPO_FRACTION = 0.012
NOVELTY_TRIES = 5
ORDER_FRACTION = 0.35
"""So many reviews end with the number of an order: a word that comes once, by which a model can tell a review again."""
SLOT = re.compile(r"\{(\w+)\}")
OWN, OTHER = re.compile(r"^own(?=_)"), re.compile(r"^other(?=_)")
SENTENCE_START = re.compile(r"^[a-z]|(?<=[.!] )[a-z]")
SENTENCE_ENDS = (". ", ". ", "! ", ". ", ", ", "... ", "!! ", " - ")
LAST_MARKS = (".", ".", "!", "", ".", "!!", "...", " :)", "!!!")
MODEL_LETTERS = "ABCDEFGHKLMNPRSTVWXZ"
A_BEFORE_VOWEL = re.compile(r"\ba (?=(?!us|one|uni|eu)[aeiou])", re.IGNORECASE)

T = TypeVar("T")


def shop_corpus(
    train_reviews: int = 3000,
    validation_reviews: int = 1000,
    test_reviews: int = 1000,
    wrong_label_fraction: float = 0.08,
    corpus_seed: int = 0,
    held_out_categories: int = 0,
) -> dict[Split, list[Review]]:
    """Write distinct reviews for three splits; the same arguments give the same corpus everywhere.

    Each review's stance is drawn first and the text follows from it, so the label is known to be right. Then exactly
    `round(wrong_label_fraction * n)` labels of each split are flipped, half of them in either class. Nothing in a text
    tells that its label is wrong: no model can expect an accuracy above `1 - wrong_label_fraction`, in any split.

    Args:
        train_reviews: number of reviews to train on.
        validation_reviews: number of reviews to validate on.
        test_reviews: number of reviews to test on.
        wrong_label_fraction: share of wrong labels, 0 or more and below 0.5; the texts do not depend on it.
        corpus_seed: another seed gives other texts. Python's global random state is neither read nor changed.
        held_out_categories: so many categories of products, the last ones, are left to validation and test, whose
            reviews are about no others; 0 for the same categories everywhere.

    Returns:
        The splits in the order train, validation, test. Before the flips the classes are equally large up to one.

    Raises:
        InputError: a count is below 1, the fraction is outside [0, 0.5), or no category is left to train on.
    """
    sizes: dict[Split, int] = {"train": train_reviews, "validation": validation_reviews, "test": test_reviews}
    for split, size in sizes.items():
        if size < 1:
            raise InputError(f"`{split}_reviews`: expected 1 or more, found {size}; ask for at least one review")
    if not 0 <= wrong_label_fraction < 0.5:
        raise InputError(
            f"`wrong_label_fraction`: expected 0 or more and below 0.5, found {wrong_label_fraction}; "
            "0.08 is the default"
        )
    if not 0 <= held_out_categories < len(CATEGORIES):
        raise InputError(
            f"`held_out_categories`: expected 0 to {len(CATEGORIES) - 1} of the {len(CATEGORIES)} categories, found "
            f"{held_out_categories}"
        )
    shared = len(CATEGORIES) - held_out_categories
    writer = ReviewWriter(corpus_seed)
    label_dice = Dice(corpus_seed)
    seen: set[str] = set()
    corpus: dict[Split, list[Review]] = {}
    for split, size in sizes.items():
        writer.categories = CATEGORIES[:shared] if split == "train" else CATEGORIES[shared:] or CATEGORIES
        reviews = [_unseen_review(writer, index % 2, seen) for index in range(size)]
        corpus[split] = _with_wrong_labels(writer.dice.shuffled(reviews), wrong_label_fraction, label_dice)
    return corpus


class Dice:
    """Random choices that rest on `random.Random.random` alone, the one draw Python promises to keep reproducible."""

    def __init__(self, seed: int):
        self._random = random.Random(seed)

    def chance(self, probability: float) -> bool:
        """Say yes with this probability."""
        return self._random.random() < probability

    def below(self, limit: int) -> int:
        """Draw a whole number from 0 to `limit - 1`."""
        return int(self._random.random() * limit)

    def pick(self, options: Sequence[T]) -> T:
        """Draw an option, each as likely as the next."""
        return options[self.below(len(options))]

    def pick_common(self, options: Sequence[T]) -> T:
        """Draw an option, the first ones most often: the square makes word frequencies fall off as in natural text."""
        draw = self._random.random()
        return options[int(draw * draw * len(options))]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Return the items in random order."""
        return [item for _, _, item in sorted((self._random.random(), place, item) for place, item in enumerate(items))]


class Subject(NamedTuple):
    """What one review is about."""

    words: dict[str, str]
    """Slots that stay the same throughout the review, such as `product` and `it`."""
    phrases: Mapping[str, Sequence[str]]
    """Slots with alternatives: all patterns and what the category adds to them."""
    said: set[str]
    """What the review has said so far, so that it need not repeat itself."""


class ReviewWriter:
    """Writes reviews by expanding the patterns of the lexicon."""

    def __init__(self, seed: int):
        self.dice = Dice(seed)
        self.categories: Sequence[Category] = CATEGORIES

    def write(self, label: int) -> str:
        """Write a review of a random product whose stance is the label's: 1 for praise, 0 for blame."""
        subject = _subject(self.dice, self.categories)
        symbols = self.dice.pick(SHAPE_WHEEL)
        sentences = [self._expand("{" + symbol + "}", label, subject) for symbol in symbols]
        place = self.dice.below(2 * len(symbols))  # half of the reviews have a filler
        if place < len(symbols) and symbols[place] not in ("turn", "context"):
            pair = [self._say("filler", label, subject), sentences[place]]
            sentences[place] = ", ".join(pair if self.dice.chance(0.7) else reversed(pair))
        if self.dice.chance(ORDER_FRACTION):
            sentences.append(self._expand("order {order}", label, subject))
        return _style([A_BEFORE_VOWEL.sub("an ", sentence) for sentence in sentences], self.dice)

    def _say(self, name: str, label: int, subject: Subject) -> str:
        """Expand one of the alternatives for this slot, preferably to something that is new to the review."""
        for _ in range(NOVELTY_TRIES):
            phrase = self._expand(self.dice.pick_common(subject.phrases[name]), label, subject)
            if phrase not in subject.said:
                break
        subject.said.add(phrase)
        return phrase

    def _expand(self, pattern: str, label: int, subject: Subject) -> str:
        """Fill every slot. One part and its agreement hold within a pattern; a nested pattern names its own."""
        nouns: dict[str, str] = {}

        def fill(slot: re.Match[str]) -> str:
            name = OWN.sub(STANCES[label], OTHER.sub(STANCES[1 - label], slot[1]))
            noun, _, verb = name.partition("_")
            if noun in ("part", "aspect"):
                if noun not in nouns:
                    nouns[noun] = self._say(noun, label, subject)
                return AGREEMENT[verb][_is_plural(nouns[noun])] if verb else nouns[noun]
            if name in subject.words:
                return subject.words[name]
            if name in subject.phrases:
                return self._say(name, label, subject)
            return _made_up(name, self.dice)

        return SLOT.sub(fill, pattern)


def _is_plural(noun: str) -> bool:
    return noun.endswith("s") and not noun.endswith("ss")


def _subject(dice: Dice, categories: Sequence[Category]) -> Subject:
    category = dice.pick(categories)
    product = dice.pick_common(category.products)
    plural = _is_plural(product)
    words = {slot: forms[plural].format(product=product) for slot, forms in AGREEMENT.items()}
    words |= {"product": product, "work": category.work, "broke": category.broke}
    phrases = {name.removesuffix("s"): value for name, value in category._asdict().items() if isinstance(value, tuple)}
    return Subject(words, PATTERNS | phrases, set())


def _made_up(slot: str, dice: Dice) -> str:
    """Invent a name or a number: the long tail of words that hardly ever come twice."""
    if slot == "brand":
        return dice.pick_common(BRAND_STARTS) + dice.pick_common(BRAND_ENDS)
    if slot == "surname":
        return dice.pick_common(SURNAME_STARTS) + dice.pick_common(SURNAME_ENDS)
    if slot == "model":
        return f"{dice.pick(MODEL_LETTERS)}{dice.pick(MODEL_LETTERS)}-{10 * (1 + dice.below(90))}"
    if slot == "order":
        return str(10_000 + dice.below(90_000))
    if slot == "price":
        return f"{5 + dice.below(95)}.{dice.pick(('99', '95', '50', '00'))}"
    return str({"number": 12, "small_number": 2}[slot] + dice.below({"number": 80, "small_number": 9}[slot]))


def _style(sentences: list[str], dice: Dice) -> str:
    """Punctuate and capitalise as this writer does, with a slip of the finger here and there."""
    end = dice.pick_common(SENTENCE_ENDS)
    text = end.join(sentences) + dice.pick_common(LAST_MARKS)
    text = " ".join(_mistyped(word, dice) if dice.chance(TYPO_FRACTION) else word for word in text.split(" "))
    if dice.chance(0.12):
        return text.lower()
    text = SENTENCE_START.sub(lambda start: start[0].upper(), text)
    return text.upper() if dice.chance(0.02) else text


def _mistyped(word: str, dice: Dice) -> str:
    """Swap, drop or double a letter inside a word; short words and numbers stay."""
    if len(word) < 5 or not word.isalpha():
        return word
    place = 1 + dice.below(len(word) - 2)
    before, letter, after = word[:place], word[place], word[place + 1 :]
    return dice.pick((before + after[0] + letter + after[1:], before + after, before + letter + letter + after))


def _unseen_review(writer: ReviewWriter, label: int, seen: set[str]) -> Review:
    """Write until the text is new; `seen` holds all earlier texts in lower case and is added to."""
    while True:
        text = writer.write(label)
        if text.lower() not in seen:
            seen.add(text.lower())
            return Review(text, label)


def _with_wrong_labels(reviews: list[Review], fraction: float, dice: Dice) -> list[Review]:
    """Flip `round(fraction * len(reviews))` labels, alternating between the classes to keep the balance."""
    places = dice.shuffled(range(len(reviews)))
    by_class = [[place for place in places if reviews[place].label == label] for label in (0, 1)]
    flipped = [by_class[turn % 2][turn // 2] for turn in range(round(fraction * len(reviews)))]
    labelled = list(reviews)
    for place in flipped:
        labelled[place] = Review(reviews[place].text, 1 - reviews[place].label)
    return labelled
