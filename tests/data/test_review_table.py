import os
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lightning import Trainer

from lit_sentiment.data import review_table
from lit_sentiment.data.labelled_table import read_table
from lit_sentiment.data.review import Review, split_reviews
from lit_sentiment.data.review_table import ReviewTable
from lit_sentiment.errors import InputError
from lit_sentiment.models import BaselineLSTM

REVIEWS = [Review(f"{'good' if number % 2 else 'bad'} item {number}", number % 2) for number in range(11)]
OTHERS = [Review("good lamp", 1), Review("bad lamp", 0), Review("bad, bad lamp", 0)]


def write(path, reviews, more="", header="text,label"):
    path.write_text("\n".join([header, *(f'"{text}",{label}' for text, label in reviews), more]))
    return str(path)


@pytest.fixture
def table(tmp_path):
    def table(**settings: Any) -> ReviewTable:
        tiny = {"vocab_size": 30, "max_length": 4, "validation_fraction": 0.3, "cache_dir": str(tmp_path / "cache")}
        return ReviewTable(**{**tiny, **settings})

    return table


Table = Callable[..., ReviewTable]


def test_validation_is_cut_off_the_one_file(table, tmp_path):
    data = table(path=write(tmp_path / "own.csv", REVIEWS))
    assert (data.reviews("train"), data.reviews("validation")) == split_reviews(REVIEWS, 0.3)
    assert [len(data.arrays(split).labels) for split in ("train", "validation")] == [7, 4]  # type: ignore[arg-type]


def test_validation_file_is_used_whole_and_in_its_order(table, tmp_path):
    paths = {"path": write(tmp_path / "a.csv", REVIEWS), "validation_path": write(tmp_path / "b.csv", OTHERS)}
    data = table(**paths)
    assert (data.reviews("train"), data.reviews("validation")) == (REVIEWS, OTHERS)
    assert "lamp" not in data.encoder.words
    assert len(data.arrays("train").labels) == len(REVIEWS)


def test_test_file_is_read_for_test_alone(table, tmp_path):
    data = table(path=write(tmp_path / "a.csv", REVIEWS), test_path=str(tmp_path / "absent.csv"))
    data.setup("fit")
    with pytest.raises(InputError, match=r"absent\.csv"):
        data.setup("test")
    write(tmp_path / "absent.csv", OTHERS)
    assert data.reviews("test") == OTHERS


def test_missing_options_are_named(table, tmp_path):
    with pytest.raises(InputError, match=r"`path`: expected a file of labelled reviews, found none given"):
        table().setup("fit")
    data = table(path=write(tmp_path / "a.csv", REVIEWS))
    with pytest.raises(InputError, match=r"`test_path`: expected a file of labelled reviews, found none given"):
        data.setup("test")


def test_labels_and_skipped_rows_are_said_once_on_every_use(table, tmp_path, capsys):
    path = write(tmp_path / "a.csv", REVIEWS, more='"",1\n" ",0\nno label,')
    for _ in range(2):  # the second time from the cache
        data = table(path=path)
        data.setup("fit")
        data.setup("validate")
        said = [line.split() for line in capsys.readouterr().err.splitlines()]
        assert said == [
            [path, "(`path`):", "11", "reviews"],
            ["label", "became", "rows"],
            ["0", "negative", "6"],
            ["1", "positive", "5"],
            ["(missing)", "left", "out", "1"],
            ["(no", "text)", "left", "out", "2"],
        ]
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_nothing_is_said_where_a_file_is_refused(table, tmp_path, capsys):
    paths = {"path": write(tmp_path / "a.csv", REVIEWS), "validation_path": str(tmp_path / "absent.csv")}
    with pytest.raises(InputError, match=r"absent\.csv \(`validation_path`\): .* as `validation_path`"):
        table(**paths).setup("fit")
    assert capsys.readouterr().err == ""


def test_repeated_validation_reviews_are_warned_of_with_their_count(table, tmp_path):
    paths = {"path": write(tmp_path / "a.csv", REVIEWS), "validation_path": write(tmp_path / "b.csv", OTHERS)}
    write(tmp_path / "b.csv", [*OTHERS, REVIEWS[3], REVIEWS[3], REVIEWS[4]._replace(label=1)])
    for _ in range(2):  # the second time from the cache
        data = table(**paths)
        with pytest.warns(UserWarning, match="^3 of 6 validation reviews also stand in training") as caught:
            data.setup("fit")
        assert len(caught) == 1
    data = table(**paths, drop_duplicates=True)
    data.setup("fit")
    assert (data.reviews("train"), data.reviews("validation")) == (REVIEWS, OTHERS)


