"""HDF5 files: what is read, and what a hostile one is refused for."""

import io
from pathlib import Path

import numpy as np
import pytest

from lit_sentiment.errors import InputError
from lit_sentiment.keras_files.h5_file import h5_bytes, open_h5

h5py = pytest.importorskip("h5py")

VALUES = np.arange(6, dtype="float32").reshape(2, 3)


def read(write, path="layers/a"):
    """What is read at a path of a file that holds VALUES in layers/hidden and what `write` puts beside it."""
    content = io.BytesIO()
    with h5py.File(content, "w") as root:
        root["layers/hidden"] = VALUES
        write(root)
    with open_h5(content) as h5:
        return h5.array(path, VALUES.shape, "float32")


def test_array_comes_back():
    content = h5_bytes(["empty"], {"layers/a": VALUES, "b": VALUES.astype("float64").T})
    with open_h5(io.BytesIO(content)) as h5:
        assert "empty" in h5
        assert "layers/a" not in h5.names("layers")
        assert (h5.shape("b"), h5.dtype("b")) == ((3, 2), "float64")
        found = h5.array("layers/a", (2, 3), "float32")
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, VALUES)


def test_other_byte_order_is_read_as_the_same_numbers():
    found = read(lambda root: root.create_dataset("layers/a", data=VALUES.astype(">f4")))
    assert found.dtype == np.dtype("float32")
    np.testing.assert_array_equal(found, VALUES)


def test_hard_link_is_followed():
    def write(root):
        root["layers/a"] = root["layers/hidden"]

    np.testing.assert_array_equal(read(write), VALUES)


@pytest.mark.parametrize("link", [h5py.SoftLink("/layers/hidden"), h5py.ExternalLink("other.h5", "/values")])
@pytest.mark.parametrize("place", ["layers/a", "layers/group/a"])
def test_link_to_elsewhere_is_refused(tmp_path, monkeypatch, link, place):
    monkeypatch.chdir(tmp_path)
    Path("other.h5").write_bytes(h5_bytes([], {"values": VALUES}))

    def write(root):
        root[place] = link

    with pytest.raises(InputError, match=f"{place}: expected it in its place, found a link to elsewhere at 'a'"):
        read(write, place)


def test_group_behind_a_link_is_refused():
    def write(root):
        root["elsewhere"] = h5py.SoftLink("/layers")

    with pytest.raises(InputError, match="found a link to elsewhere at 'elsewhere'"):
        read(write, "elsewhere/hidden")


def test_file_behind_an_external_link_is_not_opened(tmp_path, monkeypatch):
    """h5py's own `in` would open it, and a named pipe would then hang the process: it is told without."""
    monkeypatch.chdir(tmp_path)

    def write(root):
        root["layers/a"] = h5py.ExternalLink("missing.h5", "/values")

    with pytest.raises(InputError, match="found a link to elsewhere"):
        read(write)


def virtual(root):
    layout = h5py.VirtualLayout(VALUES.shape, "float32")
    layout[:] = h5py.VirtualSource("other.h5", "values", VALUES.shape)
    root.create_virtual_dataset("layers/a", layout)


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (virtual, "found one that lies in another"),
        (
            lambda root: root.create_dataset("layers/a", (2, 3), "float32", external=[("numbers.bin", 0, 24)]),
            "found one that lies in another",
        ),
        (lambda root: root.create_dataset("layers/a", data=VALUES, compression="gzip"), "expected the 24 bytes"),
        (lambda root: root.create_dataset("layers/a", (2, 3), "float32", chunks=(1, 1)), r"\(2, 3\).*found 0"),
        (lambda root: root.create_dataset("layers/a", (2**40, 2**40), "float32", chunks=(1, 1)), "bytes of.*found 0"),
        (lambda root: root.create_dataset("layers/a", data=VALUES.astype("float16")), "expected float32 or float64"),
        (lambda root: root.create_dataset("layers/a", data=["import os"] * 6), "expected float32 or float64"),
        (lambda root: root.create_dataset("layers/a", data=VALUES.T), r"expected the shape \(2, 3\).*\(3, 2\)"),
        (lambda root: root.create_dataset("layers/a", data=VALUES.astype("float64")), "in float32, found .* float64"),
        (lambda root: root.create_dataset("layers/a", data=h5py.Empty("float32")), "damaged"),
        (lambda root: root.create_group("layers/a"), "expected an array, found a Group"),
        (lambda root: None, "expected layers/a, found no 'a'"),
    ],
)
def test_array_of_another_kind_is_refused(tmp_path, monkeypatch, write, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message):
        read(write)


def test_path_through_an_array_is_refused():
    with pytest.raises(InputError, match="found no 'deeper'"):
        read(lambda root: None, "layers/hidden/deeper")


@pytest.mark.parametrize("value", [["one", "two"], [b"one", b"two"], np.array([b"one", b"two"])])
def test_texts_come_back(value):
    content = io.BytesIO()
    with h5py.File(content, "w") as root:
        root.attrs["names"] = value
    with open_h5(content) as h5:
        assert h5.has_text("names")
        assert h5.texts("", "names") == ["one", "two"]


@pytest.mark.parametrize(
    ("value", "message"),
    [(["a"] * 65, "at most 64 texts"), ("a" * (2**20 + 1), "at most 1048576 characters"), (None, "found none")],
)
def test_attribute_without_measure_is_refused(value, message):
    content = io.BytesIO()
    with h5py.File(content, "w", track_order=True) as root:
        if value is not None:
            root.attrs["names"] = value
    with pytest.raises(InputError, match=message), open_h5(content) as h5:
        h5.texts("", "names")


@pytest.mark.parametrize("kept_fraction", [0.02, 0.5, 0.95])
def test_truncated_file_is_refused(kept_fraction):
    content = h5_bytes([], {"layers/a": np.zeros((50, 50))})
    with (
        pytest.raises(InputError, match="damaged"),
        open_h5(io.BytesIO(content[: int(len(content) * kept_fraction)])) as h5,
    ):
        h5.array("layers/a", (50, 50), "float64")


@pytest.mark.parametrize("entry", [bytes(16), b"\1\0" + bytes(6) + b"\xf0" + b"\xff" * 7])
def test_heap_that_hdf5_would_read_for_ever_is_refused(entry, tmp_path):
    """Zeros, or a size that overflows to none, in the place where texts are kept; in memory and on the disk."""
    with h5py.File(tmp_path / "a.h5", "w") as root:
        root.attrs["model_config"] = "text"
    content = (tmp_path / "a.h5").read_bytes()
    with open_h5(io.BytesIO(content)) as h5:
        assert h5.texts("", "model_config") == ["text"]
    place = content.index(b"GCOL") + 16
    damaged = content[:place] + entry + content[place + 16 :]
    (tmp_path / "a.h5").write_bytes(damaged)
    for file in (io.BytesIO(damaged), (tmp_path / "a.h5").open("rb")):
        with file, pytest.raises(InputError, match=r"damaged .*heap"), open_h5(file):
            pass
