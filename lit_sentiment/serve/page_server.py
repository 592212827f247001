"""The server of the page: to browsers on this machine alone, and nothing but the page and judgements."""

import json
import re
import sys
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lit_sentiment.errors import InputError
from lit_sentiment.process import complain, keep_traceback

LOOPBACK = "127.0.0.1"
MOST_BYTES = 1 << 22
"""Of a request's body."""
_OWN_NAMES = re.compile(r"(127\.0\.0\.1|localhost)(:\d+)?")
_LENGTH = re.compile(r"[0-9]{1,18}")
_JSON = "application/json"


class PageServer(ThreadingHTTPServer):
    """Answers GET / with the page, and POST /judge with the judgement of a text, `{"text": ...}`, as JSON.

    Other sites cannot use it: a name that they have given this address is refused (DNS rebinding), and a browser does
    not send JSON to a foreign site that has not allowed it.

    Args:
        port: Where; 0 for any that is free.
        page: Returns the page, and the policy under which a browser runs the page's own script and no other.
        judge: Takes a text, and returns JSON types. What it refuses becomes `{"error": ...}`.

    Raises:
        InputError: The port cannot be had.
    """

    def __init__(self, port: int, page: Callable[[], tuple[str, str]], judge: Callable[[str], dict[str, Any]]) -> None:
        self.page, self.judge = page, judge
        try:
            super().__init__((LOOPBACK, port), _Handler)
        except (OSError, OverflowError) as fault:
            reason = fault.strerror if isinstance(fault, OSError) else "not a port"
            raise InputError(
                f"`port`: expected a free one, found {port} ({reason}); 0 takes any that is free"
            ) from None

    @property
    def address(self) -> str:
        """What to open."""
        return f"http://{LOOPBACK}:{self.server_port}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say in one line what went wrong; that a browser has gone is nothing wrong."""
        fault = sys.exception()
        if not isinstance(fault, OSError):
            complain(f"error: serve has a defect: {type(fault).__name__}; see {keep_traceback()}")


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    timeout = 60
    """In seconds, of a connection on which nothing comes."""

    def do_GET(self) -> None:
        if self._is_expected("/"):
            page, policy = self.server.page()
            self._answer(HTTPStatus.OK, "text/html; charset=utf-8", page, {"Content-Security-Policy": policy})

    def do_POST(self) -> None:
        if not self._is_expected("/judge"):
            return
        try:
            answer = self.server.judge(self._text())
        except InputError as refusal:
            self.send_error(HTTPStatus.BAD_REQUEST, str(refusal))
        else:
            self._answer(HTTPStatus.OK, _JSON, json.dumps(answer))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Send a refusal as JSON, those of Python's own server too: an unknown method, a broken request."""
        self._answer(code, _JSON, json.dumps({"error": message or HTTPStatus(code).phrase}))

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _is_expected(self, path: str) -> bool:
        if not _OWN_NAMES.fullmatch(self.headers.get("Host", "")):
            self.send_error(HTTPStatus.FORBIDDEN, f"expected the address {self.server.address}, found another name")
        elif self.path != path:
            self.send_error(HTTPStatus.NOT_FOUND)
        else:
            return True
        return False

    def _text(self) -> str:
        """Return the text to judge.

        Raises:
            InputError: The body is too large, or something else.
        """
        expected = f'expected a body {{"text": ...}} of {_JSON}'
        length = self.headers.get("Content-Length", "")
        if self.headers.get_content_type() != _JSON or not _LENGTH.fullmatch(length):
            raise InputError(f"{expected} and its length, found none")
        if int(length) > MOST_BYTES:
            raise InputError(f"expected at most {MOST_BYTES} bytes, found {int(length)}")
        try:
            text = json.loads(self.rfile.read(int(length)))["text"]
        except (ValueError, TypeError, LookupError, RecursionError):
            text = None
        if not isinstance(text, str):
            raise InputError(f"{expected}, found something else")
        return text

    def _answer(self, code: int, kind: str, body: str, headers: dict[str, str] | None = None) -> None:
        content = body.encode(errors="backslashreplace")
        self.send_response(code)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(content)),
            "Cache-Control": "no-store",
            "Cross-Origin-Resource-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