def test_duplicates_are_dropped_before_the_split(table, tmp_path, capsys):
    repeated = [*REVIEWS, *REVIEWS[:4], REVIEWS[5]._replace(label=0)]
    for _ in range(2):  # the second time from the cache
        data = table(path=write(tmp_path / "a.csv", repeated), drop_duplicates=True)
        assert (data.reviews("train"), data.reviews("validation")) == split_reviews(REVIEWS, 0.3)
        data.setup("fit")
        assert [len(data.arrays(split).labels) for split in ("train", "validation")] == [7, 4]  # type: ignore[arg-type]
        assert capsys.readouterr().err.splitlines()[-1] == (
            "`drop_duplicates`: 5 reviews left out that repeat another's text; 1 texts have several labels, of which "
            "the first is kept"
        )


def test_test_reviews_that_stand_in_training_are_dropped(table, tmp_path):
    paths = {
        "path": write(tmp_path / "a.csv", REVIEWS),
        "validation_path": write(tmp_path / "b.csv", OTHERS[:1]),
        "test_path": write(tmp_path / "c.csv", [*OTHERS, REVIEWS[2], OTHERS[1]]),
    }
    assert len(table(**paths).arrays("test").labels) == 5
    data = table(**paths, drop_duplicates=True)
    assert data.reviews("test") == OTHERS
    assert data.arrays("test").labels.tolist() == [1, 0, 0]
    write(tmp_path / "a.csv", REVIEWS[3:])  # other training reviews, other test reviews
    assert table(**paths, drop_duplicates=True).arrays("test").labels.tolist() == [1, 0, 0, 0]
    limited = table(**paths, drop_duplicates=True, train_limit=2)
    assert limited.reviews("test") == [*OTHERS, REVIEWS[2]]


def test_validation_that_is_all_in_training_is_refused_when_dropped(table, tmp_path):
    paths = {"path": write(tmp_path / "a.csv", REVIEWS), "validation_path": write(tmp_path / "b.csv", REVIEWS[:3])}
    with pytest.raises(InputError, match=r"`drop_duplicates`: expected validation reviews"):
        table(**paths, drop_duplicates=True).setup("fit")


def test_nothing_is_reported_where_nothing_was_skipped(table, tmp_path, recwarn):
    table(path=write(tmp_path / "a.csv", REVIEWS)).setup("fit")
    assert list(recwarn) == []


def test_each_file_is_read_once(table, tmp_path):
    data = table(path=write(tmp_path / "a.csv", REVIEWS))
    data.setup("fit")
    (tmp_path / "a.csv").unlink()
    assert len(data.reviews("train")) == 7


def test_changed_file_is_not_read_from_the_cache(table, tmp_path):
    path = write(tmp_path / "a.csv", REVIEWS)
    before = table(path=path).arrays("train")
    write(tmp_path / "a.csv", [review._replace(label=1 - review.label) for review in REVIEWS])
    after = table(path=path).arrays("train")
    assert np.array_equal(after.token_ids, before.token_ids)
    assert np.array_equal(after.labels, 1 - before.labels)


def test_changed_validation_file_is_not_read_from_the_cache(table, tmp_path):
    paths = {"path": write(tmp_path / "a.csv", REVIEWS), "validation_path": write(tmp_path / "b.csv", OTHERS)}
    assert len(table(**paths).arrays("validation").labels) == 3
    write(tmp_path / "b.csv", OTHERS[:2])
    assert len(table(**paths).arrays("validation").labels) == 2


STARTS = {
    "binary": {},
    "all classes": {"classes": "all"},
    "limits": {"train_limit": 3},
    "no duplicates": {"drop_duplicates": True},
    "unquoted": {"separator": "tab"},
}


def unreadable(*_, **__):
    raise AssertionError("the table is read")


