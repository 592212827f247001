import gzip
import io
import random
import sys
import tarfile
import tracemalloc
from pathlib import Path

import pytest

from lit_sentiment.data import imdb_archive
from lit_sentiment.data.imdb_archive import archive_digest, read_imdb
from lit_sentiment.data.review import Review
from lit_sentiment.errors import InputError

MIRROR = Path(__file__).parents[2].parent / "shared" / "data" / "aclImdb_mirror.tar.gz"

# The numbers sort differently as text (10 before 9), and each folder holds another count.
REVIEWS = {
    "aclImdb/train/pos/9_8.txt": "Nine out of ten.<br /><br />See it.",
    "aclImdb/train/pos/10_7.txt": "A d\u00e9but to remember.",
    "aclImdb/train/pos/0_10.txt": "Lovely.",
    "aclImdb/train/neg/10_1.txt": "Dull.",
    "aclImdb/train/neg/2_4.txt": "Far too long.",
    "aclImdb/test/pos/1_9.txt": "Bright and quick.",
    "aclImdb/test/neg/3_2.txt": "Noisy.",
    "aclImdb/test/neg/4_1.txt": "I left.",
}
TRAIN = [
    Review("Far too long.", 0),
    Review("Dull.", 0),
    Review("Lovely.", 1),
    Review("Nine out of ten.<br /><br />See it.", 1),
    Review("A d\u00e9but to remember.", 1),
]
TEST = [Review("Noisy.", 0), Review("I left.", 0), Review("Bright and quick.", 1)]


def file_member(name, content):
    content = content.encode() if isinstance(content, str) else content
    member = tarfile.TarInfo(name)
    member.size = len(content)
    return member, content


def link_member(name, target):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    return member, b""


def tar_bytes(members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for member, content in members:
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def review_members(without="nothing"):
    return [file_member(name, text) for name, text in REVIEWS.items() if without not in name]


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "reviews.tar.gz"
    path.write_bytes(gzip.compress(tar_bytes(review_members())))
    return path


def write_members(archive, *extra, without="nothing"):
    archive.write_bytes(gzip.compress(tar_bytes([*review_members(without), *extra])))


def refusal(archive):
    with pytest.raises(InputError) as caught:
        read_imdb(archive, "train")
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(archive))
    assert "`archive`" in message
    return message


def test_parts_are_read_negative_first_in_numeric_order(archive):
    assert read_imdb(archive, "train") == TRAIN
    assert read_imdb(archive, "test") == TEST


def test_order_does_not_depend_on_the_order_of_members(archive):
    for seed in range(5):
        members = review_members()
        random.Random(seed).shuffle(members)
        archive.write_bytes(gzip.compress(tar_bytes(members)))
        assert read_imdb(archive, "train") == TRAIN


def test_other_files_of_the_original_are_left_out(archive):
    write_members(
        archive,
        file_member("aclImdb/train/unsup/0_0.txt", "Unlabelled."),
        file_member("aclImdb/train/urls_pos.txt", "http://example.org"),
        file_member("aclImdb/train/labeledBow.feat", b"\xff\x00"),
        file_member("aclImdb/README", "Read me."),
        file_member("aclImdb/imdb.vocab", "the"),
    )
    assert read_imdb(archive, "train") == TRAIN


