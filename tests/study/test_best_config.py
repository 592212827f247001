"""The config of the best trial: written, replaced, and left alone once a user has changed it."""

import pytest
import yaml

from lit_sentiment.errors import InputError
from lit_sentiment.runs.run_folder import RunFolder
from lit_sentiment.study.best_config import require_unchanged, write_best_config


@pytest.fixture
def run(tmp_path):
    (tmp_path / "config.yaml").write_text("seed_everything: 3\nrun: here\nmodel: {l2: 1.0e-6}\n")
    return RunFolder(tmp_path)


def test_config_has_the_settings_but_not_the_folder_of_the_run(run, tmp_path):
    path = tmp_path / "best.yaml"
    require_unchanged(path)
    write_best_config(path, run, ["Best of 3."])
    assert path.read_text().splitlines()[1] == "# Best of 3."
    assert yaml.safe_load(path.read_text()) == {"seed_everything": 3, "model": {"l2": 1e-6}}
    write_best_config(path, run, ["Best of 4."])
    assert "# Best of 4." in path.read_text()


@pytest.mark.parametrize("damage", [b"", b"\xff", b"a: [", b"a: &a [*a]", None], ids=str)
def test_damaged_config_of_the_run_is_refused(run, tmp_path, damage):
    run.config.unlink()
    if damage is not None:
        run.config.write_bytes(damage)
    with pytest.raises(InputError, match=r"config\.yaml: expected options as YAML, .*found"):
        write_best_config(tmp_path / "best.yaml", run, [])
    assert not (tmp_path / "best.yaml").exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + "# mine\n",
        lambda text: text.replace("seed_everything: 3", "seed_everything: 4"),
        lambda text: text.partition("\n")[2],
        lambda text: "",
    ],
    ids=["more", "other", "first line gone", "empty"],
)
def test_changed_file_is_left_alone(run, tmp_path, change):
    path = tmp_path / "best.yaml"
    write_best_config(path, run, ["Best of 3."])
    path.write_text(changed := change(path.read_text()))
    with pytest.raises(InputError, match="found a changed one; move it away"):
        write_best_config(path, run, ["Best of 4."])
    assert path.read_text() == changed
