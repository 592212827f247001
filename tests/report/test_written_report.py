"""The page and the text of a report, above all that no review becomes a part of them."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from lit_sentiment.models.linear_baseline import LinearBaseline, LinearFit
from lit_sentiment.report.dose_response import RESPONSES, dose_responses
from lit_sentiment.report.findings import EPOCH_COUNTS, FIGURES, Finding
from lit_sentiment.report.judgements import Mistake, RunJudgements
from lit_sentiment.report.keras_agreement import keras_agreements
from lit_sentiment.report.written_report import LONGEST_TEXT, table_cell, write_report

CURVES = {
    "loss": [0.7, 0.5, 0.25],
    "accuracy": [0.5, 0.75, 0.875],
    "val_loss": [0.6, 0.5, 0.75],
    "val_accuracy": [0.5, 0.8, 0.7],
}
LINEAR = LinearBaseline([LinearFit(1.0, 0.3, 0.9, 0.4, 0.8), LinearFit(10.0, 0.1, 1.0, 0.5, 0.7)])
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
"""What a data: URI of Markdown has to carry; no reader looks into it here."""
HOSTILE = [
    "<script>alert(1)</script>",
    "</td></tr></table><img src=x onerror=alert(1)>",
    "a | b || c |",
    "`code` and ```fence``` and ` one",
    "first line\nsecond\r\n\n# heading\n\n```\nfence\n```",
    "![x](http://example.com/x.png)",
    "[click](javascript:alert(1)) <javascript:alert(1)>",
    "<https://example.com> https://example.com www.example.com me@example.com",
    "[x]: http://example.com 'x'\n[x]",
    'it\'s "quoted" & &amp; &lt;b&gt; &#60;b&#62;',
    "\\* \\| *a* _b_ __c__ ~~d~~ $x$ {{ name }} {% raw %} :smile:",
    "ends with a backslash \\",
    "- item + 1. one > quote === --- ***",
    "<!-- comment --> <![CDATA[x]]> <?php x ?>",
    "naïve café 😀 \u202egnp.exe",
    "",
]


class Page(HTMLParser):
    """The elements of a page, the texts of its cells, and of all else."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.cells, self.rows, self.text = [], [], [], ""
        self._in_cell = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        self._in_cell = tag in ("td", "th")
        if self._in_cell:
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        self._in_cell = self._in_cell and tag not in ("td", "th")

    def handle_data(self, data):
        self.text += data
        if self._in_cell:
            self.rows[-1][-1] += data

    @property
    def tags(self):
        return [tag for tag, _ in self.elements]


@pytest.fixture
def write(tmp_path, group, judgement):
    """Write a report and return the page and the text."""

    def write(mistakes=(), title="BaselineLSTM", name="a study", keras=None, seeds=2, left_out=(), option=None):
        groups = [group([CURVES] * seeds, keras, title=title)]
        doses = (1, option) if option else ()
        varied = [replace(groups[0], base=title, varied={option: dose}) for dose in doses]
        best, last = judgement([0.8, 0.4, 0.3], [1, 1, 0]), judgement([0.9, 0.1, 0.2], [1, 1, 0])
        judged = [RunJudgements(run.history, 0.5, best, last) for run in groups[0].runs]
        (tmp_path / "report").mkdir(exist_ok=True)
        pictures = dict.fromkeys(("curves", "reliability", "varied_0"), lambda path: path.write_bytes(PNG))
        contents = {
            "name": name,
            "command": "report runs/study",
            "left_out": left_out,
            "groups": groups,
            "findings": [Finding(title, judged, [Mistake(text, 0, 0.99, seeds, 1) for text in mistakes], LINEAR)],
            "epoch_counts": EPOCH_COUNTS,
            "figures": FIGURES,
            "calibration_bins": 15,
            "agreements": keras_agreements(groups, 0.02, 0.01),
            "outcomes": [{"torch": "2.0", "lightning": "2.1"}, {"torch": "2.0", "lightning": "2.2"}],
            "platform": "Linux",
            "responses": dose_responses(varied),
            "response_figures": RESPONSES,
            "verdicts": {title: "overfitting 2"},
        }
        write_report(tmp_path, "report", contents, pictures)
        return Page((tmp_path / "report.html").read_text()), (tmp_path / "report.md").read_text()

    return write


def test_hostile_reviews_are_shown_as_they_are(write):
    page, text = write(HOSTILE)
    shown = [row[3] for row in page.rows if row[0] == "negative"]
    assert shown == [" ".join(review.split()) for review in HOSTILE]
    assert {len(row) for row in page.rows if row[0] == "negative"} == {4}
    assert len([line for line in text.splitlines() if line.startswith("| negative |")]) == len(HOSTILE)


def test_hostile_reviews_add_no_element_to_the_page(write):
    harmless, _ = write(["word"] * len(HOSTILE))
    page, _ = write(HOSTILE)
    assert page.elements == harmless.elements
    assert not {"script", "a", "iframe", "object", "svg", "link", "base", "form"} & set(page.tags)
    assert all(not name.startswith("on") for _, attributes in page.elements for name in attributes)


