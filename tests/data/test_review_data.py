import hashlib
import json
import random
from typing import Any

import numpy as np
import pytest
import torch
from lightning import Trainer, seed_everything

from lit_sentiment.data import review_data
from lit_sentiment.data.review import Review
from lit_sentiment.data.review_data import ReviewData, cache_folder
from lit_sentiment.data.review_source import Part
from lit_sentiment.errors import InputError
from lit_sentiment.models import BaselineLSTM
from lit_sentiment.models.classification import classification_figures
from lit_sentiment.models.trained_model import TrainedModel
from lit_sentiment.text.text_encoder import OUT_OF_VOCABULARY, TextEncoder

TRAIN = [Review("good good good film", 1), Review("bad bad film", 0), Review("a good cast", 1)]
VALIDATION = [Review("unseen cast", 0), Review("good film", 1)]
TEST = [Review("bad", 0), Review("another good film here", 1), Review("good", 1), Review("bad plot", 0)]
T = 5


class FewReviews(ReviewData):
    """A source that writes down what is read."""

    def __init__(self, train: list[Review] = TRAIN, test: list[Review] = TEST, **kwargs: Any) -> None:
        super().__init__(**{"vocab_size": 20, "max_length": T, "batch_size": 2, "tokenizer": "keras", **kwargs})
        self.train, self.test = train, test
        self.read: list[str] = []

    def read_training_reviews(self) -> tuple[list[Review], list[Review]]:
        self.read.append("train")
        return self.train, VALIDATION

    def read_test_reviews(self) -> list[Review]:
        self.read.append("test")
        return self.test

    def fingerprint(self, part: Part) -> str:
        reviews = self.test if part == "test" else [self.train, VALIDATION]
        return hashlib.sha256(json.dumps(reviews).encode()).hexdigest()


@pytest.fixture
def few(tmp_path):
    def few(**settings: Any) -> FewReviews:
        return FewReviews(**{"cache_dir": str(tmp_path / "cache"), **settings})

    return few


def array_bytes(data):
    return b"".join(array.tobytes() for split in ("train", "validation", "test") for array in data.arrays(split))


def test_arrays_are_int32_with_a_row_and_a_label_per_review(few):
    for split, reviews in [("train", TRAIN), ("validation", VALIDATION), ("test", TEST)]:
        token_ids, labels = few().arrays(split)
        assert (token_ids.shape, token_ids.dtype) == ((len(reviews), T), np.int32)
        assert (labels.shape, labels.dtype) == ((len(reviews),), np.int32)
        assert labels.tolist() == [review.label for review in reviews]


def test_arrays_are_the_same_from_the_cache(few):
    fresh, cached = few(), few()
    expected = array_bytes(fresh)
    assert array_bytes(cached) == expected
    assert (fresh.read, cached.read) == (["train", "test"], [])
    assert cached.encoder == fresh.encoder


def test_vocabulary_is_that_of_the_training_split_alone(few):
    data = few()
    assert data.encoder.words == ["good", "bad", "film", "a", "cast"]
    assert data.arrays("validation").token_ids[0].tolist() == [0, 0, 1, OUT_OF_VOCABULARY, 8]
    assert data.arrays("test").token_ids[1].tolist() == [1, OUT_OF_VOCABULARY, 4, 6, OUT_OF_VOCABULARY]


def test_token_ids_may_be_those_of_a_tokenizer(few):
    """Equally frequent words rank as they appear: film before bad."""
    settings = {"ids": "tokenizer", "padding": "post", "vocab_size": 5}
    for data in (few(**settings), few(**settings)):  # made, and from the cache
        assert data.encoder.words == ["good", "film", "bad", "a"]
        assert data.arrays("train").token_ids.tolist() == [[1, 1, 1, 2, 0], [3, 3, 2, 0, 0], [4, 1, 0, 0, 0]]
        assert data.arrays("validation").token_ids.tolist() == [[0, 0, 0, 0, 0], [1, 2, 0, 0, 0]]
        assert data.arrays("test").token_ids.tolist()[1] == [1, 2, 0, 0, 0]
    state = data.state_dict()
    assert settings.items() <= state["init_args"].items()
    assert TextEncoder(**state["text_encoder"]) == data.encoder


@pytest.mark.keras
def test_arrays_for_a_tokenizer_are_those_of_keras(shop):
    from keras.src.legacy.preprocessing.text import Tokenizer
    from keras.utils import pad_sequences

    data = shop(ids="tokenizer", tokenizer="keras", padding="post", truncating="post")
    tokenizer = Tokenizer(num_words=data.vocab_size)
    tokenizer.fit_on_texts([review.text for review in data.reviews("train")])
    for split in ("train", "validation", "test"):
        theirs = tokenizer.texts_to_sequences([review.text for review in data.reviews(split)])
        padded = pad_sequences(theirs, data.max_length, padding="post", truncating="post")
        assert np.array_equal(data.arrays(split).token_ids, padded)
        assert not np.array_equal(padded, pad_sequences(theirs, data.max_length))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"ids": "tokenizer", "tokenizer": "basic_english"},
            "`tokenizer`: expected keras, which goes with `ids` tokeni",
        ),
        ({"ids": "other"}, "`ids`: expected 'imdb' or 'tokenizer' or 'text_vectorization', found 'other'"),
        ({"padding": "left"}, "`padding`: expected 'pre' or 'post', found 'left'"),
    ],
)
def test_token_ids_that_cannot_be_are_refused(few, settings, message):
    with pytest.raises(InputError, match=message):
        few(**settings)


