"""`serve`: a run in a browser."""

import html
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from urllib.parse import quote

import pytest

CHROMIUM = Path("/usr/bin/chromium")


def test_ctrl_c_ends_it_without_a_word(trained_run):
    process = subprocess.Popen(
        [sys.executable, "-m", "lit_sentiment", "serve", str(trained_run), "--port=0"],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    line = process.stdout.readline()
    address = re.fullmatch(r"run is shown at (http://127\.0\.0\.1:\d+/) \(Ctrl-C ends it\)\n", line)[1]
    with urllib.request.urlopen(address, timeout=120) as page:
        assert b"Your sentence" in page.read()
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=120) == ("", "")
    assert process.returncode == 130


HOSTILE = "good <img src=x onerror=\"document.title='hacked'\"> <script>document.title='hacked'</script>"


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs {CHROMIUM}")
def test_page_works_in_a_browser_and_hostile_texts_are_texts(serving, trained_run, tmp_path):
    run = tmp_path / "<img src=x onerror=document.title='hacked'>"
    shutil.copytree(trained_run, run)
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--dump-dom"]
    with serving(run) as served:
        done = subprocess.run(
            [CHROMIUM, *options, f"--user-data-dir={tmp_path / 'browser'}", f"{served.address}#text={quote(HOSTILE)}"],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        answer = served.judged(HOSTILE)
    page = done.stdout
    assert re.search("<title>(.*?)</title>", page)[1] == html.escape(run.name, quote=False)
    assert '<div id="answer">' in page  # no longer hidden
    shown = [re.search(f'id="{epoch}">.*?class="sure">(.*?) %<', page, re.DOTALL)[1] for epoch in ("best", "last")]
    assert shown == [f"{100 * max(answer[epoch]['whole']):.1f}" for epoch in ("best", "last")]
    rows = re.search("<tbody.*?</tbody>", page, re.DOTALL)[0]
    words = re.findall(r'<th class="word".*?<span class="(unknown|)">(.*?)</span>', rows)
    assert [html.unescape(word) for _, word in words] == answer["words"]
    assert [kind == "" for kind, _ in words] == answer["known"]
    assert rows.count("<polyline") == 2 * len(words) > 0
    assert "<img" not in page
    assert page.count("<script") == 1


@pytest.mark.parametrize("left_out", ["checkpoints/best.ckpt", "checkpoints/last.ckpt", "history.csv"])
def test_folder_without_what_a_page_shows_is_refused(command, trained_run, tmp_path, left_out):
    shutil.copytree(trained_run, tmp_path / "run", ignore=shutil.ignore_patterns(Path(left_out).name))
    outcome = command("serve", "run", "--port=0")
    assert (outcome.code, outcome.out) == (2, "")
    assert left_out in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize("run", ["nowhere", "checkpoints/best.ckpt", "train"])
def test_what_is_no_run_is_refused(command, trained_run, run):
    outcome = command("serve", trained_run / run, "--port=0")
    assert outcome.code == 2
    assert outcome.err.count("\n") == 1


def test_port_that_is_taken_is_refused_with_the_way_out(command, trained_run, serving):
    with serving(trained_run) as served:
        outcome = command("serve", trained_run, "--port", served.port)
    assert outcome.code == 2
    assert outcome.err == (
        f"error: --port: expected a free one, found {served.port} (Address already in use); 0 takes any that is free\n"
    )


def test_run_that_still_trains_says_so(serving, trained_run, tmp_path):
    shutil.copytree(trained_run, tmp_path / "run", ignore=shutil.ignore_patterns("finished.json"))
    for run, said in ((tmp_path / "run", True), (trained_run, False)):
        with serving(run) as served:
            page = served.request("GET", "/")[2]
        assert ("The training is not finished. So far: Too few epochs to say" in page) == said
        assert "Too few epochs to say" in page
