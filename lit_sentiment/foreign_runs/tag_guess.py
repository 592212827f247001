"""Which tag holds which curve, given by the user or guessed from the names."""

from collections.abc import Mapping
from dataclasses import dataclass

from lit_sentiment.errors import InputError
from lit_sentiment.foreign_runs.tag_words import TagWords
from lit_sentiment.tensorboard.event_files import Points

Place = tuple[str, str]
"""A sub-run (empty if there is none) and a tag in it."""
OPTIONS = {"loss": "train_loss", "val_loss": "val_loss", "accuracy": "train_accuracy", "val_accuracy": "val_accuracy"}
"""The option that names the tag of a figure."""


@dataclass(frozen=True)
class Source:
    """Where a curve came from."""

    place: Place
    given: bool = False
    alternatives: tuple[Place, ...] = ()
    """What a guess could as well have taken."""

    def __str__(self) -> str:
        also = f" (also there: {', '.join(map(name_of, self.alternatives))})" if self.alternatives else ""
        return f"{name_of(self.place)}{also}"


def name_of(place: Place) -> str:
    """Return a place as it is shown and as an option may name it."""
    return "/".join(filter(None, place))


def choose_sources(curves: Mapping[Place, Points], given: Mapping[str, str]) -> dict[str, Source]:
    """Return where each figure of a history is, if anywhere.

    Args:
        curves: What there is.
        given: Tags that the user named, by figure.

    Raises:
        InputError: A given tag is not there, or is there several times.
    """
    chosen = {figure: Source(_find(curves, figure, tag), given=True) for figure, tag in given.items()}
    for figure in ("val_loss", "loss", "val_accuracy", "accuracy"):
        source = chosen.get(figure) or _guess(curves, figure, chosen)
        if source:
            chosen[figure] = source
    if not {"loss", "val_loss"} & given.keys():
        pair = {figure: _guess(curves, figure, {}) for figure in ("data_loss", "val_data_loss")}
        chosen.update({figure: source for figure, source in pair.items() if source and all(pair.values())})
    return chosen


def _find(curves: Mapping[Place, Points], figure: str, tag: str) -> Place:
    side = "val" if figure.startswith("val_") else "train"
    matches = [place for place in curves if tag in (name_of(place), place[1])]
    of_side = [place for place in matches if TagWords(*place).side == side]
    for candidates in (matches, of_side):
        if len(candidates) == 1:
            return candidates[0]
    found = matches or curves
    raise InputError(f"--{OPTIONS[figure]}: expected one tag {tag!r}, found {', '.join(map(name_of, found)) or 'none'}")


def _guess(curves: Mapping[Place, Points], figure: str, chosen: Mapping[str, Source]) -> Source | None:
    """Return the likeliest place: of the plainest name, or named as the other curves are, the likeliest word first."""
    side, kind = ("val" if figure.startswith("val_") else "train"), figure.removeprefix("val_")
    twin = chosen.get(kind if side == "val" else f"val_{kind}")
    expected = TagWords(*twin.place).others if twin else frozenset()
    ranks = {}
    for place, points in curves.items():
        words = TagWords(*place)
        bare = words.side is None and side == "train" and _is_bare_allowed(kind, chosen)
        if words.figure == kind and (words.side == side or bare):
            strangeness = (len(points) < 2, len(words.others ^ expected))
            ranks[place] = (*strangeness, bare, words.likelihood, words.granularity, -len(points), name_of(place))
    if not ranks:
        return None
    best, *rest = sorted(ranks, key=ranks.__getitem__)
    return Source(best, alternatives=tuple(place for place in rest if ranks[place][:2] == ranks[best][:2]))


def _is_bare_allowed(kind: str, chosen: Mapping[str, Source]) -> bool:
    # An `accuracy` that does not say of what may be that of validation, unless the training loss is called `loss` too.
    return kind != "accuracy" or ("loss" in chosen and TagWords(*chosen["loss"].place).side is None)
