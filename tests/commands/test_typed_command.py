"""A parser made from a function: what is given by place, by name, several times, and what help says of it."""

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pytest
from docstring_parser import parse
from jsonargparse import ArgumentError
from jsonargparse.typing import PositiveInt

from lit_sentiment.commands.typed_command import command_parser


def judge(
    folder: Path,
    runs: list[Path],
    *,
    seeds: Sequence[int] = (3, 5),
    words: list[str] | None = None,
    kind: Literal["best", "last"] = "best",
    count: PositiveInt = 8,
    output: Path,
) -> None:
    """Judge the `runs`
    of a folder.

    More of it.

    Args:
        folder: Where they lie.
        runs: Which of them.
        seeds: Of each,
            one or more.
        words: To look for.
        kind: Which weights.
        count: How many.
        output: Where to write.
    """


def parsed(*args):
    return vars(command_parser("judge", judge).parse_args(list(args)))


def test_options_are_those_of_the_signature():
    assert parsed("here", "a", "b", "--output", "out") == {
        "folder": Path("here"),
        "runs": [Path("a"), Path("b")],
        "seeds": [3, 5],
        "words": None,
        "kind": "best",
        "count": 8,
        "output": Path("out"),
    }


def test_lists_take_several_values():
    found = parsed("here", "a", "--seeds", "7", "8", "9", "--words", "x", "--output=out")
    assert (found["seeds"], found["words"], found["runs"]) == ([7, 8, 9], ["x"], [Path("a")])


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("here", "a"), "output"),
        (("here", "--output", "out"), "runs"),
        (("here", "a", "--output", "out", "--count", "0"), "count"),
        (("here", "a", "--output", "out", "--seeds", "x"), "seeds"),
        (("here", "a", "--output", "out", "--kind", "worst"), "kind"),
        (("here", "a", "--output", "out", "--nope"), "nope"),
    ],
)
def test_what_does_not_fit_is_named(args, message):
    with pytest.raises(ArgumentError, match=message):
        parsed(*args)


def test_help_comes_from_the_docstring():
    shown = " ".join(command_parser("judge", judge).format_help().split())
    assert "Judge the runs of a folder. More of it." in shown
    for told in parse(inspect.getdoc(judge)).params:
        assert " ".join(told.description.split()) in shown
