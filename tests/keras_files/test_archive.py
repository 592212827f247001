"""The zip of a `.keras` file: what is read, and what a hostile one is refused for."""

import io
import zipfile

import pytest

from lit_sentiment.errors import InputError
from lit_sentiment.keras_files.archive import read_archive, write_archive

WEIGHTS = bytes(range(256)) * 20


@pytest.fixture
def content():
    file = io.BytesIO()
    write_archive(file, {"class_name": "Sequential"}, WEIGHTS)
    return file.getvalue()


def zipped(members, compression=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return file.getvalue()


def test_members_come_back(content):
    assert read_archive(io.BytesIO(content)) == (b'{"class_name": "Sequential"}', WEIGHTS)


def test_members_are_those_of_keras(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["metadata.json", "config.json", "model.weights.h5"]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"config.json": "{}"}, "expected a model.weights.h5 in it, found none"),
        ({"model.weights.h5": "x"}, "expected a config.json in it, found none"),
        ({"../config.json": "{}", "model.weights.h5": "x"}, "expected a config.json in it"),
        ({"config.json": " " * (2**20 + 1), "model.weights.h5": "x"}, "at most 1048576 bytes, found 1048577"),
    ],
)
def test_other_members_are_refused(members, message):
    with pytest.raises(InputError, match=message):
        read_archive(io.BytesIO(zipped(members)))


def test_member_that_unfolds_is_refused():
    bomb = zipped({"config.json": "{}", "model.weights.h5": bytes(10**7)}, zipfile.ZIP_DEFLATED)
    with pytest.raises(InputError, match="expected it uncompressed"):
        read_archive(io.BytesIO(bomb))


def test_member_that_lies_about_its_size_is_refused(content):
    place = content.rindex(b"PK\x01\x02")  # the entry of the weights in the directory at the end
    declared = (2**31).to_bytes(4, "little")
    lying = content[: place + 20] + declared + declared + content[place + 28 :]
    with pytest.raises(InputError, match="damaged"):
        read_archive(io.BytesIO(lying))


def test_flipped_byte_is_refused(content):
    place = content.index(WEIGHTS) + 1000
    flipped = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
    with pytest.raises(InputError, match=r"damaged.*model.weights.h5"):
        read_archive(io.BytesIO(flipped))


@pytest.mark.parametrize("kept_fraction", [0.0, 0.5, 0.99])
def test_truncated_archive_is_refused(content, kept_fraction):
    with pytest.raises(InputError, match="damaged"):
        read_archive(io.BytesIO(content[: int(len(content) * kept_fraction)]))
