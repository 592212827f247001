"""A run that is served to this process."""

import http.client
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from lit_sentiment.runs.run_folder import RunFolder
from lit_sentiment.serve.page import Page
from lit_sentiment.serve.page_server import LOOPBACK, PageServer
from lit_sentiment.serve.two_epochs import TwoEpochs


class Served:
    """A client of a page server."""

    def __init__(self, port: int) -> None:
        self.port, self.address = port, f"http://{LOOPBACK}:{port}/"

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, str]:
        """Return the status, the headers and the body of an answer; header names have _ for -."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=30)
        with closing(connection):
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()

    def judge(self, body: Any, **headers: str) -> tuple[int, Any]:
        """Return the status of the answer to a body, and its JSON."""
        headers = {"Content_Type": "application/json", **headers}
        status, kind, answer = self.request("POST", "/judge", body, **headers)
        assert kind["Content-Type"] == "application/json"
        return status, json.loads(answer)

    def judged(self, text: str) -> dict[str, Any]:
        """Return the judgement of a text."""
        status, answer = self.judge(json.dumps({"text": text}))
        assert status == 200, answer
        return answer


@pytest.fixture(scope="session")
def serving():
    """Serve a run while a block runs."""

    @contextmanager
    def serving(run: Path) -> Iterator[Served]:
        folder = RunFolder(run)
        epochs = TwoEpochs(folder)
        with PageServer(0, Page(folder, epochs).written, epochs.judge) as server:
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            try:
                yield Served(server.server_port)
            finally:
                server.shutdown()
                thread.join()

    return serving


@pytest.fixture(scope="module")
def served(serving, trained_run):
    with serving(trained_run) as served:
        yield served
