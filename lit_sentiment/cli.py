"""The command line: `python -m lit_sentiment COMMAND ...`."""

import importlib
import platform
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Any

from lit_sentiment import __version__
from lit_sentiment.built_in_configs import with_config_files
from lit_sentiment.errors import InputError, did_you_mean, reason
from lit_sentiment.plugins import allowed_packages, names_packages, take_from, withdrawn_packages
from lit_sentiment.process import (
    NOBODY_READS,
    Interrupted,
    complain,
    exit_code_after_output,
    judge_only,
    keep_traceback,
    leaving_at_once,
    write_any_character,
)

COMMANDS = {
    "fit": "train a model and see what its curves say",
    "validate": "print the figures of a checkpoint on validation reviews",
    "test": "print the figures of a checkpoint on test reviews",
    "predict": "judge texts with a checkpoint",
    "serve": "show a run as a page to play with, with a box for a sentence of your own",
    "study": "train several models with several seeds, several at a time",
    "search": "look for the best settings of a model",
    "report": "write what the runs of a study show, as a page and as a text",
    "suspects": "write the reviews whose labels are most likely wrong",
    "reference": "record what Keras itself does, for compare",
    "compare": "say whether a run is the same as Keras's",
    "diagnose": "say whether the trainings in TensorBoard folders overfit",
    "export": "write a model for other programs: safetensors, ONNX, and a model card",
    "import-keras": "make a checkpoint of a model that Keras saved",
    "export-keras": "write a checkpoint as Keras would save it",
    "completion": "print a script with which a shell completes commands, options and values",
    "configs": "list the configs that come with the package, or copy one",
}
_MODULES = {"validate": "evaluate", "test": "evaluate", "import-keras": "keras_files", "export-keras": "keras_files"}
"""Where a command does not live in the module of its own name."""

_JUDGING = COMMANDS.keys() - {"fit", "study", "search", "reference", "completion"}
"""Commands that have no options of `fit`, and whose models never train; those of a user may need all of Lightning."""

_SHOWN_VERSIONS = ("torch", "lightning", "jsonargparse", "numpy", "keras", "tensorflow", "tensorflow-cpu")
"""Of packages that are installed; read from their metadata, so that none is imported."""

BAD_INPUT = 2
DEFECT = 1
INTERRUPTED = 130

_ALLOWED_IMPORTS = ["lit_sentiment", "lightning.pytorch", "torch.optim"]
"""What a configuration file may name; anything else is refused, so that opening one runs no foreign code."""