def test_vocabulary_is_that_of_the_training_reviews_within_the_limit(few):
    assert few(train_limit=1).encoder.words == ["good", "film"]


def test_limits_keep_the_first_reviews(few):
    data = few(train_limit=2, validation_limit=1)
    assert data.reviews("train") == TRAIN[:2]
    assert data.reviews("validation") == VALIDATION[:1]
    assert data.reviews("test") == TEST
    assert [len(data.arrays(split).labels) for split in ("train", "validation", "test")] == [2, 1, 4]  # type: ignore[arg-type]


def test_limits_above_the_number_of_reviews_keep_all(few):
    data = few(train_limit=99, validation_limit=99)
    assert (data.reviews("train"), data.reviews("validation")) == (TRAIN, VALIDATION)


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_reviews_are_in_the_order_of_the_arrays(few, split):
    data = few(train_limit=2)
    token_ids, labels = data.arrays(split)  # type: ignore[arg-type]
    texts, their_labels = zip(*data.reviews(split), strict=True)  # type: ignore[arg-type]
    assert np.array_equal(token_ids, data.encoder.encode(texts))
    assert labels.tolist() == list(their_labels)
    assert not np.array_equal(token_ids, data.encoder.encode(texts[::-1]))


@pytest.mark.parametrize("seed", [None, 3, 4])
def test_seed_of_a_run_never_changes_the_arrays(few, tmp_path, seed):
    expected = array_bytes(few())
    if seed is not None:
        seed_everything(seed, verbose=False)
    assert array_bytes(few(cache_dir=str(tmp_path / "other"))) == expected


def test_making_arrays_takes_no_random_numbers(few):
    before = random.getstate(), torch.get_rng_state().tolist()
    array_bytes(few())
    assert (random.getstate(), torch.get_rng_state().tolist()) == before


def test_fitting_never_reads_the_test_reviews(few):
    data = few()
    data.setup("fit")
    list(data.train_dataloader())
    list(data.val_dataloader())
    assert data.read == ["train"]
    data.setup("test")
    list(data.test_dataloader())
    assert data.read == ["train", "test"]


def test_testing_with_a_given_encoder_never_reads_the_training_reviews(few):
    data = few()
    data.encoder = TextEncoder("keras", ["good"], T)
    data.setup("test")
    assert data.read == ["test"]


def test_loaders_give_the_arrays(few):
    data = few()
    for split, loader in [("validation", data.val_dataloader()), ("test", data.test_dataloader())]:
        token_ids, labels = map(torch.cat, zip(*loader, strict=True))
        assert np.array_equal(token_ids, data.arrays(split).token_ids)  # type: ignore[arg-type]
        assert np.array_equal(labels, data.arrays(split).labels)  # type: ignore[arg-type]


def test_training_batches_hold_every_review_in_another_order(few):
    data = few(train=[Review("word " * count, count % 2) for count in range(13)], max_length=14)
    seed_everything(1, verbose=False)
    token_ids, labels = map(torch.cat, zip(*data.train_dataloader(), strict=True))
    lengths = (token_ids > 0).sum(dim=1) - 1
    assert lengths.tolist() != list(range(13))
    assert sorted(lengths.tolist()) == list(range(13))
    assert torch.equal(labels, lengths % 2)


def test_generated_reviews_never_stand_in_two_splits(shop):
    data = shop(train_reviews=300, validation_reviews=100)
    assert data._training_reviews()[-1].tolist() == [0, 0, 0]


CHANGES: dict[str, dict[str, Any]] = {
    "vocab_size": {"vocab_size": 21},
    "max_length": {"max_length": T + 1},
    "tokenizer": {"tokenizer": "basic_english"},
    "validation_fraction": {"validation_fraction": 0.3},
    "train_limit": {"train_limit": 2},
    "validation_limit": {"validation_limit": 1},
    "drop_duplicates": {"drop_duplicates": True},
    "ids": {"ids": "tokenizer"},
    "padding": {"padding": "post"},
    "truncating": {"truncating": "post"},
    "text": {"train": [Review("good good good films", 1), *TRAIN[1:]]},
    "label": {"train": [Review(TRAIN[0].text, 0), *TRAIN[1:]]},
}


@pytest.mark.parametrize("change", CHANGES)
def test_cache_reacts_to_each_setting_and_to_the_content(few, change):
    few().setup("fit")
    other = few(**CHANGES[change])
    other.setup("fit")
    assert other.read == ["train"]


@pytest.mark.parametrize("change", [{"batch_size": 3}, {"randomness": "torch"}, {"test": TEST[:2]}])
def test_cache_of_training_reviews_does_not_react_to_the_rest(few, change):
    few().setup("fit")
    other = few(**change)
    other.setup("fit")
    assert other.read == []


