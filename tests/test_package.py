"""What can be imported, and what it costs."""

import ast
import importlib
import itertools
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import mypy.api
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import lit_sentiment

PACKAGE = Path(lit_sentiment.__file__).parent
ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]


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


DECLARED = [line.rpartition(" ")[2] for line in PROJECT["classifiers"] if line.startswith("Programming Language")]


def constraints_for(python):
    """The pins of constraints.txt that hold for a Python version: the versions by name."""
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    pins = {}
    for pin in map(Requirement, lines):
        if pin.marker is None or pin.marker.evaluate({"python_version": python, "python_full_version": f"{python}.0"}):
            pins.setdefault(canonicalize_name(pin.name), []).append(str(pin.specifier).removeprefix("=="))
    return pins


def test_declared_pythons_are_those_that_the_package_accepts():
    accepted = SpecifierSet(PROJECT["requires-python"])
    minors = [f"3.{minor}" for minor in range(40)]
    assert [minor for minor in minors if f"{minor}.0" in accepted] == DECLARED
    oldest = DECLARED[0]
    assert PYPROJECT["tool"]["ruff"]["target-version"] == f"py{oldest.replace('.', '')}"
    assert PYPROJECT["tool"]["mypy"]["python_version"] == oldest
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    assert workflow["jobs"]["run"]["strategy"]["matrix"]["python"] == DECLARED


@pytest.mark.parametrize("python", DECLARED)
def test_constraints_pin_each_requirement_once_for_each_declared_python(python):
    pins = constraints_for(python)
    assert {name: versions for name, versions in pins.items() if len(versions) != 1} == {}
    extras = PROJECT["optional-dependencies"].values()
    for requirement in map(Requirement, itertools.chain(PROJECT["dependencies"], *extras)):
        if requirement.marker and not requirement.marker.evaluate({"python_version": python}):
            continue
        assert pins[canonicalize_name(requirement.name)][0] in requirement.specifier, requirement


def test_constraints_differ_where_a_package_has_no_wheel_for_a_python():
    """h5py 3.14.0 has none for Python 3.14; `scripts/check_pythons.sh` asks the index."""
    assert constraints_for("3.13")["h5py"] == ["3.14.0"]
    assert constraints_for("3.14")["h5py"] == ["3.16.0"]


def test_versions_in_the_package_and_its_metadata_agree():
    assert PROJECT["version"] == lit_sentiment.__version__
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"] == lit_sentiment.__version__


@pytest.mark.parametrize(("argument", "code"), [("--help", 0), ("fitt", 2)])
def test_console_script_returns_the_exit_code_of_the_command(argument, code):
    """Run what pip's wrapper runs, from the entry point in the metadata."""
    target = PROJECT["scripts"]["lit-sentiment"]
    entry = f"EntryPoint('lit-sentiment', {target!r}, 'console_scripts')"
    wrapper = f"import sys; from importlib.metadata import EntryPoint; sys.exit({entry}.load()())"
    done = subprocess.run([sys.executable, "-c", wrapper, argument], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == code, done.stderr
    assert ("usage:" in done.stdout) == (code == 0)


def test_type_checkers_see_the_names_that_are_loaded_lazily():
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    (block,) = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    seen = {alias.asname: node.module for node in block.body for alias in node.names if alias.asname == alias.name}
    assert seen == lit_sentiment._HOMES


USES = """\
import lit_sentiment
from lit_sentiment import DropoutLSTM, History, KerasAdam, diagnose

print(diagnose(History(), chance=None).sentence, DropoutLSTM(units=(4, 3), optimizer=KerasAdam))
DropoutLSTM(units="many")
History().losses
diagnose({"loss": [0.5]})
lit_sentiment.Nope
"""
MYPY = """\
[mypy]
follow_imports = silent
ignore_missing_imports = true
disable_error_code = import-untyped
# Without the types of these it takes seconds, not half a minute.
[mypy-torch.*,lightning.*,numpy.*]
follow_imports = skip
"""


def test_type_checker_finds_wrong_uses_of_public_names_and_no_others(tmp_path, monkeypatch):
    (tmp_path / "uses.py").write_text(USES)
    (tmp_path / "mypy.ini").write_text(MYPY)
    monkeypatch.setenv("MYPYPATH", str(PACKAGE.parent))
    options = ["--config-file", str(tmp_path / "mypy.ini"), "--cache-dir", str(tmp_path / "cache"), "--no-pretty"]
    said, _, _ = mypy.api.run([*options, "--no-error-summary", str(tmp_path / "uses.py")])
    found = [re.fullmatch(r".*uses\.py:(\d+): error: .*\[(.+)\]", line) for line in said.splitlines()]
    assert [match and (int(match[1]), match[2]) for match in found] == [
        (5, "arg-type"),
        (6, "attr-defined"),
        (7, "arg-type"),
        (8, "attr-defined"),
    ], said
