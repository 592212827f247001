import sys

from lit_sentiment.study.study_plan import PlannedRun, plan_runs


def test_every_training_comes_first_with_the_first_seed(training, tmp_path):
    runs = plan_runs([training("b"), training("a")], [3, 1], tmp_path)
    assert [run.name for run in runs] == ["b-seed3", "a-seed3", "b-seed1", "a-seed1"]


def test_places_of_a_run(training, tmp_path):
    run = PlannedRun(training("one"), 7, tmp_path)
    assert run.folder.path == tmp_path / "one-seed7"
    assert run.log == tmp_path / "logs" / "one-seed7.log"


def test_new_run_has_its_seed_and_folder_last(training, tmp_path):
    """So they rule over whatever the config files say."""
    run = PlannedRun(training("one"), 7, tmp_path)
    assert run.command() == [
        *(sys.executable, "-m", "lit_sentiment", "fit", "--config=one.yaml"),
        *("--seed_everything", "7", "--run", str(tmp_path / "one-seed7")),
    ]


def test_begun_run_goes_on_by_its_own_config(begun):
    run = begun(last_checkpoint="")
    folder = run.folder.path
    assert run.command(goes_on=True)[4:] == [
        "--config",
        f"{folder}/config.yaml",
        "--ckpt_path",
        "last",
        "--run",
        str(folder),
    ]
