import pytest

from lit_sentiment.errors import InputError
from lit_sentiment.foreign_runs.run_search import find_runs


def runs_of(root, *holders, below=""):
    """The runs found where some folders hold event files."""
    for holder in holders:
        (root / holder).mkdir(parents=True, exist_ok=True)
        (root / holder / "events.out.tfevents.1").touch()
    return {str(run.folder.relative_to(root)): run.sub_runs for run in find_runs(root / below)}


def test_folder_with_event_files_is_a_run(tmp_path):
    assert runs_of(tmp_path, ".") == {".": ("",)}


@pytest.mark.parametrize("validation", ["validation", "val", "valid", "eval", "test"])
def test_folder_with_both_sub_runs_is_a_run(tmp_path, validation):
    assert runs_of(tmp_path, "train", validation) == {".": tuple(sorted(["train", validation]))}


def test_event_files_beside_sub_runs_belong_to_the_same_run(tmp_path):
    assert runs_of(tmp_path, "run", "run/eval") == {"run": ("", "eval")}


def test_every_run_of_a_folder_is_found(tmp_path):
    assert runs_of(tmp_path, "version_0", "version_1", "a/train", "a/validation", "a/keras/train", "a/keras/val") == {
        "a": ("train", "validation"),
        "a/keras": ("train", "val"),
        "version_0": ("",),
        "version_1": ("",),
    }


def test_folder_that_is_named_like_an_event_file_is_none(tmp_path):
    assert runs_of(tmp_path, "tfevents") == {"tfevents": ("",)}


def test_run_that_happens_to_be_called_test_is_a_run(tmp_path):
    assert runs_of(tmp_path, "test", "other") == {"test": ("",), "other": ("",)}


def test_asking_for_a_sub_run_gives_it_alone(tmp_path):
    assert runs_of(tmp_path, "train", "validation", below="train") == {"train": ("",)}


def test_sub_runs_of_add_scalars_are_one_run(tmp_path):
    assert runs_of(tmp_path, "loss_train", "loss_val") == {".": ("loss_train", "loss_val")}


def test_path_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"absent: expected a folder or a file with curves, found none$"):
        find_runs(tmp_path / "absent")


def test_folder_without_curves_is_refused(tmp_path):
    (tmp_path / "notes.csv").write_text("name,price\n")
    (tmp_path / "settings.json").write_text("{}")
    with pytest.raises(InputError, match=r"expected TensorBoard event files \(\*tfevents\*\) or a history"):
        find_runs(tmp_path)


@pytest.mark.parametrize(
    "name", ["history.csv", "lightning_logs/version_0/metrics.csv", "checkpoint-500/trainer_state.json", "training.log"]
)
def test_history_in_a_folder_without_event_files_is_a_run(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("epoch,loss,val_loss\n")
    assert [run.folder for run in find_runs(tmp_path)] == [path]


def test_history_beside_or_above_event_files_is_the_same_training(tmp_path):
    (tmp_path / "history.csv").write_text("epoch,loss,val_loss\n")
    assert runs_of(tmp_path, "train", "validation") == {".": ("train", "validation")}


def test_single_event_file_stands_for_its_folder(tmp_path):
    runs_of(tmp_path, "run")
    (found,) = find_runs(tmp_path / "run/events.out.tfevents.1")
    assert (found.folder, found.sub_runs) == (tmp_path / "run", ("",))
