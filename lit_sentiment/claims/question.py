"""A question that runs with several seeds answer, and what its figures say of a claim."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Literal

from lit_sentiment.claims.judged_run import Figure, JudgedRun
from lit_sentiment.report.statistics import SIGNIFICANCE, Effect, effect, holm

Verdict = Literal["supported", "refuted", "no effect", "open"]
Cells = Mapping[str, Mapping[int, JudgedRun]]
"""Runs by the name of their cell and by seed."""
Runs = Sequence[JudgedRun]
"""Those of one seed, one for each cell of a question, in their order."""
Value = Callable[[Runs, Sequence[Runs]], float]
"""What a question measures: from the runs of a seed, and those of the other seeds."""
FEWEST_SEEDS = 5
"""With fewer, a page says that it is a trial of the command, and decides nothing."""


@dataclass(frozen=True)
class Question:
    """What is measured: a number for each seed, from the runs of that seed in one or several cells."""

    measures: str
    """In words."""
    cells: Sequence[str]
    value: Value
    claim: Literal["above", "below"] | None = None
    """Where the claim puts the mean; None for a figure that stands beside, and decides nothing."""
    threshold: float = 0.0
    margin: float = 0.0
    """An effect up to this does not matter, in the unit of the value."""

    def seeds_in(self, cells: Cells) -> list[int]:
        """Return the seeds that all of its cells have."""
        return sorted(set.intersection(*(set(cells.get(name, {})) for name in self.cells)))

    def effect(self, cells: Cells) -> Effect | None:
        """Return the effect over these seeds; None where there is none."""
        runs = [[cells[name][seed] for name in self.cells] for seed in self.seeds_in(cells)]
        values = [self.value(one, runs[:place] + runs[place + 1 :]) for place, one in enumerate(runs)]
        return effect(values, self.threshold) if values else None


@dataclass(frozen=True)
class Claim:
    """Something that is said, in our words, and the questions that test it."""

    number: int
    says: str
    questions: Sequence[Question]
    """Those with a `claim` decide; the others stand beside."""


@dataclass(frozen=True)
class Answer:
    """What the runs say to a question."""

    question: Question
    effect: Effect | None
    p_adjusted: float = math.nan
    """Of a deciding question, adjusted for their number over the whole table."""

    @property
    def verdict(self) -> Verdict | None:
        """What it makes of the claim: None where it decides nothing."""
        asked, found = self.question, self.effect
        if asked.claim is None:
            return None
        if found is None or found.seeds < FEWEST_SEEDS:
            return "open"
        if self.p_adjusted < SIGNIFICANCE:
            above = found.mean > asked.threshold
            return "supported" if above == (asked.claim == "above") else "refuted"
        within = max(abs(found.low), abs(found.high)) <= asked.margin
        return "no effect" if within and asked.threshold == 0 else "open"

    @property
    def verdict_in_words(self) -> str:
        """The verdict, with the largest effect that is left where none was found; and of what there are no runs."""
        if self.verdict == "no effect" and self.effect is not None:
            return f"no effect larger than {max(abs(self.effect.low), abs(self.effect.high)):.2g}"
        return "not trained" if self.verdict and self.effect is None else self.verdict or ""


def answers(claims: Sequence[Claim], cells: Cells) -> dict[int, list[Answer]]:
    """Return the answers to the questions of each claim, by its number.

    The p-values of all that decide are adjusted together.
    """
    found = [(claim.number, question, question.effect(cells)) for claim in claims for question in claim.questions]
    deciding = [place for place, (_, question, _) in enumerate(found) if question.claim is not None]
    p_values = [math.nan if (one := found[place][2]) is None else one.p_value for place in deciding]
    adjusted = dict(zip(deciding, holm(p_values), strict=True))
    by_claim: dict[int, list[Answer]] = {claim.number: [] for claim in claims}
    for place, (number, question, one) in enumerate(found):
        by_claim[number].append(Answer(question, one, adjusted.get(place, math.nan)))
    return by_claim


def level(figure: Figure, cell: str) -> tuple[Sequence[str], Value]:
    """Return the cells and the value of a question about a figure itself."""
    return [cell], lambda runs, _: figure(runs[0])


def smallest(figure: Figure, *cells: str) -> tuple[Sequence[str], Value]:
    """Return those of a question about the smallest of a figure over several cells."""
    return cells, lambda runs, _: min(map(figure, runs))


def difference(figure: Figure, cell: str, control: str) -> tuple[Sequence[str], Value]:
    """Return those of a question about what a cell has more of a figure than its control, seed by seed."""
    return [cell, control], lambda runs, _: figure(runs[0]) - figure(runs[1])


def trend(figure: Figure, doses: Mapping[str, float]) -> tuple[Sequence[str], Value]:
    """Return those of a question about how much a figure grows where the dose, given by cell, grows by 1.

    The line of each seed is fitted by least squares.
    """
    middle = mean(doses.values())
    squares = sum((dose - middle) ** 2 for dose in doses.values())

    def slope(runs: Runs, _: Sequence[Runs]) -> float:
        return sum((dose - middle) * figure(run) for dose, run in zip(doses.values(), runs, strict=True)) / squares

    return list(doses), slope


def gain_of_choice(figure: Figure, cells: Sequence[str], usual: str) -> tuple[Sequence[str], Value]:
    """Return those of a question about what a choice among cells gains on a seed that had no part in it.

    Chosen is the cell with the smallest mean of a figure over the other seeds; the gain is beside the usual cell.
    """

    def gain(runs: Runs, others: Sequence[Runs]) -> float:
        means = [mean(figure(other[place]) for other in others) for place in range(len(cells))] if others else [0.0]
        return figure(runs[cells.index(usual)]) - figure(runs[means.index(min(means))])

    return cells, gain
