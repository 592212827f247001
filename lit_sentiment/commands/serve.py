"""`serve`: a run as a page to play with."""

from pathlib import Path

from lit_sentiment.errors import InputError
from lit_sentiment.process import leaving_at_once
from lit_sentiment.runs.run_folder import RunFolder

PORT = 8017


def serve(run: Path, *, port: int = PORT) -> None:
    """Show a run as a page to play with, until Ctrl-C.

    The page has the curves, the verdict, and a box for a sentence of your own: what the best and the last epoch say of
    it, word by word. It is served to browsers on this machine alone.

    Args:
        run: The folder of a run; one that still trains will do, once it has both its checkpoints.
        port: Of the address http://127.0.0.1:PORT/; 0 takes any that is free.

    Raises:
        InputError: The run cannot be read, or the port cannot be had.
    """
    folder = RunFolder(run)
    folder.read_history()
    for checkpoint in (folder.best_checkpoint, folder.last_checkpoint):
        if not checkpoint.exists():
            raise InputError(f"{run}: expected a run with both its checkpoints, found no {checkpoint.relative_to(run)}")
    with leaving_at_once():
        from lit_sentiment.serve.page import Page
        from lit_sentiment.serve.page_server import PageServer
        from lit_sentiment.serve.two_epochs import TwoEpochs
    epochs = TwoEpochs(folder)
    with PageServer(port, Page(folder, epochs).written, epochs.judge) as server:
        print(f"{run.resolve().name} is shown at {server.address} (Ctrl-C ends it)", flush=True)
        server.serve_forever()
