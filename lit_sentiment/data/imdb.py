"""The Stanford Large Movie Review Dataset as data for the models."""

from pathlib import Path
from typing import Any

from lit_sentiment.data.array_cache import cache_folder
from lit_sentiment.data.imdb_archive import archive_digest, read_imdb
from lit_sentiment.data.imdb_download import download_imdb
from lit_sentiment.data.review import Review
from lit_sentiment.data.review_data import ReviewData
from lit_sentiment.data.review_source import Part


class Imdb(ReviewData):
    """IMDB reviews (Maas et al., 2011), read straight from the archive.

    Validation is the tail of the archive's training part after one fixed shuffle; its test part is read by `test`
    alone, never by `fit`.

    Args:
        archive: The file `aclImdb_v1.tar.gz`, or one of the same layout; downloaded (84 MB) when not given.
        kwargs: As in ReviewData.
    """

    def __init__(self, archive: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._archive = Path(archive) if archive is not None else None

    @property
    def archive(self) -> Path:
        """Where the archive lies, downloaded first if need be."""
        if self._archive is None:
            self._archive = download_imdb(cache_folder(self.cache_dir))
        return self._archive

    def read_training_reviews(self) -> tuple[list[Review], None]:
        """Return the archive's training part, from which validation is still to be split off."""
        return read_imdb(self.archive, "train"), None

    def read_test_reviews(self) -> list[Review]:
        """Return the archive's test part."""
        return read_imdb(self.archive, "test")

    def fingerprint(self, part: Part) -> str:
        """Return the digest of the archive."""
        return archive_digest(self.archive)