@pytest.mark.parametrize("start", STARTS)
def test_cached_start_reads_no_table_and_says_the_same_of_it_wherever_it_lies(
    table, tmp_path, capsys, monkeypatch, start
):
    rows = [
        *((f"{text} / {number}", number % 3 % 2) for number, (text, _) in enumerate(REVIEWS)),
        ("twice", 1),
        ("", 0),
    ]

    def begun(folder):
        folder.mkdir()
        write(folder / "a.csv", [*rows, rows[-2]], more='"no label",')
        write(folder / "b.csv", [*OTHERS, rows[-2]])
        if start == "unquoted":
            (folder / "a.csv").write_text("\n".join(["text\tlabel", *(f'"{text}\t{label}' for text, label in rows)]))
        paths = {"path": "a.csv", "validation_path": "b.csv", "test_path": "b.csv"}
        paths = {option: str(folder / name) for option, name in paths.items()}
        if start == "unquoted":
            del paths["validation_path"], paths["test_path"]
        data = table(**paths, **STARTS[start])
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            for stage in ["fit", "test"] if "test_path" in paths else ["fit"]:
                data.setup(stage)
        said = capsys.readouterr().err.replace(str(folder), "FOLDER"), [str(one.message) for one in warned]
        return said, data.class_names, [array.tolist() for array in data.arrays("train")]

    cold = begun(tmp_path / "here")
    assert "FOLDER/a.csv (`path`)" in cold[0][0]
    assert ("ordinary characters" in cold[0][0]) == (start == "unquoted")
    for reader in ("read_table", "labels_in"):
        monkeypatch.setattr(review_table, reader, unreadable)
    assert begun(tmp_path / "there") == cold
    with pytest.raises(AssertionError, match="the table is read"):
        table(path=write(tmp_path / "c.csv", rows[1:]), **STARTS[start]).setup("fit")


@pytest.mark.parametrize(
    "options", [{"classes": ["negative", "positive"]}, {"ignored_labels": "nil"}, {"positive_labels": 2}]
)
def test_cache_does_not_hide_that_labels_mean_something_else(table, tmp_path, options):
    path = write(tmp_path / "a.csv", [*REVIEWS, ("more", "positive"), ("less", "negative")])
    table(path=path).setup("fit")
    with pytest.raises(InputError, match=r"found '0'|expected the label"):
        table(path=path, **options).setup("fit")


def test_table_that_is_changed_while_it_is_read_is_refused(table, tmp_path, monkeypatch):
    data = table(path=write(tmp_path / "a.csv", REVIEWS))

    def read_and_change(*args, **kwargs):
        result = read_table(*args, **kwargs)
        write(tmp_path / "a.csv", REVIEWS[1:])
        return result

    monkeypatch.setattr(review_table, "read_table", read_and_change)
    with pytest.raises(InputError, match=r"a\.csv \(`path`\): expected the file as it was .*, found another content"):
        data.setup("fit")
    assert not (tmp_path / "cache").exists()


def test_pipe_is_refused_before_it_is_waited_for(table, tmp_path):
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(
        InputError, match=r"a\.csv \(`path`\): expected a file, found a pipe, which can be read only once"
    ):
        table(path=str(tmp_path / "a.csv")).setup("fit")


def test_column_options_reach_the_reader(table, tmp_path):
    path = tmp_path / "a.tsv"
    rows = ["body\tstars", *(f"caf\u00e9 {text}\t{'five' if label else 'one'}" for text, label in REVIEWS)]
    path.write_bytes("\n".join(rows).encode("latin-1"))
    options = {"text_column": "body", "label_column": "stars", "positive_labels": ["five"], "encoding": "latin-1"}
    data = table(path=str(path), **options)
    assert sorted(data.reviews("train") + data.reviews("validation")) == sorted(
        Review(f"caf\u00e9 {text}", label) for text, label in REVIEWS
    )
    for option in options:
        with pytest.raises(InputError, match=rf"`{option}`"):
            table(path=str(path), **{name: value for name, value in options.items() if name != option}).setup("fit")


CLASSED = [Review(f"{word} item {number}", label) for number in range(4) for label, word in enumerate(("a", "b", "c"))]


def test_each_order_of_classes_has_arrays_of_its_own(table, tmp_path):
    path = write(tmp_path / "a.csv", [(text, "xyz"[label]) for text, label in CLASSED])
    for classes, expected in (("all", [0, 1, 2]), (["x", "y", "z"], [0, 1, 2]), (["z", "x", "y"], [1, 2, 0])):
        data = table(path=path, validation_path=path, classes=classes)
        assert data.class_names == [name for _, name in sorted(zip(expected, "xyz", strict=True))]
        assert data.arrays("train").labels.tolist() == expected * 4
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_chance_is_the_share_of_the_commonest_class(table, tmp_path):
    path = write(tmp_path / "a.csv", [(text, "xyz"[label]) for text, label in [*CLASSED, ("more", 2), ("most", 2)]])
    assert table(path=path, validation_path=path, classes="all").arrays("train").chance == 6 / 14


def test_class_that_validation_lacks_is_said(table, tmp_path, capsys):
    rows = [(text, "xyz"[label]) for text, label in CLASSED]
    few = write(tmp_path / "b.csv", [("new", "x"), ("newer", "z")])
    paths = {"path": write(tmp_path / "a.csv", rows), "validation_path": few}
    table(**paths, classes="all").setup("fit")
    assert "The validation reviews lack a class: 'y'\n" in capsys.readouterr().err
    table(**paths, classes=["x", "y", "z"], validation_limit=1).setup("fit")
    assert "The validation reviews lack a class: 'y', 'z'\n" in capsys.readouterr().err


