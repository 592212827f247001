"""The shipped configs hold only what differs from the defaults, or say that they do not."""

import copy
import inspect
from pathlib import Path

import pytest
import yaml

CONFIGS = Path(__file__).parents[1] / "configs"
STUDIES = {*CONFIGS.glob("*study.yaml"), *CONFIGS.glob("claims*.yaml"), CONFIGS / "search.yaml"}


def settings_of(tree, path=()):
    """The paths of all settings in a config, but for the names of classes."""
    if not isinstance(tree, dict | list):
        return [] if path[-1] == "class_path" else [path]
    children = tree.items() if isinstance(tree, dict) else enumerate(tree)
    return [found for key, child in children for found in settings_of(child, (*path, key))]


def without(tree, path):
    """The config without one setting."""
    tree = branch = copy.deepcopy(tree)
    *parents, last = path
    for key in parents:
        branch = branch[key]
    del branch[last]
    return tree


@pytest.mark.parametrize("config", sorted(set(CONFIGS.glob("*.yaml")) - STUDIES), ids=lambda path: path.stem)
def test_each_setting_of_a_config_differs_from_the_default(command, config):
    shipped = yaml.safe_load(config.read_text())
    printed = command("fit", "--config", config, "--print_config").out
    for path in settings_of(shipped):
        Path("less.yaml").write_text(yaml.safe_dump(without(shipped, path)))
        outcome = command("fit", "--config", "less.yaml", "--print_config")
        assert outcome.code == 0, outcome.err
        assert outcome.out != printed, path


def test_study_that_restates_the_defaults_says_so_truly():
    from lit_sentiment.commands.study import USUAL_TRAININGS, study

    restating = CONFIGS / "study.yaml"
    assert "Restates the defaults" in restating.read_text()
    shipped = yaml.safe_load(restating.read_text())
    usual = {name: parameter.default for name, parameter in inspect.signature(study).parameters.items()}
    assert shipped.pop("trainings") == list(USUAL_TRAININGS)
    assert shipped == {"seeds": list(usual["seeds"]), "folder": str(usual["folder"])}


@pytest.mark.parametrize("config", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_header_gives_the_command(config):
    assert f"configs/{config.name}" in config.read_text().partition("# Command:")[2].splitlines()[0]
