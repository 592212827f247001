"""The runs of a study as a table."""

from collections import Counter
from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from lit_sentiment.curves.history import History
from lit_sentiment.study.run_status import RunStatus, State
from lit_sentiment.study.sign_of_life import SILENT_SECONDS

_STYLES: dict[State, str] = {"running": "bold", "done": "green", "done before": "green", "failed": "red"}
_FIRST: tuple[State, ...] = ("running", "failed", "stopped")
"""What is shown where there is no room for all."""
_OTHER_LINES = 5
"""Two of headers, a rule, the counts, and one for the cursor."""


def study_table(statuses: Sequence[RunStatus], lines: int | None = None) -> Table:
    """Return a row for each run, grouped by training; where `lines` are too few for all, the rows that matter now."""
    trainings = list(dict.fromkeys(status.run.training.name for status in statuses))
    shown = sorted(statuses, key=lambda status: trainings.index(status.run.training.name))
    grouped = lines is None or len(statuses) + len(trainings) + _OTHER_LINES <= lines
    if lines is not None and not grouped:
        shown = _most_telling(shown, max(1, lines - _OTHER_LINES))
    table = Table(box=box.SIMPLE_HEAD, padding=0, show_edge=False, caption=counts(statuses), caption_justify="left")
    table.add_column("training")
    table.add_column("seed", justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for header in ("best\nval_loss", "last\nval_loss", "last\nval_acc."):
        table.add_column(header, justify="right", no_wrap=True)
    table.add_column("verdict")
    table.add_column("s", justify="right", no_wrap=True)
    for status, following in zip(shown, [*shown[1:], None], strict=True):
        last_of_group = grouped and (following is None or following.run.training != status.run.training)
        table.add_row(*_cells(status), style=_STYLES.get(status.state, ""), end_section=last_of_group)
    return table


def counts(statuses: Sequence[RunStatus]) -> str:
    """Return how many runs are in which state, in one line."""
    return ", ".join(f"{number} {state}" for state, number in Counter(status.state for status in statuses).items())


def progress(status: RunStatus) -> str:
    """Return the state of a run, by its epoch while it runs."""
    if status.state != "running":
        return status.state
    if status.silent_seconds > SILENT_SECONDS:
        return f"silent {status.silent_seconds:.0f} s"
    if not status.run.folder.config.exists():
        return "starting"
    epoch = len(status.history) + 1
    if status.max_epochs is None or status.max_epochs < 0:
        return f"epoch {epoch}"
    return f"epoch {min(epoch, status.max_epochs)}/{status.max_epochs}"


def _most_telling(statuses: Sequence[RunStatus], rows: int) -> list[RunStatus]:
    by_weight = sorted(statuses, key=lambda status: status.state not in _FIRST)
    return [status for status in statuses if status in by_weight[:rows]]


def _cells(status: RunStatus) -> list[str | Text]:
    return [
        _cut(status.run.training.name),
        str(status.run.seed),
        progress(status),
        *_figures(status.history),
        _cut(status.verdict),
        "" if status.seconds is None else f"{status.seconds:.0f}",
    ]


def _cut(words: str) -> Text:
    """Return what may be cut where a terminal is narrow, rather than the figures."""
    return Text(words, no_wrap=True, overflow="ellipsis")


def _figures(history: History) -> list[str]:
    if not len(history):
        return ["", "", ""]
    best, last = history.epoch(history.best_epoch), history.epoch(-1)
    figures = (best.get("val_loss"), last.get("val_loss"), last.get("val_accuracy"))
    return ["" if figure is None else f"{figure:.4f}" for figure in figures]
