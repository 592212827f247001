"""Separators, files without a header, and quotes."""

import pytest

from lit_sentiment.data.delimited import require_separator
from lit_sentiment.data.input_file import InputFile
from lit_sentiment.data.table_file import Table, TableLayout
from lit_sentiment.errors import InputError

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
OTHERS = {"comma": "; nice | one", "semicolon": ", nice | one", "tab": ", nice; one", "bar": ", nice; one"}


def rows(path, content, **layout):
    path.write_bytes(content.encode())
    read = Table(InputFile("`path`", path), TableLayout(**{"label_column": "label", **layout}))
    return [(row.fields.get("text", ""), row.fields.get("label", "")) for row in read]


@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("given", [False, True])
def test_separator_is_found_under_which_the_header_has_the_columns(tmp_path, separator, name, given):
    between, text = SEPARATORS[separator], "good" + OTHERS[separator]
    content = "".join(f"{a}{between}{b}{between}{c}\n" for a, b, c in [("id", "text", "label"), ("7", text, "1")])
    options = {"separator": between} if given else {}
    assert rows(tmp_path / name, content, **options) == [(text, "1")]
    assert rows(tmp_path / name, content, label_column=None, **options) == [(text, "")]


def test_column_alone_is_split_by_the_usual_separator(tmp_path):
    assert rows(tmp_path / "a.csv", "text\ngood; nice\n", label_column=None) == [("good; nice", "")]
    with pytest.raises(InputError, match=r"line 2 .*expected 1 fields as in the header, found 2 separated by ','"):
        rows(tmp_path / "a.csv", "text\ngood, nice\n", label_column=None)


@pytest.mark.parametrize("separator", SEPARATORS)
def test_file_without_a_header_is_read_by_the_names_given(tmp_path, separator):
    between = SEPARATORS[separator]
    content = "".join(
        f'"{label}"{between}"7"{between}"{text}"\n' for label, text in [("0", "bad"), ("4", "good, fine")]
    )
    assert rows(tmp_path / "a.csv", content, columns=("label", "id", "text")) == [("bad", "0"), ("good, fine", "4")]


def test_separator_that_cannot_be_told_is_refused(tmp_path):
    content = "0,bad; really\n1,good; fine\n"
    with pytest.raises(InputError, match=r"rows that fit with each of ',' ';'; name .* `separator`"):
        rows(tmp_path / "a.csv", content, columns=("label", "text"))
    given = rows(tmp_path / "a.csv", content, columns=("label", "text"), separator=",")
    assert given == [("bad; really", "0"), ("good; fine", "1")]


def test_names_given_for_a_file_that_has_a_header_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"line 1 .*expected a row, found the names of the columns; leave out"):
        rows(tmp_path / "a.csv", "Label, text\n1,good\n", columns=("label", "text"))


@pytest.mark.parametrize(
    ("options", "found"),
    [({"columns": ("label", "words")}, "'label', 'words'"), ({"text_column": "5"}, "'label', 'text'")],
)
def test_column_that_no_name_stands_for_is_refused(tmp_path, options, found):
    with pytest.raises(InputError, match=rf"expected one column '\w+', found {found}; name another with `text_column`"):
        rows(tmp_path / "a.csv", "label,text\n1,good\n" if "columns" not in options else "1,good\n", **options)


@pytest.mark.parametrize("separator", ["", ";;", '"', "\n", "comma"])
def test_what_cannot_separate_is_refused(separator):
    with pytest.raises(InputError, match=r"`separator`: expected one character"):
        require_separator(separator)


@pytest.mark.parametrize("written", ["\t", "\\t", "tab"])
def test_tab_can_be_written_in_a_shell(written):
    assert require_separator(written) == "\t"


UNQUOTED = [
    ('"Great" film', "1"),
    ('he said "no"', "0"),
    ('"never closed', "1"),
    ('5" screen', "0"),
]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_unquoted_quotes_of_a_tab_separated_file_are_characters(tmp_path, count):
    content = "text\tlabel\n" + "".join(f"{text}\t{label}\n" for text, label in UNQUOTED[:count])
    with pytest.warns(UserWarning, match="quotes are read as ordinary characters, one row a line"):
        assert rows(tmp_path / "a.tsv", content) == UNQUOTED[:count]


def test_quotes_that_would_run_lines_together_are_characters(tmp_path):
    content = 'text\tlabel\n"Great\t1\nbad\t0\nfine"\t1\n'
    with pytest.warns(UserWarning, match="ordinary characters"):
        assert [text for text, _ in rows(tmp_path / "a.tsv", content)] == ['"Great', "bad", 'fine"']


def test_quoted_fields_of_a_tab_separated_file_are_read_as_such(tmp_path):
    content = 'text\tlabel\n"two\nlines"\t1\n"a ""word"""\t0\n"a\ttab"\t1\n'
    assert rows(tmp_path / "a.tsv", content) == [("two\nlines", "1"), ('a "word"', "0"), ("a\ttab", "1")]
    assert rows(tmp_path / "a.tsv", 'text\n"two\nlines"\n', label_column=None) == [("two\nlines", "")]


def test_broken_quotes_that_neither_reading_fits_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"line 2 .*broken quotes"):
        rows(tmp_path / "a.tsv", 'text\tlabel\n"Great" film\t1\nshort\n')


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.txt"])
def test_text_without_end_is_refused_with_its_line(tmp_path, monkeypatch, name):
    monkeypatch.setattr("lit_sentiment.data.delimited.MAX_TEXT_CHARACTERS", 100)
    monkeypatch.setattr("lit_sentiment.data.table_file.MAX_TEXT_CHARACTERS", 100)
    long = "good " * 50
    contents = {
        "a.csv": f'label,text\n1,fine\n0,"{long}\n',
        "a.tsv": f"label\ttext\n1\tfine\n0\t{long}\n",
        "a.jsonl": f'{{"text": "fine"}}\n\n{{"text": "{long}"}}\n',
        "a.txt": f"fine\n\n{long}\n",
    }
    path = tmp_path / name
    path.write_text(contents[name])
    with pytest.raises(InputError, match=r"line 3 \(`path`\): expected .*at most 100 characters"):
        list(Table(InputFile("`path`", path), TableLayout(), plain_text=True))


def test_line_of_json_without_end_is_refused_before_it_is_parsed(tmp_path, monkeypatch):
    monkeypatch.setattr("lit_sentiment.data.input_text.MAX_LINE_CHARACTERS", 100)
    (tmp_path / "a.jsonl").write_text(f'{{"text": "fine"}}\n{{"text": "{"good " * 50}\n')
    with pytest.raises(InputError, match=r"line 2 .*expected at most 100 characters, found more"):
        list(Table(InputFile("`path`", tmp_path / "a.jsonl"), TableLayout()))
