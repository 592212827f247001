import csv
import gzip
import io
import json
import re
import warnings
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lit_sentiment.data import labelled_table
from lit_sentiment.data.input_file import InputFile
from lit_sentiment.data.labels import LabelRule
from lit_sentiment.data.review import Review
from lit_sentiment.data.table_file import Table, TableLayout
from lit_sentiment.errors import InputError

FILMS = [Review("Lovely, all of it.", 1), Review('He said "no".\nI agree.', 0), Review("Dull", 0)]
CSV_FILMS = 'id,text,label\n7,"Lovely, all of it.",1\n8,"He said ""no"".\nI agree.",0\n9,Dull,0\n'


class Labelled(NamedTuple):
    reviews: list[Review]
    rows_without_text: int
    rows_without_label: int


def read_table(path, positive_labels=None, **layout):
    file, rule = InputFile("`path`", path), LabelRule(positive_labels)
    reviews, counts = labelled_table.read_table(file, TableLayout(**{"label_column": "label", **layout}), rule, True)
    return Labelled(reviews, counts.rows_without_text, counts.rows_left_out)


def read_texts(path, **layout):
    return [row.text for row in Table(InputFile("`path`", path), TableLayout(**layout), plain_text=True)]


def write(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def write_json_lines(tmp_path, *rows):
    return write(tmp_path, "films.jsonl", "".join(json.dumps(row) + "\n" for row in rows))


def refusal(path, **options):
    with pytest.raises(InputError) as caught:
        read_table(path, **options)  # type: ignore[arg-type]
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return message


def test_quoted_separators_line_ends_and_quotes_are_text(tmp_path):
    assert read_table(write(tmp_path, "films.csv", CSV_FILMS)) == Labelled(FILMS, 0, 0)


def test_each_format_gives_the_same_reviews(tmp_path):
    tsv = 'label\ttext\n1\tLovely, all of it.\n0\t"He said ""no"".\nI agree."\n0\tDull\n'
    lines = "".join(json.dumps({"text": text, "label": label}) + "\n\n" for text, label in FILMS)
    for name, content in [("a.tsv", tsv), ("b.jsonl", lines), ("c.NDJSON", lines), ("d.Csv", CSV_FILMS)]:
        assert read_table(write(tmp_path, name, content)).reviews == FILMS, name


def test_blank_lines_are_no_rows(tmp_path):
    lines = '\n  \n{"text": "a", "label": 1}\n\n{"text": "b", "label": 0}\n\t\n'
    for name, content in [("a.csv", "\n\ntext,label\na,1\n\nb,0\n\n"), ("b.jsonl", lines)]:
        assert read_table(write(tmp_path, name, content)) == Labelled([Review("a", 1), Review("b", 0)], 0, 0), name


def test_windows_line_ends_stay_inside_quotes_only(tmp_path):
    path = write(tmp_path, "films.csv", 'text,label\r\n"one\r\ntwo",1\r\nthree,0\r\n')
    assert read_table(path).reviews == [Review("one\r\ntwo", 1), Review("three", 0)]
    path = write(tmp_path, "films.jsonl", '{"text": "a\u2028b", "label": 1}\r\n{"text": "c", "label": 0}\r\n')
    assert read_table(path).reviews == [Review("a\u2028b", 1), Review("c", 0)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encoding_is_as_named_and_a_byte_order_mark_is_no_text(tmp_path, encoding):
    path = write(tmp_path, "films.csv", "text,label\ncaf\u00e9,1\nbar,0\n".encode(encoding))
    assert read_table(path, encoding=encoding).reviews == [Review("caf\u00e9", 1), Review("bar", 0)]
    path = write(tmp_path, "marked.csv", b"\xef\xbb\xbftext,label\ncaf\xc3\xa9,1\nbar,0\n")
    assert read_table(path).reviews[0] == Review("caf\u00e9", 1)


def test_long_reviews_are_read(tmp_path):
    text = "good " * 40_000  # beyond the 131,072 characters that csv allows by default
    assert read_table(write(tmp_path, "films.csv", f"text,label\n{text},1\nbad,0\n")).reviews[0].text == text


@pytest.mark.parametrize("label", ["1", " true", "TRUE", "positive", "Pos ", "1.0"])
def test_words_for_positive(tmp_path, label):
    assert [
        review.label for review in read_table(write(tmp_path, "a.csv", f"text,label\na,{label}\nb,0\n")).reviews
    ] == [1, 0]


@pytest.mark.parametrize("label", ["0", "false ", "False", "NEGATIVE", " neg", "0.0"])
def test_words_for_negative(tmp_path, label):
    assert [
        review.label for review in read_table(write(tmp_path, "a.csv", f"text,label\na,{label}\nb,1\n")).reviews
    ] == [0, 1]


def test_json_numbers_and_booleans_are_labels(tmp_path):
    labels = [1, 0, 1.0, 0.0, True, False, "pos"]
    path = write_json_lines(tmp_path, *({"text": "x", "label": label} for label in labels))
    assert [review.label for review in read_table(path).reviews] == [1, 0, 1, 0, 1, 0, 1]


def test_columns_are_as_named(tmp_path):
    path = write(tmp_path, "films.csv", "text,review,stars,label\nx,Fine,1,y\nx,Poor,0,y\n")
    table = read_table(path, text_column="review", label_column="stars")
    assert table.reviews == [Review("Fine", 1), Review("Poor", 0)]


def test_own_positive_labels_leave_the_rest_negative(tmp_path):
    path = write(tmp_path, "films.csv", "text,label\na,4 stars\nb,1 star\nc,5 Stars\nd,2 stars\ne,\n")
    table = read_table(path, positive_labels=["5 stars ", "4 stars"])
    assert table == Labelled([Review("a", 1), Review("b", 0), Review("c", 1), Review("d", 0)], 0, 1)


def test_own_positive_label_that_never_occurs_is_refused(tmp_path):
    path = write(tmp_path, "films.csv", "text,label\na,good\nb,poor\nc,bad\nd,good\n")
    message = refusal(path, positive_labels=["good", "great"])
    assert "expected the label 'great', found 'bad', 'good', 'poor'; correct `positive_labels`" in message


def test_rows_without_text_or_label_are_counted(tmp_path):
    path = write(tmp_path, "films.csv", 'text,label\na,1\n ,1\n"",0\n,\nb,\nc,0\nd\n\n')
    assert read_table(path) == Labelled([Review("a", 1), Review("c", 0)], 3, 2)
    rows = [{"text": "a", "label": 1}, {"text": None, "label": 0}, {"label": 0}, {"text": " \n", "label": 1}]
    rows += [{"text": "b", "label": None}, {"text": "c"}, {"text": "d", "label": ""}, {"text": "e", "label": False}]
    assert read_table(write_json_lines(tmp_path, *rows)) == Labelled([Review("a", 1), Review("e", 0)], 3, 3)


def test_unknown_label_is_refused_with_its_line(tmp_path):
    message = refusal(write(tmp_path, "films.csv", 'text,label\n"a\nb",1\n\nc,meh\n'))
    assert "line 5 (`path`): expected one of the labels 1, true, pos, positive, 0, false, neg, negative" in message
    assert "found 'meh'" in message
    assert "`positive_labels`" in message
    message = refusal(write_json_lines(tmp_path, {"text": "a", "label": 0}, {"text": "b", "label": 2}))
    assert "line 2 (`path`):" in message
    assert "found '2'" in message


@pytest.mark.parametrize("label", [[1], {"is": 1}])
def test_nested_label_is_refused(tmp_path, label):
    path = write_json_lines(tmp_path, {"text": "a", "label": 0}, {"text": "b", "label": label})
    assert "line 2 (`path`): expected one label in 'label'" in refusal(path, positive_labels=["0"])


def test_labels_of_one_class_are_refused(tmp_path):
    path = write(tmp_path, "films.csv", "text,label\na,0\nb,0\nc,0\n")
    message = refusal(path)
    assert "found 0 positive and 3 negative" in message
    assert "`label_column`" in message
    assert "found 3 positive and 0 negative" in refusal(path, positive_labels=["0"])


def test_file_without_usable_rows_is_refused(tmp_path):
    message = refusal(write(tmp_path, "films.csv", "text,label\n,0\n,1\nc,\n"))
    assert "found 2 rows without text and 1 without label" in message
    assert "rows below the header, found none" in refusal(write(tmp_path, "films.csv", "text,label\n"))


def test_missing_column_is_refused_with_those_that_exist(tmp_path):
    path = write(tmp_path, "films.csv", "review,label\na,1\n")
    assert "expected one column 'text', found 'review', 'label'; name another with `text_column`" in refusal(path)
    message = refusal(path, text_column="review", label_column="stars")
    assert "expected one column 'stars', found 'review', 'label'; name another with `label_column`" in message
    assert "`columns`" in message
    path = write_json_lines(tmp_path, {"review": "a"}, {"stars": 1})
    assert "expected one column 'text', found 'review', 'stars';" in refusal(path)


def test_columns_are_shown_short(tmp_path):
    header = ",".join(f'"{number}\n{"long " * 50}"' for number in range(15))
    message = refusal(write(tmp_path, "films.csv", f"{header}\n"))
    assert "'11\\nlong" in message
    assert "'12\\nlong" not in message
    assert "and 3 more" in message
    assert len(message) < 700


def test_column_given_twice_is_refused_unless_unused(tmp_path):
    path = write(tmp_path, "films.csv", "text,id,text,id,label\na,1,b,2,1\nc,3,d,4,0\n")
    assert "expected one column 'text', found it more than once" in refusal(path)
    path = write(tmp_path, "films.csv", "text,id,id,label\na,1,2,1\nc,3,4,0\n")
    assert read_table(path).reviews == [Review("a", 1), Review("c", 0)]


def test_row_with_too_many_fields_is_refused_with_its_line(tmp_path):
    message = refusal(write(tmp_path, "films.csv", 'text,label\n"a\nb\nc",1\nd,0\ne, f,0\n'))
    assert "line 6 (`path`): expected 2 fields as in the header, found 3 separated by ','" in message


@pytest.mark.parametrize("content", ['"never closed,1\nc,0\n', '"a "quoted" word",1\nc,0\n'])
def test_broken_quotes_are_refused_with_their_line(tmp_path, content):
    message = refusal(write(tmp_path, "films.csv", f'text,label\n"x\ny",1\n{content}'))
    assert "line 4 (`path`): expected a row of fields, found broken quotes" in message


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('{"text": "b", "label": }', "no JSON (Expecting value at column 24)"),
        ('["b", 1]', "['b', 1]"),
        ("[" * 100_000, "no JSON (maximum recursion depth"),
        ("9" * 5_000, "no JSON (Exceeds the limit"),
    ],
)
def test_line_that_is_no_json_object_is_refused(tmp_path, line, found):
    message = refusal(write(tmp_path, "films.jsonl", f'{{"text": "a", "label": 1}}\n\n{line}\n'))
    assert f"line 3 (`path`): expected a JSON object, found {found}" in message


