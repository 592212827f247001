"""Configs by name: where a name is understood, and that a user's own file comes first."""

import os
import threading
from pathlib import Path

import pytest
import yaml

from lit_sentiment.built_in_configs import config_names, with_config_files
from lit_sentiment.errors import InputError

CONFIGS = Path(__file__).parents[1] / "configs"


def refusal(outcome):
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.count("\n") == 1
    return outcome.err


def test_every_config_is_listed_with_a_sentence(command):
    lines = command("configs").out.splitlines()
    assert [line.split()[0] for line in lines] == config_names()
    assert {f"{name}.yaml" for name in config_names()} == {
        str(one.relative_to(CONFIGS)) for one in CONFIGS.rglob("*.yaml")
    }
    assert all(line.split(maxsplit=1)[1].endswith(".") for line in lines)


@pytest.mark.parametrize("options", [["--config", "l2_tuned"], ["--config=l2_tuned"], ["-c", "l2_tuned"]])
def test_name_is_that_config(command, options):
    by_name, by_path = (
        command("fit", *given, "--print_config") for given in (options, ["-c", CONFIGS / "l2_tuned.yaml"])
    )
    assert by_name.code == 0, by_name.err
    assert by_name.out == by_path.out != command("fit", "--print_config").out


def test_own_file_comes_before_a_built_in_config_and_a_folder_does_not(command):
    Path("dropout").mkdir()
    Path("baseline").write_text("model: {class_path: BaselineLSTM, init_args: {units: 7}}\n")
    baseline, dropout = (
        yaml.safe_load(command("fit", "-c", name, "--print_config").out) for name in ("baseline", "dropout")
    )
    assert baseline["model"]["init_args"]["units"] == 7
    assert dropout["model"]["class_path"].endswith("DropoutLSTM")


@pytest.mark.parametrize("options", [["--config", "{}"], ["--config={}"], ["-c", "{}"]])
def test_pipe_is_read_once(command, tmp_path, options):
    os.mkfifo(tmp_path / "pipe")
    path, config = tmp_path / "pipe", "---\nseed_everything: 7\n"
    writer = threading.Thread(target=path.write_text, args=(config,))
    writer.start()
    outcome = command("fit", *(one.format(path) for one in options), "--print_config")
    writer.join()
    assert (outcome.code, outcome.out) == (0, command("fit", "--seed_everything=7", "--print_config").out)


@pytest.mark.parametrize("given", ['{"seeds": [3]}', "seeds: [3]", "-"])
def test_options_as_yaml_are_left_as_they_are(given):
    assert with_config_files(["--config", given, "--seeds", "baseline"]) == ["--config", given, "--seeds", "baseline"]


def test_option_without_its_value_is_left_to_the_parser():
    assert with_config_files(["--config"]) == ["--config"]
    with pytest.raises(InputError, match="--config"):
        with_config_files(["--config", "--seeds"])


@pytest.mark.parametrize(
    "args",
    [
        *(f"{name} --config nope" for name in ("fit", "study", "search", "reference")),
        "study --trainings nope",
        "study --shared_configs nope",
        "search --space model.l2 [1] --training nope",
        "fit --model KerasSequential --model.architecture nope",
        "fit --config architectures/gru",
        "configs --copy nope --output mine.yaml",
    ],
)
def test_unknown_name_is_refused_with_those_that_there_are(command, args):
    said = refusal(command(*args.split()))
    assert ("imdb_study" in said) is (".architecture" not in said)
    assert ("architectures/imdb_cnn," in said) is ("--model" in args or "--copy" in args)


def test_copy_is_the_config_and_is_never_written_over(command):
    options = ("configs", "--copy", "architectures/gru", "--output", "new/mine.yaml")
    assert command(*options).code == 0
    assert Path("new/mine.yaml").read_bytes() == (CONFIGS / "architectures/gru.yaml").read_bytes()
    Path("new/mine.yaml").write_text("mine")
    assert refusal(command(*options)).startswith("error: --output: expected a new file")
    assert Path("new/mine.yaml").read_text() == "mine"


@pytest.mark.parametrize("option", ["--copy=study", "--output=mine.yaml"])
def test_copy_needs_both_options(command, option):
    assert refusal(command("configs", option)).startswith("error: --copy, --output: expected both")


def test_architecture_is_found_by_name(command):
    by_name = ("fit", "--model", "KerasSequential", "--model.architecture", "architectures/imdb_fasttext")
    tiny = ("--data.train_reviews", 20, "--data.validation_reviews", 20, "--trainer.max_epochs", 1)
    outcome = command(*by_name, *tiny)
    assert outcome.code == 0, outcome.err
    assert "GlobalAveragePooling1D" in outcome.out
    assert Path("runs/imdb_fasttext-ShopReviews-seed0").is_dir()
