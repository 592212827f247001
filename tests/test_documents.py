"""What a reader meets first: the commands at the top, and links that lead somewhere."""

import re
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "configs/README.md"]
DOCUMENTS += [f"docs/{name}.md" for name in ("results", "speed", "experiments", "threat-model", "reliability")]
DOCUMENTS += [f"docs/{name}.md" for name in ("index", "start", "own-reviews", "porting", "keras-facts")]
DOCUMENTS += ["docs/site/api.md", "docs/site/api-keras.md"]
MOST_LINES = {"README.md": 199, "CONTRIBUTING.md": 49}


def links(text):
    return re.findall(r"\]\(([^)\s:]+)\)", text)


def anchors(text):
    """The anchors that GitHub gives to the headings."""
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_both_commands_stand_in_the_first_forty_lines():
    top = (ROOT / "README.md").read_text().splitlines()[:40]
    install = r"python3 -m venv \.venv && \.venv/bin/pip install -q -c constraints\.txt -e \S+ && \.venv/bin/python -m "
    commands = [line[match.end() :] for line in top if (match := re.match(install, line))]
    assert commands == ["lit_sentiment fit", "pytest"]


def test_test_command_of_the_readme_is_the_one_that_ci_runs():
    pattern = re.search(r"grep -m1 '(.+)' README\.md", (ROOT / ".ci/run").read_text())[1]
    readme = (ROOT / "README.md").read_text().splitlines()
    first = next(line for line in readme if re.search(pattern, line))
    assert "-e '.[test]'" in first


@pytest.mark.parametrize(("document", "most"), MOST_LINES.items())
def test_document_is_short(document, most):
    assert len((ROOT / document).read_text().splitlines()) <= most


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_and_named_files_exist(document):
    text = (ROOT / document).read_text()
    for link in links(text):
        file, _, anchor = link.partition("#")
        target = (ROOT / document).parent / file if file else ROOT / document
        assert target.is_file(), link
        assert not anchor or anchor in anchors(target.read_text()), link
    for named in re.findall(r"(?:configs|scripts|docs)/\w+\.\w+", text):
        assert (ROOT / named).is_file(), named


def test_every_line_of_the_threat_model_has_a_test_that_exists():
    rows = [line for line in (ROOT / "docs/threat-model.md").read_text().splitlines() if line.startswith("|")][2:]
    for row in rows:
        named = re.findall(r"`(tests/\S+)::(\w+)`", row)
        assert named, row
        for file, test in named:
            assert f"\ndef {test}(" in (ROOT / file).read_text(), f"{file}::{test}"


FACTS = (ROOT / "docs/keras-facts.md").read_text()


def test_every_keras_fact_has_a_test_that_exists():
    rows = [line for line in FACTS.splitlines() if line.startswith("| ") and not line.startswith(("| rule", "| ---"))]
    for row in rows:
        named = re.findall(r"`([\w/]+\.py)::(\w+)`", row)
        assert named, row
        for file, test in named:
            folder = "tests" if "/" in file else "tests/keras_semantics"
            assert f"\ndef {test}(" in (ROOT / folder / file).read_text(), f"{file}::{test}"


def test_every_keras_fact_names_what_is_ours():
    named = [name for part in re.findall(r"Ours: (.+?)\.\n", FACTS, re.DOTALL) for name in re.findall("`(.+?)`", part)]
    assert len(named) > 30
    for name in named:
        module, _, attribute = name.rpartition(".")
        assert hasattr(import_module(f"lit_sentiment.{module}"), attribute), name


@pytest.mark.keras
def test_every_keras_fact_names_a_file_of_keras():
    (keras,) = find_spec("keras").submodule_search_locations
    parts = re.findall(r"In Keras: (.+?)\.(?: Ours|\n)", FACTS, re.DOTALL)
    files = [name for part in parts for name in re.findall(r"`([\w/]+\.py)`", part)]
    assert len(files) > 40
    assert [name for name in files if not (Path(keras) / "src" / name).is_file()] == []
