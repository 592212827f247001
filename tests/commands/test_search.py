"""`search`: what it tries, prunes, tells and refuses; with tiny trainings, and with lines of shell in their place."""

import json
import math
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import optuna
import pytest
import yaml
from sqlalchemy.exc import OperationalError

from lit_sentiment.curves.history import History
from lit_sentiment.runs.run_folder import RunFolder
from lit_sentiment.study.study_folder import varied_options
from lit_sentiment.study.study_plan import PlannedRun

CONFIGS = Path(__file__).parents[2] / "configs"
PATIENCE_SECONDS = 120
FINISHED = {"torch": "2", "lightning": "2", "training_seconds": 1.0, "verdict": {"kind": "overfitting"}}
SPACE = ("--model", "L2LSTM", "--space", "model.l2", "{low: 1.0e-6, high: 1.0e-2, log: true}")


def play(run, then="", goes_on=False):
    """Return lines of shell that train a run: best with an l2 of 1e-4; the default, 1e-2, is among the worst."""
    l2 = run.training.contents.get("vary", {}).get("model.l2", 1e-2)
    loss = 0.3 + (math.log10(l2) + 4) ** 2 / 10 + 0.01 * run.seed
    config = yaml.safe_dump({"seed_everything": int(run.seed), "run": str(run.folder.path), "l2": l2})
    script = f"""
        echo {run.name} >> {run.study}/started; mkdir $0; cat > $0/config.yaml <<EOF\n{config}EOF
        {then}
        printf 'epoch,loss,val_loss,val_data_loss\\n0,0.1,{9 - loss},{loss}\\n1,0.1,nan,0.99\\n' > $0/history.csv
        echo '{json.dumps(FINISHED)}' > $0/finished.json"""
    return ["sh", "-c", script, str(run.folder.path)]


@pytest.fixture
def search(command, monkeypatch):
    """Run `search` with lines of shell as runs, in the folder `s`."""
    monkeypatch.setattr("lit_sentiment.study.execution._POLL_SECONDS", 0.01)
    monkeypatch.setattr(PlannedRun, "command", play)

    def search(*args, space=SPACE, folder="s"):
        return command("search", *space, "--folder", folder, *args)

    return search


def refused(outcome, named):
    return (
        outcome.code == 2
        and outcome.err.startswith("error: ")
        and outcome.err.count("\n") == 1
        and named in outcome.err
    )


def trials_in(storage, name="search"):
    """What Optuna's storage holds, in the order of the trials."""
    study = optuna.load_study(study_name=name, storage=storage)
    return [(trial.params, trial.state.name, trial.value, trial.intermediate_values) for trial in study.trials]


def journal(folder):
    return optuna.storages.JournalStorage(
        optuna.storages.journal.JournalFileBackend(str(Path(folder) / "optuna.journal"))
    )


def started(folder="s"):
    return Path(folder, "started").read_text().split()


def seeds_of(trial, folder="s"):
    return sorted(int(path.name[-1]) for path in Path(folder).glob(f"L2LSTM-trial{trial:03}-seed?"))


def test_search_for_real(command, tiny):
    """Each run is what `fit` alone would give, and the best config trains the best trial again."""
    space = ("--space", "model.l2", "{low: 1e-6, high: 1e-2, log: true}", "--space", "model.units", "[3, 4]")
    args = ("--model", "L2LSTM", *space, "--trials", 2, "--seeds", 1, "--folder", "s", *tiny)
    outcome = command("search", *args)
    assert outcome.code == 0, outcome.out + outcome.err
    assert outcome.err == ""
    values = varied_options(Path("s"))
    losses = {
        name: min(RunFolder(Path(f"s/{name}-seed1")).read_history().data_curve("val_"))
        for name in ("L2LSTM-trial000", "L2LSTM-trial001")
    }
    best = min(losses, key=losses.__getitem__)
    assert f"Best: {best}: {losses[best]:.4f}; model.l2 = " in outcome.out
    assert "On test reviews, mean over the seeds: data_loss 0." in outcome.out
    told = [value for _, state, value, _ in trials_in(journal("s")) if state == "COMPLETE"]
    assert told == list(losses.values())
    assert command("fit", "--config", "s/best.yaml", "--run", "again").code == 0
    assert Path("again/history.csv").read_text() == Path(f"s/{best}-seed1/history.csv").read_text()
    assert f"l2: {values[best]['model.l2']}" in Path("again/config.yaml").read_text().replace("1.0e", "1e")


