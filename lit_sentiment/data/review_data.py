"""The one pipeline behind every source of reviews: read, split, encode, cache, batch."""

import hashlib
import json
import sys
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from lightning import LightningDataModule

from lit_sentiment.data.array_cache import Arrays, cached_arrays
from lit_sentiment.data.batches import Batches, epoch_order
from lit_sentiment.data.class_names import absent_classes, require_classes, require_outputs
from lit_sentiment.data.duplicates import count_repeated, distinct_reviews, texts_of
from lit_sentiment.data.labels import BINARY
from lit_sentiment.data.review import Review, Split, split_reviews
from lit_sentiment.data.review_source import Part, ReviewSource
from lit_sentiment.data.settings import plain_settings, require_kinds
from lit_sentiment.data.table_file import listing
from lit_sentiment.errors import InputError, require_positive
from lit_sentiment.keras_semantics.seed_generator import Randomness
from lit_sentiment.plugins import name_of
from lit_sentiment.text.text_encoder import Ids, Side, TextEncoder
from lit_sentiment.text.words import TokenizerName

_CACHE_FORMAT = 1
"""Part of every cache key; raise it when the same settings give other arrays than before."""

_USUAL_ENCODING = {"ids": "imdb", "padding": "pre", "truncating": "pre"}
"""Not part of a cache key: arrays that were cached before there were others are still found."""
_LARGEST_VOCABULARY = 1_000_000
_LARGEST_BATCH = 2**31 - 1
"""More than there are reviews is the whole split at once; more than this torch does not take."""


class EncodedReviews(NamedTuple):
    """What Keras would be given: `x` and `y` of `model.fit`."""

    token_ids: np.ndarray
    """int32 (N, T)."""
    labels: np.ndarray
    """int32 (N,), the number of the class, 1 for positive."""

    @property
    def chance(self) -> float:
        """The accuracy of always giving the commonest label."""
        return float(np.bincount(self.labels).max() / len(self.labels))