@pytest.mark.parametrize("text", [3, True, ["a"], "\ud83d alone"])
def test_json_text_that_is_no_string_is_refused(tmp_path, text):
    path = write_json_lines(tmp_path, {"text": "a", "label": 0}, {"text": text, "label": 1})
    message = refusal(path)
    assert "line 2 (`path`): expected text in 'text', found" in message
    assert "`text_column`" in message


def test_bytes_outside_the_encoding_are_refused_with_their_offset(tmp_path):
    content = b"text,label\ncaf\xe9,1\n"
    message = refusal(write(tmp_path, "films.csv", content))
    assert "expected utf-8 text, found byte 0xe9 at byte offset 14; name its encoding with `encoding`" in message
    path = write(tmp_path, "films.csv", b"\xef\xbb\xbf" + content)
    for encoding in ("utf-8", "utf-8-sig"):
        assert "byte 0xe9 at byte offset 17" in refusal(path, encoding=encoding)


@pytest.mark.parametrize("encoding", ["utf-7000", "hex", "undefined"])
def test_unknown_encoding_is_refused(tmp_path, encoding):
    message = refusal(write(tmp_path, "films.csv", CSV_FILMS), encoding=encoding)
    assert f"found {encoding!r}; correct `encoding`" in message


def test_nul_is_refused_with_its_line(tmp_path):
    message = refusal(write(tmp_path, "films.csv", "text,label\na,1\nb\0c,0\n"))
    assert "line 3 (`path`): expected text, found a NUL character" in message
    assert "`encoding`" in message


