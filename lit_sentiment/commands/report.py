"""`report`: what the runs of a study show, as a page and as a text."""

import platform
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonargparse.typing import PositiveFloat, PositiveInt
from rich.progress import Progress

from lit_sentiment.console import Console
from lit_sentiment.errors import InputError
from lit_sentiment.plugins import command_line
from lit_sentiment.process import harmless, leaving_at_once
from lit_sentiment.report.dose_response import RESPONSES, dose_responses, unanswered
from lit_sentiment.report.keras_agreement import keras_agreements
from lit_sentiment.report.study_runs import RunGroup, read_groups
from lit_sentiment.report.written_report import Draw, write_report

if TYPE_CHECKING:
    from lit_sentiment.report.findings import Finding


def report(
    folder: Path,
    *,
    loss_margin: PositiveFloat = 0.02,
    accuracy_margin: PositiveFloat = 0.01,
    mistakes: PositiveInt = 8,
    claims: bool = False,
) -> "list[Finding]":
    """Write what the finished runs in a folder show: report.html (one file, opens from disk), report.md, report/.

    Every figure is computed anew from the runs. An earlier report there is replaced.

    Args:
        folder: The folder of a study, or any folder of runs.
        loss_margin: Ours and Keras's losses are equivalent within this.
        accuracy_margin: Likewise their accuracies.
        mistakes: How many wrong reviews to show per model.
        claims: Write instead what the runs of configs/claims.yaml say of 17 claims: claims.html, claims.md, claims/.

    Returns:
        What each group of runs shows; nothing of it with claims.

    Raises:
        InputError: There is no finished run that can be read, or the reviews of one cannot be.
    """
    groups, left_out = read_groups(folder)
    console = Console(soft_wrap=True)
    if claims:
        with leaving_at_once():
            from lit_sentiment.claims.claims_page import write_claims
        for line in write_claims(folder, groups, left_out):
            console.print(line)
        console.print(f"Written to {folder}: claims.html, claims.md, claims/")
        return []
    with leaving_at_once():
        from lit_sentiment.models.classification import CALIBRATION_BINS
        from lit_sentiment.report.epoch_pictures import draw_right_and_wrong, draw_temperatures
        from lit_sentiment.report.findings import EPOCH_COUNTS, FIGURES
        from lit_sentiment.report.judge import with_whole_checkpoints
        from lit_sentiment.report.report_pictures import draw_bands, draw_dose_response, draw_reliability
    groups, damaged = with_whole_checkpoints(groups)
    left_out += damaged
    findings, responses = _judge(groups, mistakes), dose_responses(groups)
    left_out += unanswered(groups, responses)
    recorded: dict[str, Any] = {}
    for group in groups:
        try:
            recorded |= {group.title: judged} if (judged := group.judgements) else {}
        except InputError as damage:
            left_out.append(str(damage))
    contents = {
        "name": folder.resolve().name,
        "command": harmless(command_line("report", folder)),
        "left_out": left_out,
        "groups": groups,
        "findings": findings,
        "epoch_counts": EPOCH_COUNTS,
        "figures": FIGURES,
        "calibration_bins": CALIBRATION_BINS,
        "agreements": keras_agreements(groups, loss_margin, accuracy_margin),
        "outcomes": [run.folder.read_finished() for group in groups for run in group.runs],
        "platform": platform.platform(),
        "responses": responses,
        "response_figures": RESPONSES,
        "verdicts": {one.title: ", ".join(f"{kind} {count}" for kind, count in one.kinds) for one in findings},
    }
    pictures: dict[str, Draw] = {
        "curves": partial(draw_bands, groups),
        "reliability": partial(draw_reliability, findings),
    }
    if recorded:
        pictures["right_and_wrong"] = partial(draw_right_and_wrong, recorded)
        pictures["temperatures"] = partial(draw_temperatures, recorded)
    pictures |= {f"varied_{number}": partial(draw_dose_response, one) for number, one in enumerate(responses)}
    write_report(folder, "report", contents, pictures)
    for line in left_out:
        console.print(f"Left out: {line}")
    for finding in findings:
        console.print(f"{finding.title}: {finding.verdict}")
    console.print(f"Written to {folder}: report.html, report.md, report/")
    return findings


def _judge(groups: Sequence[RunGroup], mistakes: int) -> "list[Finding]":
    from lit_sentiment.report.findings import Finding
    from lit_sentiment.report.judge import Judge
    from lit_sentiment.report.judgements import worst_mistakes

    judge, findings = Judge(), []
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Judging the validation reviews", total=sum(len(group.runs) for group in groups))
        for group in groups:
            judged = []
            for one in judge.judge(group):
                judged.append(one)
                progress.advance(task)
            data = judge.data_of(group.runs[0])
            texts = [review.text for review in data.reviews("validation")]
            worst = worst_mistakes([one.last for one in judged], texts, mistakes)
            findings.append(Finding(group.title, judged, worst, judge.linear_of(group.runs[0]), data.class_names))
    return findings
