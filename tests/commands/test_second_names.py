"""A setting has one name: giving it by another is refused, unless both say the same."""

import pytest

from lit_sentiment.commands.second_names import RULING_NAMES, refuse_second_names
from lit_sentiment.errors import InputError


@pytest.mark.parametrize("name", RULING_NAMES)
@pytest.mark.parametrize("form", ["apart", "joined", "with init_args", "in a file", "as YAML"])
def test_second_name_is_refused(tmp_path, name, form):
    config = tmp_path / "config.yaml"
    part, setting = name.split(".")
    config.write_text(f"{part}:\n  class_path: Any\n  init_args:\n    {setting}: 7\n")
    args = {
        "apart": [f"--{name}", "7"],
        "joined": [f"--{name}=7"],
        "with init_args": [f"--{part}.init_args.{setting}", "7"],
        "in a file": ["--config", str(config)],
        "as YAML": ["--config", config.read_text()],
    }[form]
    with pytest.raises(InputError, match=f"--{name}: expected not to be given, found 7; give --{RULING_NAMES[name]}"):
        refuse_second_names(args)


def test_ruling_names_are_accepted():
    refuse_second_names([word for name in RULING_NAMES.values() for word in (f"--{name}", "7")])


def test_both_names_may_say_the_same():
    """Then nothing is overruled."""
    refuse_second_names(["--data.vocab_size", "300", "--model.vocab_size", "300"])
    with pytest.raises(InputError):
        refuse_second_names(["--data.vocab_size", "300", "--model.vocab_size", "301"])