class ReviewData(LightningDataModule, ReviewSource):
    """Reviews from some source as batches of (token_ids int32 (B, T), labels int32 (B,)).

    A source says how its reviews are read; everything after that is here. The arrays depend on the settings of the
    data alone, never on the seed of a run; the vocabulary comes from the training split alone; the test reviews are
    read only when they are asked for.

    Args:
        vocab_size: Number of token ids, the reserved ones included (Keras's `num_words`). The model takes it from here.
        max_length: T, in tokens; shorter reviews are padded, longer ones are cut.
        batch_size: B, in reviews.
        tokenizer: How a text is cut into words: torchtext's `basic_english`, or `keras` for `text_to_word_sequence`.
        validation_fraction: The part of the training reviews that is kept for validation, for sources without a
            validation part of their own.
        train_limit: Use only so many training reviews, the first after the fixed shuffle; all if there are fewer.
        validation_limit: Use only so many validation reviews; all if there are fewer.
        drop_duplicates: Whether to leave out reviews whose text came before in the same file and, of validation and
            test reviews of their own, those that also stand among all the training reviews, whatever the limits.
        ids: Which token ids the words get: those of `keras.datasets.imdb` (rank + 3, behind a start mark; other words
            are 2), of Keras's `Tokenizer(num_words=vocab_size)` (the rank; other words are left out), or of its
            `TextVectorization(max_tokens=vocab_size)` (rank + 1; other words are 1). The last two need the tokenizer
            `keras` and cut texts exactly as Keras does.
        padding: The end at which shorter reviews are padded, the front (`pre`) or the back (`post`).
        truncating: The end at which longer reviews are cut.
        randomness: Whether the batch order is Keras's for the global seed, or drawn by torch anew each epoch.
        cache_dir: Where encoded arrays are kept between runs; the user's cache folder when not given.
    """

    def __init__(
        self,
        vocab_size: int = 10_000,
        max_length: int = 200,
        batch_size: int = 32,
        tokenizer: TokenizerName = "basic_english",
        validation_fraction: float = 0.2,
        train_limit: int | None = None,
        validation_limit: int | None = None,
        randomness: Randomness = "keras",
        cache_dir: str | None = None,
        drop_duplicates: bool = False,
        ids: Ids = "imdb",
        padding: Side = "pre",
        truncating: Side = "pre",
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.hparams.update(plain_settings(self.hparams))
        require_kinds(type(self), self.hparams)
        require_positive("vocab_size", vocab_size, _LARGEST_VOCABULARY)
        self._encoding: dict[str, Any] = {"ids": ids, "padding": padding, "truncating": truncating}
        TextEncoder(tokenizer, [], max_length, ids, padding, truncating)  # refuses what cannot be
        require_positive("batch_size", batch_size, _LARGEST_BATCH)
        require_positive("train_limit", train_limit)
        require_positive("validation_limit", validation_limit)
        self.vocab_size = vocab_size
        self.max_length = max_length
        self.batch_size = batch_size
        self.tokenizer: TokenizerName = tokenizer
        self.validation_fraction = validation_fraction
        self.train_limit = train_limit
        self.validation_limit = validation_limit
        self.randomness = randomness
        self.cache_dir = cache_dir
        self.drop_duplicates = drop_duplicates
        self.notes: list[str] = []
        """What `setup` says about the reviews that were read; nothing of it where they are refused."""
        self.warning: str | None = None
        self._encoder: TextEncoder | None = None
        self._encoded: dict[Split, EncodedReviews] = {}

    def reviews(self, split: Split) -> list[Review]:
        """Return the reviews of a split as written, in the order of its arrays."""
        if split == "test":
            return self._test_reviews()[0]
        train, validation, _ = self._training_reviews()
        return train if split == "train" else validation

    def arrays(self, split: Split) -> EncodedReviews:
        """Return the token ids and labels of a split: what Keras would be given.

        Raises:
            InputError: The source cannot be read, or has no such split.
        """
        if split not in self._encoded:
            if split == "test":
                self._encode_test()
            else:
                self._encode_training()
        return self._encoded[split]

    @property
    def encoder(self) -> TextEncoder:
        """The encoder with the vocabulary of the training split, unless another was set."""
        if self._encoder is None:
            self._encode_training()
        assert self._encoder is not None
        return self._encoder

    @encoder.setter
    def encoder(self, encoder: TextEncoder) -> None:
        """Encode with the vocabulary of a trained model from now on."""
        self._encoder = encoder
        self._encoded.clear()

    def setup(self, stage: str) -> None:
        """Read, encode and cache what the stage needs, and say once what is to be known of it (Lightning calls it)."""
        module = None if self.trainer is None else self.trainer.lightning_module
        outputs = getattr(module, "outputs", None)
        if isinstance(outputs, int):
            require_outputs(self.class_names, outputs, type(module).__name__)
        self.arrays("test" if stage in ("test", "predict") else "validation")
        for note in self.notes:
            print(note, file=sys.stderr)
        if self.warning is not None:
            warnings.warn(self.warning, stacklevel=2)
        self.notes.clear()
        self.warning = None

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps (Lightning calls it), so that the model can be used without its data.

        `text_encoder`, `class_names`, and the `class_path` and `init_args` of this source.
        """
        return {
            "text_encoder": self.encoder.state_dict(),
            "class_names": self.class_names,
            "class_path": name_of(type(self)),
            "init_args": dict(self.hparams),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Encode with the vocabulary of a checkpoint (Lightning calls it, for `Trainer.test(..., ckpt_path=...)`).

        Raises:
            InputError: It was trained on other classes.
        """
        if "class_names" in state_dict:
            require_classes(self.class_names, state_dict["class_names"])
        encoder = TextEncoder(**state_dict["text_encoder"])
        if self._encoder != encoder:
            self.encoder = encoder

    def train_dataloader(self) -> Batches:
        """Return the training batches, in a new order or Keras's fixed one."""
        token_ids, labels = self._tensors("train")
        return Batches(token_ids, labels, self.batch_size, order=epoch_order(len(labels), self.randomness))

    def val_dataloader(self) -> Batches:
        """Return the validation batches, in a fixed order."""
        return Batches(*self._tensors("validation"), self.batch_size)

    def test_dataloader(self) -> Batches:
        """Return the test batches, in a fixed order."""
        return Batches(*self._tensors("test"), self.batch_size)

    def predict_dataloader(self) -> Batches:
        """Return the test batches, in a fixed order."""
        return self.test_dataloader()

    def _training_reviews(self) -> tuple[list[Review], list[Review], np.ndarray]:
        """Return both splits, and as int64 (3,) the number of their reviews that a duplicate is about.

        These are validation reviews that also stand in training, reviews left out, and texts with several labels.
        """
        train, validation = self.read_training_reviews()
        dropped = contradicting = 0
        if self.drop_duplicates:
            train, dropped, contradicting = distinct_reviews(train)
            if validation is not None:
                validation, *more = distinct_reviews(validation, seen=texts_of(train))
                dropped, contradicting = dropped + more[0], contradicting + more[1]
        if validation is None:
            train, validation = split_reviews(train, self.validation_fraction)
        train, validation = train[: self.train_limit], validation[: self.validation_limit]
        _require_some("validation", validation)
        return train, validation, np.array([count_repeated(train, validation), dropped, contradicting])

    def _test_reviews(self) -> tuple[list[Review], np.ndarray]:
        """Return the test reviews, and as int64 (3,) the same numbers; duplicates are not looked for unasked."""
        if not self.drop_duplicates:
            return self.read_test_reviews(), np.zeros(3, dtype=np.int64)
        train, _ = self.read_training_reviews()
        reviews, dropped, contradicting = distinct_reviews(self.read_test_reviews(), seen=texts_of(train))
        _require_some("test", reviews)
        return reviews, np.array([0, dropped, contradicting])

    def _note_duplicates(self, split: Split, duplicates: np.ndarray) -> None:
        repeated, dropped, contradicting = duplicates.tolist()
        if dropped:
            kept = f"; {contradicting} texts have several labels, of which the first is kept" if contradicting else ""
            self.notes.append(f"`drop_duplicates`: {dropped} reviews left out that repeat another's text{kept}")
        if repeated:
            self.warning = (
                f"{repeated} of {len(self._encoded[split].labels)} validation reviews also stand in training (the same "
                "text), which makes the validation figures look better; `drop_duplicates` true leaves such out"
            )

    def _tensors(self, split: Split) -> tuple[torch.Tensor, torch.Tensor]:
        token_ids, labels = self.arrays(split)
        return torch.from_numpy(token_ids), torch.from_numpy(labels)

    def _encode_training(self) -> None:
        given = self._encoder

        def build() -> Arrays:
            train, validation, duplicates = self._training_reviews()
            encoder = given or TextEncoder.fit(
                [review.text for review in train], self.tokenizer, self.vocab_size, self.max_length, **self._encoding
            )
            return {
                **_encode(encoder, "train", train),
                **_encode(encoder, "validation", validation),
                "words": _as_bytes(encoder.words),
                "duplicates": duplicates,
            }

        arrays = cached_arrays(self._cache_path("train", self._training_settings()), build)
        words = json.loads(arrays["words"].tobytes())
        self._encoder = given or TextEncoder(self.tokenizer, words, self.max_length, **self._encoding)
        self._decode(arrays, "train")
        self._decode(arrays, "validation")
        # Arrays cached by an earlier version lack the numbers.
        self._note_duplicates(
            "validation", arrays["duplicates"] if "duplicates" in arrays else self._training_reviews()[-1]
        )

    def _encode_test(self) -> None:
        encoder = self.encoder

        def build() -> Arrays:
            reviews, duplicates = self._test_reviews()
            return {**_encode(encoder, "test", reviews), "duplicates": duplicates}

        # Without duplicates the training reviews, too, decide which test reviews are left.
        settings = ["drop_duplicates", self.fingerprint("train")] if self.drop_duplicates else []
        arrays = cached_arrays(self._cache_path("test", settings), build)
        self._decode(arrays, "test")
        self._note_duplicates("test", arrays.get("duplicates", np.zeros(3, dtype=np.int64)))

    def _decode(self, arrays: Arrays, split: Split) -> None:
        reviews = EncodedReviews(arrays[f"{split}_token_ids"], arrays[f"{split}_labels"])
        absent = absent_classes(reviews.labels, self.class_names)
        if absent and self.class_names != BINARY:
            self.notes.append(f"The {split} reviews lack a class: {listing(absent)}")
        self._encoded[split] = reviews

    def _training_settings(self) -> list[Any]:
        settings = [self.train_limit, self.validation_limit, self.validation_fraction]
        return [*settings, "drop_duplicates"] if self.drop_duplicates else settings

    def _cache_path(self, part: Part, settings: list[Any]) -> Path:
        given: Any = [self.tokenizer, self.vocab_size, self.max_length]
        if self._encoder:
            given = self._encoder.state_dict()
        elif self._encoding != _USUAL_ENCODING:
            given.append(self._encoding)
        key = json.dumps([_CACHE_FORMAT, type(self).__name__, self.fingerprint(part), part, settings, given])
        digest = hashlib.sha256(key.encode()).hexdigest()
        return cache_folder(self.cache_dir) / f"{type(self).__name__}-{part}-{digest[:32]}.npz"


def cache_folder(cache_dir: str | None = None) -> Path:
    """Return the folder for what is kept between runs: the one given, or the user's cache folder."""
    if cache_dir is not None:
        return Path(cache_dir)
    import pooch

    return Path(pooch.os_cache("lit_sentiment"))


def _require_some(split: Split, reviews: list[Review]) -> None:
    if not reviews:
        raise InputError(f"`drop_duplicates`: expected {split} reviews of their own, found all of them in training")


def _encode(encoder: TextEncoder, split: Split, reviews: list[Review]) -> Arrays:
    return {
        f"{split}_token_ids": encoder.encode([review.text for review in reviews]),
        f"{split}_labels": np.array([review.label for review in reviews], dtype=np.int32),
    }


def _as_bytes(words: list[str]) -> np.ndarray:
    return np.frombuffer(json.dumps(words).encode(), dtype=np.uint8)