def test_best_trial_is_told_beside_the_settings_as_given(search):
    outcome = search("--trials", 6)
    assert outcome.code == 0, outcome.err
    assert outcome.err == ""
    values = [one["model.l2"] for one in varied_options(Path("s")).values() if one]
    assert len(values) == 6
    best = min(values, key=lambda l2: abs(math.log10(l2) + 4))
    number = values.index(best)
    assert f"Best: L2LSTM-trial{number:03}: " in outcome.out
    assert f"model.l2 = {best:.4g}\n" in outcome.out
    assert "as given              0.7100    0.7000    0.7100    0.7200\n" in outcome.out
    assert "The best trial is better with 3 of 3 seeds; as the best of 6 " in outcome.out
    assert "No test figures: " in outcome.out, "lines of shell leave no checkpoint"
    assert yaml.safe_load(Path("s/best.yaml").read_text()) == {"seed_everything": 0, "l2": best}


def test_penalty_is_not_judged(search):
    """The val_loss of these runs is best where their data loss is worst."""
    search("--trials", 6)
    trials = trials_in(journal("s"))
    best = min(trials, key=lambda trial: trial[2])
    assert best[0] == min((one[0] for one in trials), key=lambda params: abs(math.log10(params["model.l2"]) + 4))
    histories = [History.read(Path(f"s/L2LSTM-trial{number:03}-seed0/history.csv")) for number in range(6)]
    assert min(range(6), key=lambda number: histories[number]["val_loss"][0]) != trials.index(best)


def test_bad_trials_get_no_more_seeds(search):
    outcome = search("--trials", 8, "--workers", 1)
    pruned = [int(line[12:15]) for line in outcome.out.splitlines() if "pruned after 2 of 3 seeds" in line]
    assert pruned
    assert min(pruned) >= 4, "the first trials have none to be compared with"
    assert all(seeds_of(number) == [0, 1] for number in pruned)
    assert all(len(trials_in(journal("s"))[number][3]) == 2 for number in pruned)
    whole = search("--trials", 8, "--p_threshold", 0, folder="t")
    assert ", 0 pruned, 0 failed, in " in whole.out
    assert len(started("t")) == 9 * 3


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_text('{"broken'), lambda path: None])
def test_storage_is_made_of_the_folders(search, damage):
    """Whatever became of the journal."""
    args = ("--trials", 5)
    search(*args)
    before, best, runs = trials_in(journal("s")), Path("s/best.yaml").read_text(), started()
    damage(Path("s/optuna.journal"))
    outcome = search(*args)
    assert outcome.code == 0, outcome.err
    assert trials_in(journal("s")) == before
    assert Path("s/best.yaml").read_text() == best
    assert started() == runs


def test_more_trials_go_on_from_those_that_there_are(search):
    search("--trials", 3)
    before = trials_in(journal("s"))
    search("--trials", 6)
    assert trials_in(journal("s"))[:3] == before
    assert len(trials_in(journal("s"))) == 6
    assert len(started()) == len(set(started()))


def test_recorded_values_count_whatever_optuna_would_choose(search):
    search("--trials", 3)
    search("--trials", 3, "--sampler_seed", 5, folder="t")
    before = trials_in(journal("s"))
    assert before != trials_in(journal("t"))
    assert search("--trials", 3, "--sampler_seed", 5).code == 0
    assert trials_in(journal("s")) == before