def test_page_of_raw_reviews_would_be_caught(write, monkeypatch):
    monkeypatch.setattr("lit_sentiment.report.written_report.table_cell", lambda text: " ".join(text.split()))
    page, _ = write(HOSTILE)
    assert {"script", "a"} <= set(page.tags)


@pytest.mark.parametrize(
    "name", ["<script>x</script>", "a|b", "**bold** _a_", "x\ny", "l2_early_stopping", "it's & so"]
)
def test_names_of_folders_are_shown_as_they_are(write, name):
    page, _ = write(["word"], title=name, name=name, left_out=[name, "other"])
    line = " ".join(name.split())
    assert page.tags == write(["word"], left_out=["one", "other"])[0].tags
    assert f"Study: {line}\n" in page.text
    assert f"Left out: {line}" in page.text
    assert ["", line] in page.rows


@pytest.mark.parametrize("option", ["<b>x</b>", "a|b", "**bold**"])
def test_varied_options_are_shown_as_they_are(write, option):
    page, text = write(title="a|<i>", option=option)
    assert page.tags == write(title="one", option="model.l2")[0].tags
    assert f"What does {option} change?" in page.text
    assert ["a|<i>", *RESPONSES, "verdicts"] in page.rows
    assert [option, "0.500", "0.250", "0.500", "2.0", "overfitting 2"] in [
        [cell.partition(" ±")[0] for cell in row] for row in page.rows
    ]
    assert "report/varied_0.png" in text


def test_page_holds_its_pictures_and_refers_to_nothing_outside(write, tmp_path):
    page, _ = write(HOSTILE)
    images = [attributes for tag, attributes in page.elements if tag == "img"]
    assert [set(image) for image in images] == [{"alt", "src"}] * 2
    assert all(image["src"].startswith("data:image/png;base64,") for image in images)
    assert not any(re.match(r"https?:|//", str(value)) for _, attrs in page.elements for value in attrs.values())
    assert not any(name in ("href", "srcset", "action") for _, attrs in page.elements for name in attrs)
    assert "url(" not in (tmp_path / "report.html").read_text()


def test_page_allows_no_script_and_no_request(write):
    page, _ = write()
    (policy,) = [attrs["content"] for tag, attrs in page.elements if "http-equiv" in attrs]
    assert ("meta", {"http-equiv": "Content-Security-Policy", "content": policy}) in page.elements
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_pictures_of_the_text_are_there(write, tmp_path):
    _, text = write()
    paths = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)
    assert paths == ["report/curves.png", "report/reliability.png"]
    assert all((tmp_path / path).exists() for path in paths)


def test_page_and_text_have_the_same_tables(write):
    page, text = write(["one", "two", "three"])
    assert ["", "BaselineLSTM"] in page.rows
    assert ["best epoch", "2.0 ± 0.0"] in page.rows
    assert ["val_loss, last epoch", "0.750 ± 0.000"] in page.rows
    assert "| val_loss, last epoch | 0.750 ± 0.000 |" in text
    figures = [row[0] for row in page.rows if row[0] in {**EPOCH_COUNTS, **FIGURES}]
    assert figures == [*EPOCH_COUNTS, *FIGURES]
    rules = [line for line in text.splitlines() if line.startswith("| --- |")]
    assert len(rules) == page.tags.count("table") == 2
    assert len([line for line in text.splitlines() if line.startswith("|")]) - len(rules) == len(page.rows)


def test_agreement_with_keras_is_a_table_where_there_is_a_reference(write):
    page, _ = write(keras=[CURVES, CURVES])
    (row,) = [row for row in page.rows if row[1:2] == ["smallest val_loss"]]
    assert row[2:] == ["2", "+0.00000", "+0.00000 to +0.00000", "0.02", "all equal", "equivalent"]
    assert "BaselineLSTM: in 2 of 2 runs every curve is as close to Keras" in page.text
    without, _ = write()
    assert "No Keras reference is recorded for these trainings" in without.text


def test_single_seed_has_no_intervals(write):
    page, text = write(["one"], seeds=1, keras=[CURVES])
    (row,) = [row for row in page.rows if row[1:2] == ["smallest val_loss"]]
    assert row[2:] == ["1", "+0.00000", "", "0.02", "", "one seed says nothing"]
    assert "±" not in text
    assert "nan" not in text


def test_versions_are_named_once(write):
    page, _ = write()
    assert "torch 2.0, lightning 2.1, 2.2; the report on Linux." in page.text


def test_long_review_is_cut():
    assert table_cell("x" * LONGEST_TEXT) == "x" * LONGEST_TEXT
    assert table_cell("x" * (LONGEST_TEXT + 1)) == "x" * LONGEST_TEXT + " ..."


def test_signs_are_disarmed_once():
    assert table_cell("it's <b> & |") == "it's &#60;b&#62; &#38; &#124;"