def test_file_that_cannot_be_read_is_refused(tmp_path):
    assert "found no such file or directory; give another file as `path`" in refusal(tmp_path / "absent.csv")
    (tmp_path / "folder.csv").mkdir()
    assert "found a folder; give another file as `path`" in refusal(tmp_path / "folder.csv")
    assert "found an empty file; give another file as `path`" in refusal(write(tmp_path, "films.csv", ""))
    for blank in ("\n\n", "\ufeff\n"):
        assert "expected one column 'text', found none" in refusal(write(tmp_path, "films.csv", blank))


@pytest.mark.parametrize("name", ["films.xlsx", "films.txt", "films"])
def test_other_formats_are_refused(tmp_path, name):
    message = refusal(write(tmp_path, name, CSV_FILMS))
    assert (
        f"expected a file named .csv, .tsv, .json, .jsonl, .ndjson (or those with .gz), found {Path(name).suffix!r}"
        in message
    )


def test_texts_match_rows_one_to_one(tmp_path):
    texts = ["one", "", "two\nlines", " "]
    csv_file = write(tmp_path, "texts.csv", 'id,text\n1,one\n2\n3,"two\nlines"\n4, \n')
    json_file = write_json_lines(tmp_path, {"text": "one"}, {"id": 2}, {"text": "two\nlines"}, {"text": " "})
    assert read_texts(csv_file) == texts
    assert read_texts(json_file) == texts
    assert read_texts(write(tmp_path, "texts.tsv", "review\na\n"), text_column="review") == ["a"]


