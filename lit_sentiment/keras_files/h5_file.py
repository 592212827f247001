"""HDF5 files that may be hostile: the only file that imports h5py."""

import io
import math
import mmap
import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np

from lit_sentiment.errors import InputError

_MOST_TEXTS, _MOST_CHARACTERS = 64, 2**20
"""No attribute of a model that can be imported has more names, or a longer text than its config of 7,000 characters."""


_HEAP, _HEAP_HEADER = re.compile(rb"GCOL\x01\0{3}"), 16
"""Where HDF5 keeps texts of any length: the start of such a place, and the bytes before each text in it."""


class H5File:
    """An HDF5 file of which only what was asked for is read.

    Each path is followed part by part, over hard links alone: soft and external links, storage in other files,
    virtual and compressed datasets are refused, so that a small file can neither point at others nor unfold into
    a large array.
    """

    def __init__(self, root: Any) -> None:
        self._root = root

    def __contains__(self, name: str) -> bool:
        """Whether the file has a link of that name; it is not followed."""
        return bool(self._root.id.links.exists(name.encode()))

    def has_text(self, attribute: str) -> bool:
        """Whether the file itself has an attribute of that name."""
        return attribute in self._root.attrs

    def names(self, path: str) -> list[str]:
        """Return the names in a group."""
        return list(self._find(path))

    def texts(self, path: str, attribute: str) -> list[str]:
        """Return a list of texts, or a list of one, that is an attribute of a group."""
        attributes = self._find(path).attrs
        where = f"attribute {attribute} of {path or 'the file'}"
        if attribute not in attributes:
            raise InputError(f"expected the {where}, found none")
        if math.prod(attributes.get_id(attribute).shape) > _MOST_TEXTS:
            raise InputError(f"{where}: expected at most {_MOST_TEXTS} texts, found more")
        texts = [
            value.decode() if isinstance(value, bytes) else str(value) for value in np.ravel(attributes[attribute])
        ]
        if any(len(text) > _MOST_CHARACTERS for text in texts):
            raise InputError(f"{where}: expected at most {_MOST_CHARACTERS} characters, found more")
        return texts

    def shape(self, path: str) -> tuple[int, ...]:
        """Return the shape of an array, without reading it."""
        shape: tuple[int, ...] = self._dataset(path).shape
        return shape

    def dtype(self, path: str) -> str:
        """Return the float type of an array, without reading it."""
        return self._dataset(path).dtype.newbyteorder("=").name

    def array(self, path: str, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """Read an array whose shape and float type are known."""
        dataset = self._dataset(path)
        found = (dataset.shape, self.dtype(path))
        if found != (shape, dtype):
            raise InputError(f"{path}: expected the shape {shape} in {dtype}, found {found[0]} in {found[1]}")
        return np.asarray(dataset[()], dtype=dataset.dtype.newbyteorder("="))

    def whole_number(self, path: str) -> int:
        """Read a count, which is 0 or more."""
        dataset = self._dataset(path, (np.int64,))
        if dataset.shape or not 0 <= dataset[()] < 2**53:
            raise InputError(f"{path}: expected a count, found another number or more than one")
        return int(dataset[()])

    def _find(self, path: str) -> Any:
        from h5py import Group, h5l

        found = self._root
        for part in path.split("/") if path else ():
            # h5py's own `in` and `get` follow a link to say whether it is there, which opens the file that it names.
            if not isinstance(found, Group) or not found.id.links.exists(part.encode()):
                raise InputError(f"expected {path}, found no {part!r}")
            kind = found.id.links.get_info(part.encode()).type
            if kind != h5l.TYPE_HARD:
                raise InputError(f"{path}: expected it in its place, found a link to elsewhere at {part!r}")
            found = found[part]
        return found

    def _dataset(self, path: str, types: tuple[type[np.generic], ...] = (np.float32, np.float64)) -> Any:
        import h5py

        dataset = self._find(path)
        if not isinstance(dataset, h5py.Dataset):
            raise InputError(f"{path}: expected an array, found a {type(dataset).__name__}")
        if dataset.external or dataset.is_virtual:
            raise InputError(f"{path}: expected an array in this file, found one that lies in another")
        if dataset.dtype.newbyteorder("=") not in types:
            raise InputError(f"{path}: expected {' or '.join(one.__name__ for one in types)}, found {dataset.dtype}")
        expected, stored = math.prod(dataset.shape) * dataset.dtype.itemsize, dataset.id.get_storage_size()
        if stored != expected:
            raise InputError(
                f"{path}: expected the {expected} bytes of {dataset.shape} stored as they are, found {stored}"
            )
        return dataset


@contextmanager
def open_h5(file: BinaryIO) -> Iterator[H5File]:
    """Open a file for reading; what HDF5 stumbles over in it while it is open is an InputError, too."""
    import h5py

    try:
        _require_sound_heaps(
            file.getbuffer() if isinstance(file, io.BytesIO) else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        )
        with h5py.File(file, "r") as root:
            yield H5File(root)
    except (LookupError, OSError, RuntimeError, TypeError, ValueError) as damage:
        raise InputError(f"damaged ({damage})") from None


def _require_sound_heaps(content: Any) -> None:
    """Refuse free space of size 0 in a heap, such as a block of zeros leaves: HDF5 would pass over it for ever."""
    for heap in _HEAP.finditer(content):
        place, end = heap.end() + 8, len(content) - _HEAP_HEADER
        end = min(end, heap.start() + int.from_bytes(content[heap.end() : place], "little") - _HEAP_HEADER)
        while place <= end:
            number, size = struct.unpack_from("<H6xQ", content, place)
            step = (_HEAP_HEADER + (size + 7) // 8 * 8) % 2**64 if number else size
            if step == 0:
                raise ValueError("a heap of texts with nothing in it")
            place += step


def h5_bytes(groups: Iterable[str], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return an HDF5 file with these groups and these arrays by path."""
    import h5py

    content = io.BytesIO()
    with h5py.File(content, "w") as root:
        for group in groups:
            root.create_group(group)
        for path, array in arrays.items():
            root[path] = array
    return content.getvalue()