def test_cache_of_test_reviews_reacts_to_vocabulary_and_content(few):
    few().arrays("test")
    for change in ({"test": TEST[:2]}, {"train": TRAIN[:2]}, {"max_length": T + 1}):
        data = few(**change)
        token_ids, _ = data.arrays("test")
        assert data.read[-1] == "test"
        assert np.array_equal(token_ids, data.encoder.encode([review.text for review in data.test]))


def test_cache_reacts_to_the_source(few, tmp_path):
    class OtherReviews(FewReviews):
        """The same reviews by another name."""

    few().setup("fit")
    other = OtherReviews(cache_dir=str(tmp_path / "cache"))
    other.setup("fit")
    assert other.read == ["train"]


def test_cache_reacts_to_its_format(few, monkeypatch):
    few().setup("fit")
    monkeypatch.setattr(review_data, "_CACHE_FORMAT", review_data._CACHE_FORMAT + 1)
    data = few()
    data.setup("fit")
    assert data.read == ["train"]


def test_damaged_cache_is_rebuilt_not_trusted(few, tmp_path):
    expected = array_bytes(few())
    for path in (tmp_path / "cache").iterdir():
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.warns(UserWarning, match="damaged"):
        assert array_bytes(few()) == expected


def test_given_encoder_replaces_the_vocabulary_everywhere(few):
    encoder = TextEncoder("basic_english", ["film", "good"], T + 2)
    data = few()
    own = array_bytes(data)
    data.encoder = encoder
    assert data.encoder is encoder
    for split, reviews in [("train", TRAIN), ("validation", VALIDATION), ("test", TEST)]:
        expected = encoder.encode([review.text for review in reviews])
        assert np.array_equal(data.arrays(split).token_ids, expected)
    assert array_bytes(few()) == own


def test_given_encoder_may_come_first(few):
    encoder = TextEncoder("keras", ["film", "good"], T)
    first, second = few(), few()
    first.encoder = second.encoder = encoder
    first.arrays("train")
    assert np.array_equal(second.arrays("train").token_ids, encoder.encode([review.text for review in TRAIN]))
    assert second.read == []
    assert second.encoder.words == ["film", "good"]


@pytest.mark.parametrize("option", ["max_length", "batch_size", "train_limit", "validation_limit"])
@pytest.mark.parametrize("value", [0, -1])
def test_what_must_be_positive_is_refused_otherwise(few, option, value):
    with pytest.raises(InputError, match=rf"`{option}`: expected more than 0, found {value}"):
        few(**{option: value})


def test_settings_are_kept_for_the_checkpoint(few):
    hparams = dict(few(vocab_size=31, train_limit=2).hparams)
    assert {"vocab_size": 31, "max_length": T, "batch_size": 2, "train_limit": 2}.items() <= hparams.items()


def test_cache_folder_is_the_users_unless_given(tmp_path, monkeypatch):
    assert cache_folder(str(tmp_path)) == tmp_path
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    assert cache_folder().name == "lit_sentiment"
    assert cache_folder() != tmp_path


@pytest.fixture
def quiet_trainer():
    return Trainer(
        max_epochs=1,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )


def test_plain_trainer_tests_and_predicts_what_the_checkpoint_does(shop, quiet_trainer, tmp_path):
    """A checkpoint of a plain Trainer opens alone, and gives the figures and probabilities of `Trainer.test`."""
    data = shop()
    model = BaselineLSTM(data.vocab_size, 5, 3, learning_rate=0.05)
    quiet_trainer.fit(model, data)
    quiet_trainer.save_checkpoint(tmp_path / "model.ckpt")
    (figures,) = quiet_trainer.test(model, data, verbose=False)
    probabilities = torch.cat(quiet_trainer.predict(model, data))

    trained = TrainedModel.open(tmp_path / "model.ckpt")
    token_ids, labels = data.arrays("test")
    logits = trained.logits(token_ids)
    expected = classification_figures(logits, torch.from_numpy(labels))
    assert figures == pytest.approx(
        {"test_loss": expected["data_loss"], "test_accuracy": expected["accuracy"]}, abs=1e-6
    )
    assert torch.equal(probabilities, torch.sigmoid(logits))
    assert trained.data["class_path"] == "ShopReviews"


def test_vocabulary_of_a_checkpoint_is_taken_up(shop, quiet_trainer, tmp_path):
    """`Trainer.test(..., ckpt_path=...)` on other reviews of the same kind encodes as in training."""
    data = shop()
    model = BaselineLSTM(data.vocab_size, 5, 3)
    quiet_trainer.fit(model, data)
    quiet_trainer.save_checkpoint(tmp_path / "model.ckpt")
    other = shop(corpus_seed=5)
    own_words = shop(corpus_seed=5).encoder.words
    quiet_trainer.test(model, other, ckpt_path=tmp_path / "model.ckpt", weights_only=True, verbose=False)
    assert other.encoder == data.encoder
    assert other.encoder.words != own_words