def test_each_line_of_plain_text_is_a_text(tmp_path):
    path = write(tmp_path, "texts.TXT", "caf\u00e9, one\r\n\n two\u2028three \nlast".encode("utf-16"))
    assert read_texts(path, encoding="utf-16") == ["caf\u00e9, one", "", " two\u2028three ", "last"]
    assert read_texts(write(tmp_path, "texts.txt", "\ufeffone\n\n")) == ["one", ""]


def test_texts_are_refused_as_tables_are(tmp_path):
    with pytest.raises(InputError, match=r"\.jsonl, \.ndjson, \.txt \(or those with \.gz\), found '\.pdf'"):
        read_texts(write(tmp_path, "texts.pdf", "one"))
    with pytest.raises(InputError, match=r"found an empty file"):
        read_texts(write(tmp_path, "texts.txt", ""))
    with pytest.raises(InputError, match=r"texts\.csv, line 3 \(`path`\): expected 1 fields"):
        read_texts(write(tmp_path, "texts.csv", "text\none\ntwo, three\n"))
    with pytest.raises(InputError, match=r"films\.jsonl, line 1 \(`path`\): expected text in 'text', found 3"):
        read_texts(write_json_lines(tmp_path, {"text": 3}))


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
AWKWARD = st.text(st.sampled_from("\"',;|\t\r\n \u2028\ufeffa\xe9=[{\\"), max_size=8)
TABLES = st.lists(st.tuples(TEXTS | AWKWARD, st.sampled_from("01")), min_size=1, max_size=6)
STYLES = st.sampled_from([{}, {"quoting": csv.QUOTE_ALL, "lineterminator": "\n"}])
LINE_ENDS = re.compile("\r\n|\r|\n")


def as_csv(rows, delimiter, **style):
    table = io.StringIO()
    csv.writer(table, delimiter=delimiter, **style).writerows([("text", "label"), *rows])
    return table.getvalue()


def as_json(rows, ascii_alone):
    return [json.dumps({"text": text, "label": label}, ensure_ascii=ascii_alone) for text, label in rows]


@given(TABLES, st.sampled_from(",;\t|"), STYLES, st.booleans())
def test_what_csv_writes_comes_back_with_its_lines(tmp_path, rows, delimiter, style, packed):
    if delimiter == "\t":  # lines of a tab and a quote each may as well be rows without quoting, and are read as such
        rows = [(text.replace("\n", " ").replace("\r", " "), label) for text, label in rows]
    content = as_csv(rows, delimiter, **style).encode()
    path = write(tmp_path, "a.csv.gz" if packed else "a.tsv", gzip.compress(content, 1) if packed else content)
    read = list(Table(InputFile("`path`", path), TableLayout(label_column="label")))
    assert [(row.text, row.fields["label"]) for row in read] == rows
    lines = [2 + sum(1 + len(LINE_ENDS.findall(text)) for text, _ in rows[:count]) for count in range(len(rows))]
    assert [row.where for row in read] == [f"line {line}" for line in lines]


@given(TABLES, st.booleans(), st.booleans())
def test_what_json_writes_comes_back_with_its_places(tmp_path, rows, ascii_alone, is_array):
    objects = as_json(rows, ascii_alone)
    content = f"[{','.join(objects)}]" if is_array else "".join(f"{one}\n" for one in objects)
    read = list(Table(InputFile("`path`", write(tmp_path, "a.json", content)), TableLayout(label_column="label")))
    assert [(row.text, row.fields["label"]) for row in read] == rows
    place = "item" if is_array else "line"
    assert [row.where for row in read] == [f"{place} {number}" for number in range(1, len(rows) + 1)]


@given(TABLES, st.sampled_from(["csv", "tsv", "jsonl", "json", "csv.gz", "txt"]), st.integers(0), st.binary(max_size=6))
def test_damaged_table_is_read_or_refused(tmp_path, rows, kind, place, noise):
    """With another exception this fails; that a text is not lost in silence is what the two tests above show."""
    content = as_csv(rows, "\t" if kind == "tsv" else ",") if "sv" in kind else "\n".join(as_json(rows, True))
    whole = gzip.compress(content.encode(), 1) if kind.endswith("gz") else content.encode()
    place %= len(whole) + 1
    damaged = whole[:place] + noise + (whole[place + len(noise) :] if noise else b"")
    path = write(tmp_path, f"a.{kind}", damaged)
    with warnings.catch_warnings(), suppress(InputError):
        warnings.simplefilter("ignore")
        list(Table(InputFile("`path`", path), TableLayout(kept=True), plain_text=True))
        read_table(path)