def test_checkpoint_keeps_all_classes_as_a_list_and_other_classes_are_refused(table, tmp_path):
    path = write(tmp_path / "a.csv", [(text, "xyz"[label]) for text, label in CLASSED])
    data = table(path=path, classes="all")
    state = data.state_dict()
    assert state["class_names"] == state["init_args"]["classes"] == ["x", "y", "z"]
    assert data.hparams["classes"] == "all"
    table(path=path, classes=["X", "y", "z"]).load_state_dict(state)
    with pytest.raises(InputError, match=r"trained on, 'x', 'y', 'z', found 'y', 'x', 'z'; give those as `classes`"):
        table(path=path, classes=["y", "x", "z"]).load_state_dict(state)


def test_plain_trainer_refuses_a_model_of_another_number_of_classes(table, tmp_path):
    data = table(path=write(tmp_path / "a.csv", [(text, "xyz"[label]) for text, label in CLASSED]), classes="all")
    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    trainer = Trainer(accelerator="cpu", max_epochs=1, **quiet)
    with pytest.raises(InputError, match=r"expected 2 classes, as BaselineLSTM has, found 3 \('x', 'y', 'z'\)"):
        trainer.fit(BaselineLSTM(vocab_size=data.vocab_size, embedding_dim=3, units=4), data)


def test_label_that_is_no_class_is_refused(table, tmp_path, monkeypatch):
    data = table(path=write(tmp_path / "a.csv", REVIEWS))
    monkeypatch.setattr(data, "read_training_reviews", lambda: ([*REVIEWS, Review("odd", 2)], REVIEWS))
    with pytest.raises(InputError, match=r"--data: expected labels from 0 to 1, found 2"):
        data.arrays("train")


CACHED_ROWS = (
    "text,other,label,own\nGood film,Bad,1,a\nbad film,fine,0,b\ngood film,Odd,1,b\nodd,odd,0,a\na caf\xe9,x,1,c\n"
)
SETTINGS = {
    "text_column": ["text", "other"],
    "label_column": ["label", "own"],
    "positive_labels": [None, "a", "1", ["1", "b"]],
    "negative_labels": [None, "b"],
    "ignored_labels": [None, "c"],
    "classes": [None, "all", ["b", "a", "c"], ["a", "b", "c"]],
    "encoding": ["utf-8", "latin-1"],
    "vocab_size": [9, 30],
    "max_length": [2, 3],
    "tokenizer": ["keras", "basic_english"],
    "ids": ["imdb", "tokenizer", "text_vectorization"],
    "padding": ["pre", "post"],
    "truncating": ["pre", "post"],
    "validation_fraction": [0.2, 0.5],
    "train_limit": [None, 2],
    "validation_limit": [None, 1],
    "drop_duplicates": [False, True],
    "rows": [CACHED_ROWS, CACHED_ROWS.replace("odd", "good")],
}
SIZES = {"vocab_size": 30, "max_length": 3, "tokenizer": "keras"}
WITHOUT_EFFECT = {"batch_size": 2, "randomness": "torch"}


def found_with(folder, settings, **more):
    """What a table gives in its cache, or its refusal."""
    settings = dict(settings)
    (folder / "cached.csv").write_text(settings.pop("rows", CACHED_ROWS), encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            data = ReviewTable(path=str(folder / "cached.csv"), **{**SIZES, **settings, **more})
            arrays = [array.tolist() for split in ("train", "validation") for array in data.arrays(split)]
        except InputError as refusal:
            return str(refusal)
        return arrays, data.encoder.words, data.class_names, data.notes


CHANGES = st.lists(
    st.sampled_from([(name, value) for name, values in SETTINGS.items() for value in values]), max_size=3
)


@given(st.lists(CHANGES.map(dict), min_size=2, max_size=4))
def test_cache_never_gives_what_other_settings_made(tmp_path_factory, several):
    """Each of several tables in one cache is what it is without; and what changes nothing needs no other file."""
    folder = tmp_path_factory.mktemp("tables")
    shared = {"cache_dir": str(folder / "shared")}
    for number, settings in enumerate(several):
        alone = found_with(folder, settings, cache_dir=str(folder / str(number)))
        assert found_with(folder, settings, **shared) == alone
        before = sorted((folder / "shared").glob("*"))
        assert found_with(folder, settings, **shared, **WITHOUT_EFFECT) == alone
        assert sorted((folder / "shared").glob("*")) == before
