"""What can be imported, and what it costs."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

import lit_sentiment

PACKAGE = Path(lit_sentiment.__file__).parent


def modules_after(code):
    """The modules that a fresh process has loaded after some code."""
    code = f"{code}\nimport sys, json\nprint(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("name", lit_sentiment.__all__)
def test_name_can_be_imported(name):
    value = getattr(lit_sentiment, name)
    assert value.__name__ == name
    assert value.__doc__
    assert name in dir(lit_sentiment)


def test_other_names_are_no_attributes():
    with pytest.raises(AttributeError, match="'Nope'"):
        lit_sentiment.Nope  # noqa: B018


def test_importing_the_package_is_quick():
    """Neither torch nor lightning, which take seconds."""
    loaded = modules_after("import lit_sentiment")
    assert "lit_sentiment" in loaded
    assert not loaded & {"torch", "lightning", "numpy", "tensorflow", "torchtext"}
    assert "torch" in modules_after("import lit_sentiment; lit_sentiment.KerasAdam")


def test_every_module_can_be_imported():
    for path in PACKAGE.rglob("*.py"):
        name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        if not name.endswith("__main__"):
            assert importlib.import_module(name).__doc__, f"{name} says nothing of itself"


def test_no_path_of_this_machine_is_in_the_package():
    for path in PACKAGE.rglob("*"):
        if path.is_file() and path.suffix in (".py", ".json", ".yaml", ".csv", ".txt"):
            text = path.read_text()
            assert not [home for home in ("/work/", "/home/", "/root/", "/tmp/") if home in text], path


def test_package_says_that_it_is_typed():
    assert (PACKAGE / "py.typed").exists()
