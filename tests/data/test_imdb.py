import io
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lit_sentiment.data import imdb
from lit_sentiment.data.imdb import Imdb
from lit_sentiment.data.imdb_archive import read_imdb
from lit_sentiment.data.review import split_reviews
from lit_sentiment.errors import InputError

TRAIN_SIZE, TEST_SIZE = 10, 6


def write_archive(path, extra_word=""):
    with tarfile.open(path, mode="w:gz") as tar:
        for part, size in (("train", TRAIN_SIZE), ("test", TEST_SIZE)):
            for number in range(size):
                sentiment = ("neg", "pos")[number % 2]
                text = f"{part} words{number} {'good' if number % 2 else 'bad'} {extra_word}".encode()
                member = tarfile.TarInfo(f"aclImdb/{part}/{sentiment}/{number}_{1 + 8 * (number % 2)}.txt")
                member.size = len(text)
                tar.addfile(member, io.BytesIO(text))
    return path


@pytest.fixture
def archive(tmp_path):
    return write_archive(tmp_path / "reviews.tar.gz")


def data_of(archive, tmp_path, **settings):
    tiny = {"vocab_size": 40, "max_length": 5, "cache_dir": str(tmp_path / "cache"), "validation_fraction": 0.3}
    return Imdb(archive=None if archive is None else str(archive), **{**tiny, **settings})


def test_validation_is_the_tail_of_the_shuffled_training_part(archive, tmp_path):
    data = data_of(archive, tmp_path)
    train, validation = split_reviews(read_imdb(archive, "train"), 0.3)
    assert (data.reviews("train"), data.reviews("validation")) == (train, validation)
    assert (len(train), len(validation)) == (7, 3)


def test_test_reviews_are_those_of_the_test_part(archive, tmp_path):
    data = data_of(archive, tmp_path)
    assert data.reviews("test") == read_imdb(archive, "test")
    assert len(data.arrays("test").labels) == TEST_SIZE


def test_fit_reads_the_training_part_alone(archive, tmp_path, monkeypatch):
    parts: list[str] = []

    def read_and_note(path: Path, part: Any) -> Any:
        parts.append(part)
        return read_imdb(path, part)

    monkeypatch.setattr(imdb, "read_imdb", read_and_note)
    data = data_of(archive, tmp_path)
    data.setup("fit")
    list(data.train_dataloader())
    list(data.val_dataloader())
    assert set(parts) == {"train"}
    assert not any(word.startswith("test") for word in data.encoder.words)


def test_limits_keep_the_first_after_the_shuffle(archive, tmp_path):
    whole, limited = data_of(archive, tmp_path), data_of(archive, tmp_path, train_limit=4, validation_limit=2)
    assert limited.reviews("train") == whole.reviews("train")[:4]
    assert limited.reviews("validation") == whole.reviews("validation")[:2]
    assert limited.arrays("train").token_ids.shape == (4, 5)


def test_another_archive_at_the_same_path_is_not_read_from_the_cache(archive, tmp_path):
    before = data_of(archive, tmp_path).arrays("train").token_ids
    assert np.array_equal(data_of(archive, tmp_path).arrays("train").token_ids, before)
    write_archive(archive, extra_word="indeed")
    assert not np.array_equal(data_of(archive, tmp_path).arrays("train").token_ids, before)


def test_archive_is_downloaded_to_the_cache_folder_when_not_given(archive, tmp_path, monkeypatch):
    asked: list[Path] = []

    def download(folder: Path) -> Path:
        asked.append(folder)
        return archive

    monkeypatch.setattr(imdb, "download_imdb", download)
    data = data_of(None, tmp_path)
    assert asked == []
    assert len(data.reviews("train")) == 7
    data.setup("fit")
    assert asked == [tmp_path / "cache"]


def test_missing_archive_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"absent\.tar\.gz.*`archive`"):
        data_of(tmp_path / "absent.tar.gz", tmp_path).setup("fit")
