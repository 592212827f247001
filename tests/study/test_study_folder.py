import json

import pytest

from lit_sentiment.errors import InputError
from lit_sentiment.study.study_folder import open_study
from lit_sentiment.study.study_plan import Training


def training(name="one", **settings):
    return Training(name, (), {"settings": settings, "options": ["--a=1", "--b=2"]})


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "deep" / "study"


def take(folder, *trainings):
    with open_study(folder, trainings):
        pass


def kept(folder):
    return json.loads((folder / "study.json").read_text())["trainings"]


def test_new_and_empty_folders_are_taken(folder, tmp_path):
    take(folder, training())
    assert kept(folder) == {"one": training().contents}
    (tmp_path / "empty").mkdir()
    take(tmp_path / "empty", training())


def test_folder_of_other_things_is_refused_and_left_alone(folder):
    folder.mkdir(parents=True)
    (folder / "letter.txt").touch()
    with pytest.raises(InputError, match="`folder`: expected a new folder or that of a study, found other things in"):
        take(folder, training())
    assert [path.name for path in folder.iterdir()] == ["letter.txt"]


def test_more_trainings_are_added(folder):
    take(folder, training("one"))
    take(folder, training("two"))
    assert list(kept(folder)) == ["one", "two"]


def test_other_contents_of_a_training_with_runs_are_refused(folder):
    take(folder, training(model={"units": 3, "l2": 1}))
    (folder / "one-seed4").mkdir()
    take(folder, training(model={"units": 3, "l2": 1}))
    with pytest.raises(
        InputError, match=r"one: .* found settings\.model\.units 5 where it was 3; name another `folder`"
    ):
        take(folder, training(model={"units": 5, "l2": 1}))
    with pytest.raises(InputError, match=r"found settings\.model\.l2 nowhere where it was 1"):
        take(folder, training(model={"units": 3}))
    assert kept(folder)["one"]["settings"] == {"model": {"units": 3, "l2": 1}}


def test_other_option_is_named(folder):
    take(folder, training())
    (folder / "one-seed4").mkdir()
    with pytest.raises(InputError, match=r"found options\.2 --b=3 where it was --b=2"):
        take(folder, Training("one", (), {"settings": {}, "options": ["--a=1", "--b=3"]}))


def test_training_that_never_ran_may_be_mended(folder):
    """Such as after a typing error that every run refused."""
    take(folder, training(units=0))
    (folder / "other-seed0").mkdir()
    take(folder, training(units=4))
    assert kept(folder)["one"]["settings"] == {"units": 4}


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"trainings": 3}'])
def test_damaged_plan_is_refused(folder, content):
    take(folder, training())
    (folder / "study.json").write_text(content)
    with pytest.raises(InputError, match=r"study\.json: expected the trainings of a study, found"):
        take(folder, training())


def test_second_study_at_once_is_refused(folder):
    with open_study(folder, [training()]), pytest.raises(InputError, match="expected no other study at work in"):
        take(folder, training())
    take(folder, training())
