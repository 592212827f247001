import struct

import pytest
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

from lit_sentiment.tensorboard.event_records import FEWEST_TOGETHER, read_records

RECORDS = [bytes([number]) * 11 for number in range(FEWEST_TOGETHER + 3)] + [b"other", b"", bytes(range(256))]


def written(records):
    """The file that TensorFlow writes."""
    parts = []
    for record in records:
        length = struct.pack("<Q", len(record))
        sums = struct.pack("<I", masked_crc32c(length)), struct.pack("<I", masked_crc32c(record))
        parts += [length, sums[0], record, sums[1]]
    return b"".join(parts)


def test_records_come_back(tmp_path):
    path = tmp_path / "events"
    path.write_bytes(written(RECORDS))
    assert read_records(path) == (RECORDS, None)


@pytest.mark.parametrize("damaged", [0, 7, FEWEST_TOGETHER + 3, FEWEST_TOGETHER + 5])
@pytest.mark.parametrize("part", ["length", "record"])
def test_flipped_bit_ends_the_records(tmp_path, damaged, part):
    before = len(written(RECORDS[:damaged]))
    content = bytearray(written(RECORDS))
    content[before + (0 if part == "length" else 13)] ^= 4
    path = tmp_path / "events"
    path.write_bytes(content)
    assert read_records(path) == (RECORDS[:damaged], "damaged")


@pytest.mark.parametrize("missing", [1, 4, 5, 200, 261, 270])
def test_cut_file_ends_at_the_last_whole_record(tmp_path, missing):
    path = tmp_path / "events"
    path.write_bytes(written(RECORDS)[:-missing])
    assert read_records(path) == (RECORDS[:-1], "cut off")