def test_database_in_place_of_the_journal(search, tmp_path):
    url = f"sqlite:///{tmp_path}/optuna.db"
    outcome = search("--trials", 3, "--storage", url)
    assert outcome.code == 0, outcome.err
    name = str(Path("s").resolve())
    assert len(trials_in(url, name)) == 3
    assert not Path("s/optuna.journal").exists()
    assert f"optuna-dashboard {url}\n" in outcome.out
    assert search("--trials", 4, "--storage", url).code == 0
    assert len(trials_in(url, name)) == 4
    optuna.create_study(storage=url, study_name=str(Path("t").resolve()))
    assert refused(search("--storage", url, folder="t"), "--storage: expected no study ")


def test_tables_that_another_search_is_making_are_waited_for(search, monkeypatch, tmp_path):
    refusals = [OperationalError("", {}, Exception("table studies already exists")) for _ in range(2)]
    opened = optuna.storages.get_storage

    def busy(url):
        if refusals:
            raise refusals.pop()
        return opened(url)

    monkeypatch.setattr(optuna.storages, "get_storage", busy)
    outcome = search("--trials", 1, "--seeds", 0, "--storage", f"sqlite:///{tmp_path}/new.db")
    assert (outcome.code, refusals) == (0, []), outcome.err


def test_failed_trial_is_told_and_the_rest_goes_on(search, monkeypatch):
    def sometimes(run, goes_on):
        return ["sh", "-c", "mkdir $0; touch $0/config.yaml; echo no room; exit 1", str(run.folder.path)]

    def fail(run, goes_on):
        return sometimes(run, goes_on) if run.training.name.endswith(("001", "as-given")) else play(run)

    monkeypatch.setattr(PlannedRun, "command", fail)
    outcome = search("--trials", 3)
    assert outcome.code == 0
    assert "L2LSTM-trial001: failed: no room (log: s/logs/L2LSTM-trial001-seed0.log); model.l2 = " in outcome.out
    assert "as given           failed\n" in outcome.out
    assert [trial[1] for trial in trials_in(journal("s"))] == ["COMPLETE", "FAIL", "COMPLETE"]
    monkeypatch.setattr(PlannedRun, "command", sometimes)
    outcome = search("--trials", 2, folder="t")
    assert outcome.code == 1
    assert "No trial has a validation loss for every seed\n" in outcome.out
    assert not Path("t/best.yaml").exists()


def test_no_trial_better_than_the_settings_as_given_is_said(search):
    outcome = search("--trials", 2, "--space", "model.l2", "{low: 0.1, high: 1.0}")
    assert "No trial is better than the settings as given: keep those\n" in outcome.out


def test_config_that_the_user_changed_stays(search):
    search("--trials", 2)
    Path("s/best.yaml").write_text("mine: true\n")
    runs = started()
    assert refused(search("--trials", 4), "s/best.yaml: expected the file as search wrote it")
    assert started() == runs
    assert Path("s/best.yaml").read_text() == "mine: true\n"


def test_shipped_search_is_understood_anywhere(search):
    outcome = search("--config", CONFIGS / "search.yaml", "--trials", 2, "--seeds", 0, space=())
    assert outcome.code == 0, outcome.err
    assert "Best: l2_early_stopping-trial00" in outcome.out
    assert {*varied_options(Path("s"))["l2_early_stopping-trial000"]} == {"model.l2", "model.units"}


