"""The download of the IMDB archive, from a server in this process that misbehaves in every way."""

import gc
import hashlib
import socket
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pooch
import pytest

from lit_sentiment.data import imdb_download
from lit_sentiment.data.imdb_download import download_imdb
from lit_sentiment.errors import InputError

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning"
)  # pooch leaves connections that fail to the collector

NAME = "aclImdb_v1.tar.gz"
WHOLE = bytes(range(256)) * 1200
MOST_SECONDS = 60
NOTHING_SENT_SECONDS = 0.3


class Server(ThreadingHTTPServer):
    """Answers as a test asks."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.behaviour = "whole"
        self.asked = 0
        self.go_on = threading.Event()

    def handle_error(self, request, client_address):
        """Say nothing: the connection was to break."""


class Answer(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.server.asked += 1
        behaviour = self.server.behaviour
        if behaviour == "broken once":
            behaviour = "broken" if self.server.asked == 1 else "whole"
        if behaviour in ("404", "500"):
            self.head(int(behaviour), 0)
        elif behaviour == "redirect for ever" or (behaviour == "redirect" and self.path != "/moved"):
            self.head(302, 0, Location="/moved")
        elif behaviour == "other bytes":
            self.head(200, len(WHOLE))
            self.wfile.write(WHOLE[::-1])
        elif behaviour == "a page":
            page = b"<html>Log in to the network of this hotel</html>"
            self.head(200, len(page), **{"Content-Type": "text/html"})
            self.wfile.write(page)
        elif behaviour in ("broken", "short", "stalled"):
            self.head(200, len(WHOLE))
            self.wfile.write(WHOLE[: len(WHOLE) // 2])
            if behaviour == "stalled":
                self.server.go_on.wait(MOST_SECONDS)
            if behaviour == "broken":  # closed with a reset
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
        else:
            if behaviour == "slow":
                self.server.go_on.wait(MOST_SECONDS)
            self.head(200, len(WHOLE))
            self.wfile.write(WHOLE)

    def head(self, status, length, **headers):
        self.send_response(status)
        for name, value in {"Content-Length": length, **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()


@pytest.fixture
def server(monkeypatch):
    gc.freeze()  # so that the collection at the end looks at what the test made, not at all that is imported
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setattr(imdb_download, "ARCHIVE_URL", f"http://127.0.0.1:{server.server_port}/{NAME}")
        monkeypatch.setattr(imdb_download, "ARCHIVE_HASH", f"md5:{hashlib.md5(WHOLE).hexdigest()}")
        monkeypatch.setattr(pooch.downloaders, "DEFAULT_TIMEOUT", NOTHING_SENT_SECONDS)
        monkeypatch.setattr(pooch.core, "time", SimpleNamespace(sleep=lambda seconds: None))
        yield server
        server.go_on.set()
        server.shutdown()
        thread.join()
        gc.collect()
    gc.unfreeze()


def nobody_listens(monkeypatch, folder):
    with socket.create_server(("127.0.0.1", 0)) as free:
        monkeypatch.setattr(imdb_download, "ARCHIVE_URL", f"http://127.0.0.1:{free.getsockname()[1]}/{NAME}")


def no_name_is_known(monkeypatch, folder):
    def refuse(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def folder_is_a_file(monkeypatch, folder):
    folder.write_text("in the way")


def folder_cannot_be_written(monkeypatch, folder):  # root may write anywhere
    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr("tempfile.NamedTemporaryFile", refuse)


def disk_is_full(monkeypatch, folder):
    def refuse(*args):
        return Path("/dev/full").open("wb", buffering=0)

    monkeypatch.setattr("pooch.downloaders.open", refuse, raising=False)


FAULTS = {
    "broken": "Connection reset by peer",
    "short": r"IncompleteRead\(153600 bytes read, 153600 more expected\)",
    "other bytes": "MD5 hash .* does not match",
    "a page": "MD5 hash .* does not match",
    "404": "404 Client Error: Not Found",
    "500": "500 Server Error",
    "redirect for ever": "Exceeded 30 redirects",
    "stalled": "timed out",
    nobody_listens: "Connection refused",
    no_name_is_known: "Name or service not known",
    folder_is_a_file: "File exists",
    folder_cannot_be_written: "Permission denied",
    disk_is_full: "No space left on device",
}


@pytest.mark.parametrize(("fault", "reason"), FAULTS.items(), ids=lambda one: getattr(one, "__name__", one))
def test_failed_download_is_one_line_leaves_nothing_and_works_the_next_time(tmp_path, server, fault, reason):
    folder = tmp_path / "cache"
    with pytest.MonkeyPatch.context() as patch:
        if callable(fault):
            fault(patch, folder)
        else:
            server.behaviour = fault
        said = (
            rf"^could not download {imdb_download.ARCHIVE_URL} to {folder} \({reason}.*\); download it by hand and pass"
        )
        with pytest.raises(InputError, match=said) as caught:
            download_imdb(folder)
    assert "\n" not in str(caught.value)
    if folder.is_file():
        folder.unlink()
    assert list(folder.glob("*")) == []
    server.behaviour = "whole"
    assert download_imdb(folder).read_bytes() == WHOLE
    assert [path.name for path in folder.iterdir()] == [NAME]


def test_server_that_stalls_is_given_up_by_default():
    assert 0 < pooch.downloaders.DEFAULT_TIMEOUT <= MOST_SECONDS


@pytest.mark.parametrize(("behaviour", "asked"), [("whole", 1), ("redirect", 2), ("broken once", 2)])
def test_passing_fault_or_a_redirect_ends_in_the_whole_archive(tmp_path, server, behaviour, asked):
    server.behaviour = behaviour
    assert download_imdb(tmp_path).read_bytes() == WHOLE
    assert server.asked == asked
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_archive_that_is_there_is_taken_without_network_and_another_one_is_replaced(tmp_path, server):
    path = tmp_path / NAME
    path.write_bytes(WHOLE)
    assert download_imdb(tmp_path) == path
    assert server.asked == 0
    path.write_bytes(WHOLE[1:])
    assert download_imdb(tmp_path).read_bytes() == WHOLE
    assert server.asked == 1


def test_two_at_once_download_once(tmp_path, server, monkeypatch):
    """The second says that it waits; only then the server answers the first."""
    said = []
    monkeypatch.setattr(imdb_download, "complain", lambda message: said.append(message) or server.go_on.set())
    monkeypatch.setattr(pooch.downloaders, "DEFAULT_TIMEOUT", MOST_SECONDS)
    server.behaviour = "slow"
    with ThreadPoolExecutor(2) as pool:
        assert [path.read_bytes() for path in pool.map(download_imdb, [tmp_path] * 2)] == [WHOLE] * 2
    assert server.asked == 1
    assert said == [f"Waiting for another process, which downloads to {tmp_path}"]
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_what_a_killed_download_left_is_taken_away_by_the_next(tmp_path, server):
    left = tmp_path / f".{NAME}.tmp"
    left.mkdir()
    (left / "tmp1").write_bytes(WHOLE[:9])
    (tmp_path / f".{NAME}.lock").touch()
    assert download_imdb(tmp_path).read_bytes() == WHOLE
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_a_terminal_has_a_progress_bar_and_a_log_has_none(tmp_path, server, monkeypatch, capsys):
    for is_terminal in (True, False):
        monkeypatch.setattr("sys.stderr.isatty", lambda is_terminal=is_terminal: is_terminal)
        download_imdb(tmp_path / str(is_terminal))
        assert ("100%|" in capsys.readouterr().err) == is_terminal


def test_command_says_its_option_and_leaves_no_run(command, server):
    server.behaviour = "404"
    outcome = command("fit", "--data=Imdb", "--data.cache_dir=cache", "--run=run")
    assert outcome.code == 2
    (said,) = [line for line in outcome.err.splitlines() if line.startswith("error: ")]
    assert said.endswith("download it by hand and pass --data.archive PATH, or name another folder as --data.cache_dir")
    assert not Path("run").exists()


def test_ctrl_c_in_the_middle_leaves_nothing(command, server, monkeypatch):
    written: list[Path] = []

    def interrupted(downloader: object, url: str, output_file: str, pooch: object) -> None:
        Path(output_file).write_bytes(b"the first half")
        written.append(Path(output_file))
        raise KeyboardInterrupt

    monkeypatch.setattr("pooch.HTTPDownloader.__call__", interrupted)
    assert command("fit", "--data=Imdb", "--data.cache_dir=cache", "--run=run").code == 130
    assert [path.exists() for path in written] == [False]
    assert list(Path("cache").iterdir()) == []
    assert not Path("run").exists()
