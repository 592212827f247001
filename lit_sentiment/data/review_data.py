"""The one pipeline behind every source of reviews: read, split, encode, cache, batch."""

import hashlib
import json
import warnings
from collections.abc import Callable
from typing import Any

import torch

from lit_sentiment.data.array_cache import cache_folder
from lit_sentiment.data.batches import Batches, epoch_order
from lit_sentiment.data.class_names import require_classes, require_outputs
from lit_sentiment.data.encoded_reviews import EncodedPart, EncodedReviews, cached_part
from lit_sentiment.data.review import Review, Split
from lit_sentiment.data.review_source import Part, ReviewSource
from lit_sentiment.data.settings import plain_settings, require_kinds
from lit_sentiment.errors import require_positive
from lit_sentiment.keras_semantics.seed_generator import Randomness
from lit_sentiment.lightning_classes import LightningDataModule
from lit_sentiment.plugins import name_of
from lit_sentiment.process import complain
from lit_sentiment.text.text_encoder import Ids, Side, TextEncoder
from lit_sentiment.text.words import TokenizerName

_CACHE_FORMAT = 2
"""Part of every cache key; raise it when the same settings give other arrays than before."""
_LARGEST_VOCABULARY = 1_000_000
_LARGEST_BATCH = 2**31 - 1
"""More than there are reviews is the whole split at once; more than this torch does not take."""


class ReviewData(LightningDataModule, ReviewSource):
    """Reviews from some source as batches of (token_ids int32 (B, T), labels int32 (B,)).

    A source says how its reviews are read (see ReviewSource); everything after that is here. The arrays depend on the
    settings of the data alone, never on the seed of a run; the vocabulary comes from the training split alone; the test
    reviews are read only when they are asked for. Where the cache has the arrays, nothing is read.

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
        self._told: set[str] = set()
        self._encoder: TextEncoder | None = None
        self._encoded: dict[Split, EncodedReviews] = {}

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
            complain(note)
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

    def _tensors(self, split: Split) -> tuple[torch.Tensor, torch.Tensor]:
        token_ids, labels = self.arrays(split)
        return torch.from_numpy(token_ids), torch.from_numpy(labels)

    def _encode_training(self) -> None:
        given = self._encoder

        def build() -> EncodedPart:
            train, validation, duplicates = self._training_reviews()
            encoder = given or TextEncoder.fit(
                (review.text for review in train), self.tokenizer, self.vocab_size, self.max_length, **self._encoding
            )
            splits: dict[Split, list[Review]] = {"train": train, "validation": validation}
            return EncodedPart.encode(encoder, splits, duplicates, self.findings("train"))

        settings = [self.train_limit, self.validation_limit, self.validation_fraction, self.drop_duplicates]
        part = self._cached_part("train", settings, build)
        self._encoder = given or TextEncoder(self.tokenizer, part.words, self.max_length, **self._encoding)
        self._take(part)

    def _encode_test(self) -> None:
        encoder = self.encoder

        def build() -> EncodedPart:
            reviews, duplicates = self._test_reviews()
            return EncodedPart.encode(encoder, {"test": reviews}, duplicates, self.findings("test"))

        # Without duplicates the training reviews, too, decide which test reviews are left.
        settings = ["drop_duplicates", self.fingerprint("train")] if self.drop_duplicates else []
        self._take(self._cached_part("test", settings, build))

    def _take(self, part: EncodedPart) -> None:
        for name, found in part.findings.items():
            if name not in self._told:
                self.notes += self.notes_of(name, found)
        self._told |= part.findings.keys()
        self.notes += part.notes(self.class_names)
        self.warning = part.warning or self.warning
        self._encoded |= part.splits

    def _cached_part(self, part: Part, settings: list[Any], build: Callable[[], EncodedPart]) -> EncodedPart:
        given = self._encoder.state_dict() if self._encoder else [self.tokenizer, self.vocab_size, self.max_length]
        key = _digest([self.class_names, settings, given, self._encoding])
        return cached_part(cache_folder(self.cache_dir) / f"{self._name_in_cache(part)}-{key}.npz", build)

    def _name_in_cache(self, part: Part) -> str:
        """Return the start of the names of the files that keep this part, whatever the settings."""
        source = type(self).__name__
        return f"{source}-{part}-{_digest([_CACHE_FORMAT, source, part, self.fingerprint(part)])}"


def _digest(key: list[Any]) -> str:
    return hashlib.sha256(json.dumps(key).encode()).hexdigest()[:32]
