"""The archive of the Large Movie Review Dataset, downloaded once into a folder that several processes may use."""

import shutil
import sys
from pathlib import Path

from lit_sentiment.errors import InputError
from lit_sentiment.files import lock_file
from lit_sentiment.process import complain

ARCHIVE_URL = "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz"
ARCHIVE_HASH = "md5:7c2ac02c03563afcf9b574c7e56c153a"
_RETRIES = 1


def download_imdb(folder: Path) -> Path:
    """Downloads the original archive (84 MB) into a folder, unless it lies there already with the right hash.

    One process at a time downloads, and the others wait for it. What arrives is kept in a folder of its own until its
    hash is right, so there is no half archive, and the next download takes away what a killed one has left.

    Raises:
        InputError: If the download fails, also when tried again, or arrives damaged or cannot be written.
    """
    path = folder / ARCHIVE_URL.rpartition("/")[2]
    try:
        if not _is_whole(path):
            folder.mkdir(parents=True, exist_ok=True)
            waiting = f"Waiting for another process, which downloads to {folder}"
            with lock_file(folder / f".{path.name}.lock", lambda: complain(waiting)):
                if not _is_whole(path):
                    _download(path)
    except (OSError, ValueError) as error:
        cause: BaseException = error
        while cause.__context__ is not None:  # the first, which says it best
            cause = cause.__context__
        reason = " ".join(str(getattr(cause, "strerror", None) or cause).split())
        raise InputError(
            f"could not download {ARCHIVE_URL} to {folder} ({reason}); download it by hand and pass `archive` PATH, "
            "or name another folder as `cache_dir`"
        ) from error
    return path


def _is_whole(path: Path) -> bool:
    import pooch

    algorithm, _, digest = ARCHIVE_HASH.partition(":")
    return path.is_file() and pooch.file_hash(str(path), alg=algorithm) == digest


def _download(path: Path) -> None:
    import pooch

    incoming = path.with_name(f".{path.name}.tmp")
    if incoming.exists():  # left by a killed process
        shutil.rmtree(incoming)
    pooch.get_logger().setLevel("INFO")
    source = pooch.create(incoming, "", registry={path.name: ARCHIVE_HASH}, urls={path.name: ARCHIVE_URL})
    source.retry_if_failed = _RETRIES
    try:
        Path(source.fetch(path.name, progressbar=sys.stderr is not None and sys.stderr.isatty())).replace(path)
    finally:
        shutil.rmtree(incoming, ignore_errors=True)
