"""The documentation site: it builds without a warning, and every link in it leads somewhere."""

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

import lit_sentiment

pytestmark = pytest.mark.site
ROOT = Path(__file__).parents[1]


class Page(HTMLParser):
    """The anchors of a page, and what it refers to."""

    def __init__(self, path):
        super().__init__()
        self.anchors, self.references = {""}, set()
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name == "id":
                self.anchors.add(value)
            elif name in ("href", "src") and not value.startswith(("http", "data:", "mailto:")):
                self.references.add(value)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pytest.importorskip("sphinx")
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "sphinx", "-n", "-W", "--keep-going", "-q", "-d", folder / "doctrees"]
    done = subprocess.run([*build, ROOT / "docs", folder / "html"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "html"


def test_every_reference_within_the_site_is_there(site):
    pages = {path.resolve(): Page(path) for path in site.rglob("*.html")}
    assert len(pages) > 15
    for path, page in pages.items():
        for reference in page.references:
            file, anchor = urldefrag(unquote(reference))
            target = (path.parent / file.partition("?")[0]).resolve() if file else path
            assert target.is_file(), f"{path.name}: {reference}"
            assert target not in pages or anchor in pages[target].anchors, f"{path.name}: {reference}"


def test_every_exported_name_is_in_the_api(site):
    anchors = Page(site / "site/api.html").anchors
    assert {f"lit_sentiment.{name}" for name in lit_sentiment.__all__} <= anchors


def test_every_page_is_reached_from_the_first(site):
    menu = Page(site / "index.html").references
    sources = {
        path.relative_to(ROOT / "docs").with_suffix(".html").as_posix() for path in (ROOT / "docs").rglob("*.md")
    }
    assert sources - {"index.html"} <= menu
