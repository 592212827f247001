from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lit_sentiment.data.review import Review
from lit_sentiment.data.review_table import ReviewTable
from lit_sentiment.data.split import split_reviews
from lit_sentiment.errors import InputError

REVIEWS = [Review(f"{'good' if number % 2 else 'bad'} item {number}", number % 2) for number in range(11)]
OTHERS = [Review("good lamp", 1), Review("bad lamp", 0), Review("bad, bad lamp", 0)]


def write(path: Path, reviews: list[Review], more: str = "", header: str = "text,label") -> str:
    path.write_text("\n".join([header, *(f'"{text}",{label}' for text, label in reviews), more]))
    return str(path)


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., ReviewTable]:
    def table(**settings: Any) -> ReviewTable:
        tiny = {"vocab_size": 30, "max_length": 4, "validation_fraction": 0.3, "cache_dir": str(tmp_path / "cache")}
        return ReviewTable(**{**tiny, **settings})

    return table


Table = Callable[..., ReviewTable]


def test_validation_is_cut_off_the_one_file(table: Table, tmp_path: Path) -> None:
    data = table(path=write(tmp_path / "own.csv", REVIEWS))
    assert (data.reviews("train"), data.reviews("validation")) == split_reviews(REVIEWS, 0.3)
    assert [len(data.arrays(split).labels) for split in ("train", "validation")] == [7, 4]  # type: ignore[arg-type]


def test_validation_file_is_used_whole_and_in_its_order(table: Table, tmp_path: Path) -> None:
    paths = {"path": write(tmp_path / "a.csv", REVIEWS), "validation_path": write(tmp_path / "b.csv", OTHERS)}
    data = table(**paths)
    assert (data.reviews("train"), data.reviews("validation")) == (REVIEWS, OTHERS)
    assert "lamp" not in data.encoder.words
    assert len(data.arrays("train").labels) == len(REVIEWS)


def test_test_file_is_read_for_test_alone(table: Table, tmp_path: Path) -> None:
    data = table(path=write(tmp_path / "a.csv", REVIEWS), test_path=str(tmp_path / "absent.csv"))
    data.setup("fit")
    with pytest.raises(InputError, match=r"absent\.csv"):
        data.setup("test")
    write(tmp_path / "absent.csv", OTHERS)
    assert data.reviews("test") == OTHERS


def test_missing_options_are_named(table: Table, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--data.path: expected a file of labelled reviews, found none given"):
        table().setup("fit")
    data = table(path=write(tmp_path / "a.csv", REVIEWS))
    with pytest.raises(InputError, match=r"--data.test_path: expected a file of labelled reviews, found none given"):
        data.setup("test")


def test_skipped_rows_are_reported_on_every_use(table: Table, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", REVIEWS, more='"",1\n" ",0\nno label,')
    report = rf"a\.csv: 3 rows left out \(2 without text, 1 without label\), {len(REVIEWS)} used"
    for _ in range(2):  # the second time from the cache
        with pytest.warns(UserWarning, match=report) as caught:
            table(path=path).setup("fit")
        assert len(caught) == 1
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_nothing_is_reported_where_nothing_was_skipped(table: Table, tmp_path: Path, recwarn: Any) -> None:
    table(path=write(tmp_path / "a.csv", REVIEWS)).setup("fit")
    assert list(recwarn) == []


def test_each_file_is_read_once(table: Table, tmp_path: Path) -> None:
    data = table(path=write(tmp_path / "a.csv", REVIEWS))
    data.setup("fit")
    (tmp_path / "a.csv").unlink()
    assert len(data.reviews("train")) == 7


def test_changed_file_is_not_read_from_the_cache(table: Table, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", REVIEWS)
    before = table(path=path).arrays("train")
    write(tmp_path / "a.csv", [review._replace(label=1 - review.label) for review in REVIEWS])
    after = table(path=path).arrays("train")
    assert np.array_equal(after.token_ids, before.token_ids)
    assert np.array_equal(after.labels, 1 - before.labels)


def test_changed_validation_file_is_not_read_from_the_cache(table: Table, tmp_path: Path) -> None:
    paths = {"path": write(tmp_path / "a.csv", REVIEWS), "validation_path": write(tmp_path / "b.csv", OTHERS)}
    assert len(table(**paths).arrays("validation").labels) == 3
    write(tmp_path / "b.csv", OTHERS[:2])
    assert len(table(**paths).arrays("validation").labels) == 2


def test_column_options_reach_the_reader(table: Table, tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    rows = ["body\tstars", *(f"caf\u00e9 {text}\t{'five' if label else 'one'}" for text, label in REVIEWS)]
    path.write_bytes("\n".join(rows).encode("latin-1"))
    options = {"text_column": "body", "label_column": "stars", "positive_labels": ["five"], "encoding": "latin-1"}
    data = table(path=str(path), **options)
    assert sorted(data.reviews("train") + data.reviews("validation")) == sorted(
        Review(f"caf\u00e9 {text}", label) for text, label in REVIEWS
    )
    for option in options:
        with pytest.raises(InputError, match=rf"--data\.{option}"):
            table(path=str(path), **{name: value for name, value in options.items() if name != option}).setup("fit")