def main(args: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 2 for anything that the user can fix, without a traceback."""
    command, *rest = (sys.argv[1:] if args is None else args) or ["--help"]
    if args is None and command in _JUDGING and not (names_packages(rest) or allowed_packages()):
        judge_only()  # for nothing comes after it in this process
    write_any_character()
    return exit_code_after_output(_exit_code(command, rest))


def _exit_code(command: str, args: Sequence[str]) -> int:
    try:
        return _run(command, args)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return NOBODY_READS
    except SystemExit as leaving:  # after a help; and what Rich makes of a closed pipe
        if isinstance(leaving.__context__, BrokenPipeError):
            return NOBODY_READS
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except Exception as defect:
        complain(f"error: {command} has a defect: {type(defect).__name__}; see {keep_traceback()}")
        return DEFECT


def _run(command: str, args: Sequence[str]) -> int:
    if command in ("-h", "--help"):
        print(_usage())
        return 0
    if command == "--version":
        print(_versions())
        return 0
    if command not in COMMANDS:
        return _refuse(
            f"expected a command ({', '.join(COMMANDS)}), found {command!r}{did_you_mean(command, COMMANDS)}"
        )
    with leaving_at_once():
        try:
            args = _prepare(args)
        except InputError as error:
            return _refuse(str(error))
        except OSError as fault:
            return _refuse(_no_access(fault))
        from jsonargparse import ArgumentError

        from lit_sentiment.commands.messages import with_options
        from lit_sentiment.commands.parser_faults import in_our_words

        module = module_of(command)
    try:
        return _call(command, module, args)
    except InputError as error:
        return _refuse(with_options(error, getattr(module, command.replace("-", "_"))))
    except BrokenPipeError:
        raise
    except RecursionError:
        return _refuse("an option or a file: expected lists in lists, found too many to read within each other")
    except (OSError, RuntimeError) as fault:
        refusal = fault if isinstance(fault, OSError) else fault.__context__  # torch.save hides it so
        if not isinstance(refusal, OSError) or refusal.errno is None:
            raise
        return _refuse(_no_access(refusal))
    except UnicodeEncodeError as fault:
        return _refuse(f"a name: expected UTF-8, found {fault.object[-200:]!r}; rename it, or name another")
    except ArgumentError as error:
        return _refuse(in_our_words(error, command, args))
    except Interrupted as interruption:
        return interruption.exit_code


def module_of(command: str) -> ModuleType:
    """Return the module in which a command lives, as a function of its name."""
    return importlib.import_module(f"lit_sentiment.commands.{_MODULES.get(command, command)}")


def _call(name: str, module: ModuleType, args: Sequence[str]) -> int:
    """Call a command with what the options say, and return its exit code.

    Raises:
        KeyboardInterrupt: Ctrl-C came; whatever else is raised while that is handled, or is made of it, tells of it.
    """
    try:
        return _outcome(name, module, args)
    except (Exception, SystemExit) as fault:
        cause: BaseException | None = fault
        while cause is not None:
            if isinstance(cause, KeyboardInterrupt):
                raise cause from None
            cause = cause.__context__
        raise


def _outcome(name: str, module: ModuleType, args: Sequence[str]) -> int:
    function = getattr(module, name.replace("-", "_"))
    if name in ("fit", "reference"):  # whose options are Lightning's
        return function(args) or 0
    from lit_sentiment.commands.typed_command import parse_call

    defaults = module.defaults_of(args) if hasattr(module, "defaults_of") else None
    return getattr(function(**parse_call(name, function, args, defaults)), "exit_code", 0)


def _usage() -> str:
    rows = [f"  {name:<12} {purpose}" for name, purpose in COMMANDS.items()]
    return "\n".join(
        [
            "usage: python -m lit_sentiment COMMAND [options]",
            "",
            *rows,
            "",
            "COMMAND --help lists the options of a command. --allow PACKAGE lets a command take classes of your own.",
            "--version prints the versions that a report of a fault needs.",
        ]
    )


def _versions() -> str:
    """Return what a report of a fault needs, a line each: versions of the package and of what it stands on."""
    lines = [f"lit-sentiment {__version__}"]
    for name in _SHOWN_VERSIONS:
        with suppress(PackageNotFoundError):
            lines.append(f"{name} {version(name)}")
    return "\n".join([*lines, f"Python {platform.python_version()}", platform.platform()])


def _no_access(fault: OSError) -> str:
    return f"{fault.filename or 'a file'}: expected to read or write it, found {reason(fault)}"


def _refuse(message: str) -> int:
    complain(f"error: {message}")
    return BAD_INPUT


def _prepare(args: Sequence[str]) -> list[str]:
    """Set up what commands share, and return the arguments without what is done here."""
    from jsonargparse import set_parsing_settings

    from lit_sentiment.commands.bounded_yaml import read_yaml_with_a_limit

    read_yaml_with_a_limit()
    left = with_config_files(take_from(args))
    set_parsing_settings(  # which adds to what it was given before
        import_path_denylist=["*", *withdrawn_packages()],
        import_path_allowlist=[*_ALLOWED_IMPORTS, *allowed_packages()],
    )
    warnings.simplefilter("ignore", FutureWarning)
    warnings.filterwarnings("ignore", "Checkpoint directory .* exists and is not empty")  # so it is when resuming
    warnings.showwarning = _show_warning
    return left


def _show_warning(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    complain(f"warning: {' '.join(str(message).split())}")
