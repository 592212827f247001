"""`compare`: is a run the same as Keras's?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.box import MARKDOWN
from rich.table import Table

from lit_sentiment.console import Console
from lit_sentiment.errors import InputError
from lit_sentiment.files import require_new, what_is
from lit_sentiment.pictures import draw_comparison
from lit_sentiment.reference.comparison import CurveComparison, compare_curves, verdict_on
from lit_sentiment.reference.recorded_reference import Curves, RecordedReference, find_reference
from lit_sentiment.runs.identity import Identity, apart_from_roundings, computed_on, differences
from lit_sentiment.runs.run_folder import RunFolder
from lit_sentiment.tensorboard.curve_tags import read_tensorboard

DIFFERS = 1
"""The exit code when a curve is not the same."""


@dataclass(frozen=True)
class _Side:
    """What is known of a training: its curves, and if it is known what decided them."""

    name: str
    curves: Curves
    identity: Identity | None
    twins: Sequence[Curves] = ()


@dataclass(frozen=True)
class ComparedRuns:
    """What a comparison of runs gave."""

    comparisons: Mapping[Path, Sequence[CurveComparison]]
    """By run: one for each curve."""

    @property
    def exit_code(self) -> int:
        """0 if every curve is the same, or 1."""
        return 0 if all(one.same for curves in self.comparisons.values() for one in curves) else DIFFERS


def compare(runs: list[Path], *, reference: Path | None = None, picture: Path | None = None) -> ComparedRuns:
    """Compare runs with Keras, curve by curve.

    The measure is how far Keras strays from itself when its initial weights move by a rounding. Exit code 0: all the
    same; 1: a curve differs.

    Args:
        runs: Folders of runs, or TensorBoard folders with train/ and validation/.
        reference: A recorded reference, a run, or Keras's TensorBoard folder; when not given, the one of the package or
            of the folder references/ that was recorded for this training.
        picture: New PNG to draw (with several runs: a folder); RUN/comparison.png when not given.

    Raises:
        InputError: A run or its reference cannot be read, is of another training, or a picture would be written over.
    """
    pictures = _picture_paths(runs, picture)
    console = Console()
    if not console.is_terminal:  # the names of runs stay whole in a file
        console.width = 160
    summary = Table(box=MARKDOWN)
    for column in ("run", "dtype", "epochs the same", "val_loss: |ours - Keras|", "|Keras - Keras|", "verdict"):
        summary.add_column(column, justify="left" if column in ("run", "dtype", "verdict") else "right")
    compared: dict[Path, Sequence[CurveComparison]] = {}
    for path, drawn in zip(runs, pictures, strict=True):
        ours = _read_side(path)
        theirs = _find_side(ours) if reference is None else _read_side(reference)
        comparisons = compared[path] = _compare(ours, theirs)
        if note := _roundings_note(ours, theirs):
            console.print(note, soft_wrap=True)
        draw_comparison(f"{ours.name} against {theirs.name}", comparisons, drawn)
        console.print(_table(ours, theirs, comparisons))
        console.print(f"{verdict_on(comparisons)} Picture: {drawn}", soft_wrap=True)
        summary.add_row(*_summary_cells(ours, comparisons))
    if len(runs) > 1:
        console.print(summary)
    return ComparedRuns(compared)


def _read_side(path: Path) -> _Side:
    if path.suffix == ".json":
        reference = RecordedReference.read(path)
        return _Side(path.stem, reference.curves, reference.identity, reference.twins)
    run = RunFolder(path)
    if run.history.exists():
        return _Side(_name_of(path), run.read_history().curves, run.read_identity())
    if not path.is_dir():
        raise InputError(f"{path}: expected the folder of a run or a TensorBoard folder, found {what_is(path)}")
    return _Side(_name_of(path), read_tensorboard(path), None)


def _find_side(ours: _Side) -> _Side:
    reference = None if ours.identity is None else find_reference(ours.identity)
    if reference is None:
        raise InputError(
            f"{ours.name}: no reference in the package or in references/ was recorded for these data, settings and "
            "seed; record one with the command reference, or give one by --reference"
        )
    return _Side("Keras", reference.curves, reference.identity, reference.twins)


def _compare(ours: _Side, reference: _Side) -> list[CurveComparison]:
    if ours.identity is None or reference.identity is None:  # a TensorBoard folder; its figures are float32
        return compare_curves(ours.curves, reference.curves, reference.twins)
    different = differences(apart_from_roundings(ours.identity), apart_from_roundings(reference.identity))
    if different:
        raise InputError(f"{ours.name} is not the training of {reference.name}: {'; '.join(different)}")
    return compare_curves(ours.curves, reference.curves, reference.twins, reference.identity)


def _roundings_note(ours: _Side, reference: _Side) -> str:
    """Return what is said where the two were computed in other ways; of a TensorBoard folder that is not known."""
    if ours.identity is None or reference.identity is None:
        return ""
    ways = computed_on(ours.identity), computed_on(reference.identity)
    return "" if ways[0] == ways[1] else f"Computed with {ways[0]} against {ways[1]}: curves may differ by roundings."


def _name_of(folder: Path) -> str:
    return folder.resolve().name  # that of `.`, too


def _picture_paths(runs: Sequence[Path], asked: Path | None) -> list[Path]:
    """Return where to draw each comparison; of the pictures there, only RUN/comparison.png may be replaced."""
    if asked is None:
        files = [run for run in runs if run.is_file() and run.suffix == ".json"]
        if files:
            expected = f"a file in which to draw the comparison of {files[0]}"
            raise InputError(f"--picture: expected {expected}, found none given; name one, such as new.png")
        return [run / "comparison.png" for run in runs]
    pictures = [asked / f"{_name_of(run)}.png" for run in runs] if len(runs) > 1 else [asked]
    for run, picture in zip(runs, pictures, strict=True):
        if pictures.count(picture) > 1:
            raise InputError(f"--picture: expected runs of different names, found several called {_name_of(run)}")
        require_new("--picture", picture, ".png")
    return pictures


def _summary_cells(ours: _Side, comparisons: Sequence[CurveComparison]) -> list[str]:
    val_loss = next(comparison for comparison in comparisons if comparison.figure == "val_loss")
    epochs = len(val_loss.differences)
    same_epochs = min(epochs if one.first_beyond is None else one.first_beyond for one in comparisons)
    dtype = "" if ours.identity is None else ours.identity["dtype"]
    gap, spread = val_loss.differences[val_loss.worst], val_loss.spread[val_loss.worst]
    verdict = "same" if same_epochs == epochs else "differs"
    return [ours.name, dtype, f"{same_epochs} of {epochs}", f"{gap:.1e}", f"{spread:.1e}", verdict]


def _table(ours: _Side, reference: _Side, comparisons: Sequence[CurveComparison]) -> Table:
    table = Table(title=f"{ours.name} against {reference.name} ({len(reference.twins)} twins)")
    for column in ("curve", "epochs", "largest |difference|", "at epoch", "Keras against itself", "verdict"):
        table.add_column(column, justify="left" if column in ("curve", "verdict") else "right")
    for comparison in comparisons:
        worst, beyond = comparison.worst, comparison.first_beyond
        table.add_row(
            comparison.figure,
            str(len(comparison.differences)),
            f"{comparison.differences[worst]:.1e}",
            str(worst + 1),
            f"{comparison.spread[worst]:.1e}",
            "same" if beyond is None else f"differs from epoch {beyond + 1} by {comparison.differences[beyond]:.1e}",
        )
    return table
