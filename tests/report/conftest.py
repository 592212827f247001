"""Groups of runs made by hand."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from lit_sentiment.curves.history import History
from lit_sentiment.models.classification import classification_figures
from lit_sentiment.reference.recorded_reference import Curves, RecordedReference
from lit_sentiment.report.judgements import Judgement
from lit_sentiment.report.study_runs import RunGroup, StudyRun
from lit_sentiment.runs.run_folder import RunFolder

IDENTITY = {
    "model": "BaselineLSTM",
    "dtype": "float32",
    "train_reviews": 40,
    "validation_reviews": 20,
    "train_sha256": "of train",
    "validation_sha256": "of validation",
}


@pytest.fixture
def judgement():
    """Make a judgement of probabilities and labels."""

    def judgement(probabilities: Sequence[float], labels: Sequence[int]) -> Judgement:
        logits = torch.logit(torch.tensor(probabilities, dtype=torch.float64), eps=1e-12)
        figures = classification_figures(logits, torch.tensor(labels, dtype=torch.int32))
        return Judgement(logits.numpy(), np.array(labels, dtype=np.int32), figures)

    return judgement


@pytest.fixture
def group():
    """Make a group of a run per seed from their curves; some with the curves of Keras."""

    def group(
        curves: Sequence[Curves],
        keras: Sequence[Curves | None] | None = None,
        twins: Sequence[Curves] = (),
        title: str = "BaselineLSTM",
    ) -> RunGroup:
        runs = []
        for seed, (ours, theirs) in enumerate(zip(curves, keras or [None] * len(curves), strict=True)):
            history = History()
            for epoch in range(len(ours["loss"])):
                history.append({name: curve[epoch] for name, curve in ours.items()})
            identity = {**IDENTITY, "seed": seed}
            reference = None if theirs is None else RecordedReference(identity, theirs, list(twins), {})
            runs.append(StudyRun(RunFolder(Path(f"baseline-seed{seed}")), identity, history, reference))
        return RunGroup(title, runs)

    return group