def test_unsafe_and_odd_names_are_left_out_and_nothing_is_written(archive, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_members(
        archive,
        file_member(f"{tmp_path}/aclImdb/train/pos/71_8.txt", "Absolute."),
        file_member("aclImdb/train/pos/../pos/72_8.txt", "Upwards."),
        file_member("../aclImdb/train/pos/73_8.txt", "Outwards."),
        file_member("aclImdb/train/pos/._74_8.txt", "Hidden."),
        file_member("aclImdb/train/pos/75_8.txt\n", "Line end."),
        file_member("aclImdb/train/pos/\u0667_8.txt", "Another digit."),
        link_member("aclImdb/escape", "/etc"),
    )
    assert read_imdb(archive, "train") == TRAIN
    assert [path.name for path in tmp_path.rglob("*")] == [archive.name]


def test_a_link_in_place_of_a_review_is_refused(archive):
    write_members(archive, link_member("aclImdb/train/pos/5_8.txt", "/etc/passwd"))
    assert "plain file at aclImdb/train/pos/5_8.txt, found a link" in refusal(archive)


def test_a_number_given_twice_is_refused(archive):
    write_members(archive, file_member("aclImdb/train/pos/9_7.txt", "Which of the two?"))
    assert "numbered 9 in train/pos, found two" in refusal(archive)


def test_missing_class_is_named_with_what_was_found(archive):
    empty = tarfile.TarInfo("aclImdb/train/pos")
    empty.type = tarfile.DIRTYPE
    write_members(archive, (empty, b""), without="train/pos")
    message = refusal(archive)
    assert "aclImdb/train/pos/<number>_<rating>.txt, found none" in message
    assert "but files in 'aclImdb/test/neg', 'aclImdb/test/pos', 'aclImdb/train/neg'; pass" in message
    assert len(read_imdb(archive, "test")) == len(TEST)


def test_archive_without_reviews_is_refused_on_one_line(archive):
    archive.write_bytes(gzip.compress(tar_bytes([])))
    assert "aclImdb/train/neg/<number>_<rating>.txt, found none, but files in no folder" in refusal(archive)
    folders = [file_member(f"odd\nfolder {number}/file", "") for number in range(9)]
    archive.write_bytes(gzip.compress(tar_bytes(folders)))
    assert "'odd\\nfolder 5' and 3 more" in refusal(archive)


def test_text_that_is_not_utf_8_is_refused(archive):
    write_members(archive, file_member("aclImdb/train/neg/6_3.txt", b"caf\xe9"))
    assert "UTF-8 in aclImdb/train/neg/6_3.txt, found another byte at offset 3" in refusal(archive)


def test_missing_file_and_folder_are_refused(tmp_path):
    assert "found no such file" in refusal(tmp_path / "absent.tar.gz")
    assert "found a folder" in refusal(tmp_path)
    with pytest.raises(InputError, match=r"absent\.tar\.gz.*no such file"):
        archive_digest(tmp_path / "absent.tar.gz")


@pytest.mark.parametrize(
    "content", [b"", b"plain text", gzip.compress(b"no tar" * 200, mtime=0), tar_bytes(review_members())]
)
def test_what_is_no_gzip_compressed_tar_is_refused(archive, content):
    archive.write_bytes(content)
    assert "expected a whole gzip-compressed tar" in refusal(archive)


def test_truncated_archive_is_refused_wherever_it_ends(archive):
    whole = archive.read_bytes()
    for size in range(0, len(whole), 7):
        archive.write_bytes(whole[:size])
        assert "expected a whole gzip-compressed tar" in refusal(archive)


def test_a_damaged_bit_never_changes_what_is_read(archive):
    whole = archive.read_bytes()
    refused = 0
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << position % 8
        archive.write_bytes(damaged)
        try:
            # The header of a gzip file holds a few bits that mean nothing here, such as its time.
            assert read_imdb(archive, "train") == TRAIN
        except InputError:
            refused += 1
    assert refused > 0.9 * len(whole)


def test_damage_inside_a_long_review_is_refused(archive):
    text = " ".join(str(number) for number in random.Random(6).choices(range(1000), k=30_000))
    write_members(archive, file_member("aclImdb/train/pos/6_9.txt", text))
    whole = archive.read_bytes()
    for position in range(1000, len(whole), 1500):
        archive.write_bytes(whole[:position] + b"\xff" * 20 + whole[position + 20 :])
        assert "expected a whole gzip-compressed tar" in refusal(archive)


def test_a_damaged_tar_header_does_not_end_the_archive(archive):
    tar = bytearray(tar_bytes(review_members()))
    # Each review takes a header block and a text block of 512 bytes; this damages the sixth header.
    tar[5 * 1024 + 150] ^= 1
    archive.write_bytes(gzip.compress(tar))
    assert "unreadable bytes after the last member" in refusal(archive)


def test_a_long_chain_of_headers_is_refused(archive, request):
    usual = sys.getrecursionlimit()
    request.addfinalizer(lambda: sys.setrecursionlimit(usual))
    sys.setrecursionlimit(1000)  # Python's own, which some libraries raise
    header = tarfile.TarInfo("extended")
    header.type = tarfile.XHDTYPE
    archive.write_bytes(gzip.compress(header.tobuf(tarfile.USTAR_FORMAT) * 3000 + tar_bytes(review_members())))
    assert "cannot be read" in refusal(archive)


def test_too_many_members_are_refused(archive, monkeypatch):
    monkeypatch.setattr(imdb_archive, "MAX_MEMBERS", len(REVIEWS))
    assert read_imdb(archive, "train") == TRAIN
    monkeypatch.setattr(imdb_archive, "MAX_MEMBERS", len(REVIEWS) - 1)
    assert f"at most {len(REVIEWS) - 1} members" in refusal(archive)


def test_too_long_review_is_refused(archive, monkeypatch):
    longest = max(len(text.encode()) for text in REVIEWS.values())
    monkeypatch.setattr(imdb_archive, "MAX_REVIEW_BYTES", longest)
    assert read_imdb(archive, "train") == TRAIN
    monkeypatch.setattr(imdb_archive, "MAX_REVIEW_BYTES", longest - 1)
    assert f"at most {longest - 1} bytes in aclImdb/train/pos/9_8.txt, found {longest}" in refusal(archive)


@pytest.mark.parametrize("name", ["aclImdb/train/unsup/0_0.txt", "bomb"])
def test_bomb_among_left_out_members_is_refused(archive, monkeypatch, name):
    monkeypatch.setattr(imdb_archive, "MAX_ARCHIVE_BYTES", 200_000)
    write_members(archive, file_member(name, bytes(100_000)))
    assert read_imdb(archive, "train") == TRAIN
    write_members(archive, file_member(name, bytes(300_000)))
    assert "more than 200,000 bytes when decompressed" in refusal(archive)


def test_reading_is_silent_without_a_terminal(archive, monkeypatch, capsys):
    for variable in ("FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(variable, raising=False)
    read_imdb(archive, "train")
    assert capsys.readouterr() == ("", "")


def test_progress_goes_to_stderr_on_a_terminal(archive, monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    read_imdb(archive, "train")
    out, err = capsys.readouterr()
    assert out == ""
    assert "Reading IMDB, train" in err


def test_digest_is_the_sha256_of_the_file(tmp_path, monkeypatch):
    path = tmp_path / "bytes"
    path.write_bytes(b"abc")
    monkeypatch.setattr(imdb_archive, "_CHUNK_BYTES", 2)
    # The example of FIPS 180-2, appendix B.1.
    assert archive_digest(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.slow
@pytest.mark.skipif(not MIRROR.exists(), reason=f"needs {MIRROR}")
def test_mirror_holds_every_review():
    train, test = read_imdb(MIRROR, "train"), read_imdb(MIRROR, "test")
    # shared/data/README.md: eight of the original 50,000 are left out.
    assert (len(train), sum(review.label for review in train)) == (24_996, 12_498)
    assert (len(test), sum(review.label for review in test)) == (24_996, 12_496)
    assert archive_digest(MIRROR) == "730006187a037ef8320f4bc888ec0f716f8c5cbd857fed7f26dd21bd7079657f"


def test_members_that_were_read_are_not_kept_in_memory(archive):
    """tarfile would keep them all."""
    members = 3000
    write_members(archive, *(file_member(f"aclImdb/train/unsup/{number}_0.txt", "-") for number in range(members)))
    tracemalloc.start()
    try:
        read_imdb(archive, "train")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 200 * members  # a member takes 460 bytes
