from pathlib import Path

import pytest

from lit_sentiment.errors import InputError
from lit_sentiment.runs.run_folder import RunFolder, run_folder_of


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make_run(path):
    run = RunFolder(path)
    run.checkpoints.mkdir(parents=True)
    run.config.touch()
    run.last_checkpoint.touch()
    return run


def test_everything_lies_where_the_readme_says():
    run = RunFolder(Path("here"))
    places = [run.config, run.history, run.best_checkpoint, run.last_checkpoint, run.finished]
    expected = ["config.yaml", "history.csv", "checkpoints/best.ckpt", "checkpoints/last.ckpt", "finished.json"]
    assert [str(place) for place in places] == [f"here/{place}" for place in expected]


def test_new_and_empty_folders_are_unused(folder):
    RunFolder(folder / "new").require_unused()
    (folder / "empty").mkdir()
    RunFolder(folder / "empty").require_unused()


def test_folder_in_use_is_refused_with_a_way_on(folder):
    (folder / "used").mkdir()
    (folder / "used" / "anything").touch()
    (folder / "file").touch()
    for name in ("used", "file"):
        with pytest.raises(InputError, match=rf"`run`: expected a new folder, found .*{name} in use.*`ckpt_path` last"):
            RunFolder(folder / name).require_unused()


def test_run_of_a_checkpoint_is_found_by_any_path_to_it(folder, monkeypatch):
    run = make_run(folder / "runs" / "a")
    assert run_folder_of(run.last_checkpoint) == run
    assert run_folder_of(Path("runs/a/checkpoints/last.ckpt")) == run
    monkeypatch.chdir(run.checkpoints)
    assert run_folder_of(Path("last.ckpt")) == run


def test_checkpoint_elsewhere_is_in_no_run(folder):
    run = make_run(folder / "a")
    assert run_folder_of(folder / "last.ckpt") is None
    assert run_folder_of(folder / "a" / "other" / "last.ckpt") is None
    run.config.unlink()
    assert run_folder_of(run.last_checkpoint) is None


@pytest.mark.parametrize("content", [None, "", "[1]", "3"])
def test_run_that_is_not_finished_is_told(folder, content):
    run = make_run(folder / "a")
    if content is not None:
        run.finished.write_text(content)
    with pytest.raises(InputError, match=r"finished\.json: expected what came out of a finished run, found"):
        run.read_finished()
