import io

import pytest
from rich.console import Console

from lit_sentiment.curves.history import History
from lit_sentiment.study.live_table import counts, progress, study_table
from lit_sentiment.study.run_status import RunStatus
from lit_sentiment.study.study_plan import PlannedRun


@pytest.fixture
def statuses(training, tmp_path):
    """Fifteen runs, in the order of their start."""
    trainings = [training(name, max_epochs=10) for name in ("l2_early_stopping", "baseline", "dropout")]
    return [RunStatus(PlannedRun(training, seed, tmp_path)) for seed in range(5) for training in trainings]


def shown(statuses, lines=None, width=80):
    console = Console(file=io.StringIO(), width=width, markup=False)
    console.print(study_table(statuses, lines))
    return console.file.getvalue().splitlines()


def run(status, epochs=0):
    status.state = "running"
    status.run.folder.path.mkdir()
    status.run.folder.config.touch()
    status.history = History()
    for epoch in range(epochs):
        status.history.append({"loss": 0.5, "val_loss": 0.4 + abs(epoch - 1) / 10, "val_accuracy": 0.7 + epoch / 100})


def test_all_runs_are_grouped_by_training(statuses):
    rows = [line.split()[:2] for line in shown(statuses) if "waiting" in line and "15" not in line]
    names = ("l2_early_stopping", "baseline", "dropout")
    assert rows == [[name, str(seed)] for name in names for seed in range(5)]


def test_row_of_a_running_and_a_done_run(statuses):
    run(statuses[0], epochs=3)
    statuses[0].seconds = 12.4
    run(statuses[1], epochs=4)
    statuses[1].state, statuses[1].verdict, statuses[1].seconds = "done", "too few epochs", 61.0
    rows = [" ".join(line.split()) for line in shown(statuses)]
    assert "l2_early_stopping 0 epoch 4/10 0.4000 0.5000 0.7200 12" in rows
    assert "baseline 0 done 0.4000 0.6000 0.7300 too few epochs 61" in rows


def test_no_row_is_wider_than_a_usual_terminal(statuses):
    for status in statuses:
        run(status, epochs=10)
        status.verdict, status.seconds = "no overfitting", 1234.0
    lines = shown(statuses, width=85)
    assert any("epoch 10/10" in line and "no overfitting" in line and "1234" in line for line in lines)
    assert len(shown(statuses, width=80)) == len(lines), "a narrow terminal cuts cells rather than add lines"


def test_low_terminal_shows_what_runs_and_what_failed(statuses):
    run(statuses[7])
    run(statuses[9])
    statuses[3].state = "failed"
    rows = [line.split()[:3] for line in shown(statuses, lines=9) if line.startswith(("l2_", "baseline ", "dropout "))]
    assert len(rows) == 4
    assert len(shown(statuses, lines=9)) < 9
    assert ["baseline", "2", "epoch"] in rows
    assert ["l2_early_stopping", "3", "epoch"] in rows
    assert ["l2_early_stopping", "1", "failed"] in rows


def test_counts_tell_all(statuses):
    run(statuses[7])
    statuses[3].state = "done before"
    assert counts(statuses) == "13 waiting, 1 done before, 1 running"
    assert any(counts(statuses) in line for line in shown(statuses, lines=7))


def test_progress_of_a_run(statuses):
    status = statuses[0]
    assert progress(status) == "waiting"
    status.state = "running"
    assert progress(status) == "starting"
    run(status, epochs=2)
    assert progress(status) == "epoch 3/10"
    status.max_epochs = 2
    assert progress(status) == "epoch 2/2", "its last epoch is over, it itself is not"
    status.max_epochs = -1
    assert progress(status) == "epoch 3"


def test_figures_without_validation_stay_empty(statuses):
    run(statuses[0])
    statuses[0].history.append({"loss": 0.5, "accuracy": 0.5})
    (row,) = [line for line in shown(statuses) if "epoch 2/10" in line]
    assert row.split() == ["l2_early_stopping", "0", "epoch", "2/10"]