def test_ctrl_c_says_how_to_go_on(search, monkeypatch, command):
    """The first run sends the signal to the search; the command that it prints then goes on."""
    monkeypatch.setattr(PlannedRun, "command", lambda run, goes_on: play(run, "kill -INT $PPID; sleep 0.2"))
    outcome = search("--trials", 2, "--workers", 1)
    assert outcome.code == 130
    *_, said, again = outcome.out.splitlines()
    assert said.startswith("Stopped by SIGINT: 1 ")
    assert said.endswith("; go on with the same command:")
    assert "low: 1.0e-06" in again, "YAML takes 1e-06 for a text"
    monkeypatch.setattr(PlannedRun, "command", play)
    outcome = command(*shlex.split(again)[3:])
    assert outcome.code == 0, outcome.err
    assert "Search: 2 tried, " in outcome.out


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (("--space", "model.units", "[4, many]"), "--model.units=many"),
        (("--space", "model.units", "{low: 4.5, high: 5.5}"), "--model.units=4.5"),
        (("--space", "seed_everything", "[1, 2]"), "--seed_everything: expected not to be given"),
        (("--seeds", "1", "1"), "--seeds: expected each once, found 1 several times"),
        (("--trials_at_once", "0"), "--trials_at_once"),
        (("--p_threshold", "nan"), "--p_threshold: "),
        (("--nope", "3"), "--nope"),
        (("--run", "x"), "--run: expected not to be given"),
        (("--storage", "nope://x"), "--storage: expected the URL of a database"),
        (("--storage", "redis://localhost:1"), "--storage: expected the URL of a database"),
        (("--storage", "sqlite:////nowhere/x.db"), "--storage: expected the URL of a database"),
        (("--folder", "other"), "--folder: expected a new folder"),
    ],
)
def test_bad_input_is_one_line(search, args, named):
    Path("other").mkdir()
    Path("other/thing").touch()
    outcome = search(*args)
    assert refused(outcome, named), outcome
    assert not list(Path().glob("*/*-seed?"))


def test_search_without_a_space_is_refused(search):
    assert refused(search(space=()), "--space: expected an option of fit and its values, found none")


def test_other_space_or_settings_in_the_same_folder_are_refused(search):
    search("--trials", 2)
    other = ("--space", "model.l2", "{low: 1.0e-5, high: 1.0e-2, log: true}")
    assert refused(search("--trials", 2, *other), "found space.model.l2.low 1e-05 where it was 1e-06")
    assert refused(search("--trials", 2, "--data.batch_size", 4), "L2LSTM-as-given: expected the training")


def test_missing_optuna_is_one_line(search, monkeypatch):
    for name in [
        name for name in sys.modules if name.startswith(("lit_sentiment.study.o", "lit_sentiment.commands.se"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "optuna", None)
    assert refused(
        search(),
        "expected the extra [search] to be installed, found that it is not; pip install 'lit-sentiment[search]'",
    )


KILLED = """\
import sys
sys.path.insert(0, {tests!r})
import test_search as tests
tests.PlannedRun.command = lambda run, goes_on: tests.play(run, "sleep 0.1")
from lit_sentiment.cli import main
sys.exit(main({args!r}))
"""


@pytest.mark.parametrize("runs", [6, *(pytest.param(runs, marks=pytest.mark.slow) for runs in (1, 20, 30))])
def test_killed_search_goes_on_as_if_nothing_had_happened(search, tmp_path, runs):
    """After SIGKILL: the same trials as those of a search that was left alone, and no run is trained twice.

    Of the trials, TPE draws the first ten at random; the others depend on what was told.
    """
    args = ["search", *SPACE, "--trials", "14", "--workers", "2"]
    code = KILLED.format(tests=str(Path(__file__).parent), args=[*args, "--folder", "s"])
    process = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(list(Path("s").glob("*/finished.json"))) < runs:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    outcome = search(*args[len(SPACE) + 1 :])
    assert outcome.code == 0, outcome.err
    assert len(started()) == len(set(started()))
    assert search(*args[len(SPACE) + 1 :], folder="alone").code == 0
    assert trials_in(journal("s")) == trials_in(journal("alone"))
    ours, theirs = (yaml.safe_load(Path(folder, "best.yaml").read_text()) for folder in ("s", "alone"))
    assert ours == theirs
