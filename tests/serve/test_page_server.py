"""The server of the page: who may ask it what, and that it survives any question."""

import json
import re
import urllib.request

import pytest

from lit_sentiment.errors import InputError
from lit_sentiment.serve.page_server import MOST_BYTES, PageServer
from lit_sentiment.serve.two_epochs import MOST_CHARACTERS

JSON = "application/json"


def test_page_is_one_file_whose_own_script_and_style_alone_may_run(served):
    status, headers, page = served.request("GET", "/")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    (nonce,) = {*re.findall(r"<(?:script|style) nonce=\"(.+?)\"", page)}
    assert policy["script-src"] == policy["style-src"] == f"'nonce-{nonce}'"
    assert policy["default-src"] == policy["form-action"] == policy["frame-ancestors"] == "'none'"
    assert not re.findall(r"\b(?:src|href)=\"(?!data:)|https?://(?!www\.w3\.org/2000/svg)|\son\w+=|\sstyle=", page)
    assert nonce not in served.request("GET", "/")[2]


def test_page_can_be_had_as_users_have_it(served):
    with urllib.request.urlopen(f"http://localhost:{served.port}/", timeout=30) as answer:
        assert b"Your sentence" in answer.read()


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "get", "X" * 999])
def test_other_methods_are_refused(served, method):
    status, headers, body = served.request(method, "/")
    assert (status, headers["Content-Type"]) == (501, JSON)
    assert body == "" if method == "HEAD" else json.loads(body)["error"].startswith("Unsupported method")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", path) for path in ("/judge", "/x", "/?text=x", "/../../etc/passwd", "/%2e%2e/x", "x", "*")]
    + [("POST", "/"), ("POST", "/judge/"), ("POST", "/judge?x")],
)
def test_nothing_else_is_there(served, method, path):
    status, _, body = served.request(method, path, "{}", Content_Type=JSON)
    assert (status, json.loads(body)) == (404, {"error": "Not Found"})


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "localhost:x", "[::1]"]
)
@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("POST", "/judge")])
def test_foreign_names_are_refused(served, host, method, path):
    status, _, body = served.request(method, path, '{"text": "good"}', Content_Type=JSON, Host=host)
    assert status == 403
    assert "found another name" in json.loads(body)["error"]


BODIES = [b"", b"{", b"[]", b"null", b"{}", b'"good"', b'{"text": 1}', b'{"text": null}', b'{"text": ["good"]}']
BODIES += [b'{"text": "\xff"}', b"[" * 100_000, b'{"text": ' + b"1" * 5000 + b"}"]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body[:20])
def test_what_is_no_text_is_refused_in_one_line(served, body):
    status, answer = served.judge(body)
    assert (status, *answer) == (400, "error")
    assert answer["error"].startswith("expected a body")
    assert "\n" not in answer["error"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_what_a_foreign_page_can_send_is_refused(served, kind):
    """A browser asks before it sends JSON to another site; these it sends at once."""
    status, answer = served.judge('{"text": "good"}', Content_Type=kind)
    assert (status, *answer) == (400, "error")


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "", f"{MOST_BYTES + 1}", "9" * 30, "9" * 5000])
def test_no_more_is_read_than_is_allowed(served, length):
    status, answer = served.judge("", Content_Length=length)
    assert (status, *answer) == (400, "error")


@pytest.mark.parametrize("characters", [MOST_CHARACTERS + 1, 1 << 20])
def test_long_text_is_refused(served, characters):
    status, answer = served.judge(json.dumps({"text": "a" * characters}))
    assert (status, answer) == (
        400,
        {"error": f"expected at most {MOST_CHARACTERS} characters, found {characters}; shorten the text"},
    )


def test_port_that_is_taken_is_one_line(served):
    with pytest.raises(InputError, match=rf"`port`: .* found {served.port} \(Address already in use\); 0 takes any"):
        PageServer(served.port, lambda: ("", ""), lambda text: {})


@pytest.mark.parametrize("port", [-1, 65536, 1 << 40])
def test_number_that_is_no_port_is_refused(port):
    with pytest.raises(InputError, match=f"`port`: .* found {port}"):
        PageServer(port, lambda: ("", ""), lambda text: {})


def test_defect_of_ours_is_one_line_and_the_server_goes_on(served, monkeypatch, capsys):
    monkeypatch.setattr("lit_sentiment.serve.two_epochs._judged", lambda *_: 1 / 0)
    with pytest.raises(ConnectionError):
        served.judge('{"text": "good"}')
    said = capsys.readouterr().err
    assert re.fullmatch(r"error: serve has a defect: ZeroDivisionError; see \S+\n", said)
    monkeypatch.undo()
    assert served.judge('{"text": "good"}')[0] == 200
