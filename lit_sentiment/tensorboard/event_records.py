"""The records of an event file (TFRecord), each checked by its checksum.

TensorBoard's own reader checks byte by byte in Python, which takes most of the time for a long training: here the
checksums of all records of a length are computed together.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np

FEWEST_TOGETHER = 20
"""Of fewer records of a length the checksums are computed one by one."""
_HEADER, _CHECKSUM = 12, 4
"""In bytes: a length of 8 and its checksum before a record, and a checksum after it."""


def read_records(path: Path) -> tuple[list[bytes], str | None]:
    """Return the records before the first fault, and its kind: cut off, damaged or none."""
    content = path.read_bytes()
    records: list[bytes] = []
    sums: list[bytes] = []
    start, fault = 0, None
    while start < len(content):
        header = content[start : start + _HEADER]
        if len(header) < _HEADER:
            fault = "cut off"
            break
        if _checksum(header[:8]) != header[8:]:
            fault = "damaged"
            break
        end = start + _HEADER + int.from_bytes(header[:8], "little")
        if end + _CHECKSUM > len(content):
            fault = "cut off"
            break
        records.append(content[start + _HEADER : end])
        sums.append(content[end : end + _CHECKSUM])
        start = end + _CHECKSUM
    whole = _whole_records(records, sums)
    return records[:whole], fault if whole == len(records) else "damaged"


@lru_cache
def _checksum(data: bytes) -> bytes:
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

    return int(masked_crc32c(data)).to_bytes(_CHECKSUM, "little")


def _whole_records(records: list[bytes], sums: list[bytes]) -> int:
    """Return how many records come before the first whose checksum is wrong."""
    by_length: dict[int, list[int]] = {}
    for number, record in enumerate(records):
        by_length.setdefault(len(record), []).append(number)
    whole = len(records)
    for length, numbers in by_length.items():
        if len(numbers) < FEWEST_TOGETHER:
            right = [_checksum.__wrapped__(records[number]) == sums[number] for number in numbers]
        else:
            data = np.frombuffer(b"".join(records[number] for number in numbers), np.uint8).reshape(-1, length)
            expected = np.frombuffer(b"".join(sums[number] for number in numbers), "<u4")
            right = (_checksums(data) == expected).tolist()
        whole = min([whole, *(number for number, is_right in zip(numbers, right, strict=True) if not is_right)])
    return whole


def _checksums(data: np.ndarray) -> np.ndarray:
    """Return the masked CRC-32C, uint32 (N,), of N records of a length, uint8 (N, length)."""
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import CRC_TABLE

    table = np.array(CRC_TABLE, np.uint32)
    sums = np.full(len(data), 0xFFFFFFFF, np.uint32)
    for column in np.ascontiguousarray(data.T):
        sums = table[(sums ^ column) & 0xFF] ^ (sums >> 8)
    sums = ~sums
    return ((sums >> 15) | (sums << 17)) + np.uint32(0xA282EAD8)
