"""The command line: `python -m lit_sentiment COMMAND ...`."""

import importlib
import sys
import warnings
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from lit_sentiment.errors import InputError
from lit_sentiment.plugins import allowed_packages, take_from, withdrawn_packages
from lit_sentiment.process import Interrupted, keep_traceback, leaving_at_once, nobody_reads, robust_process

COMMANDS = {
    "fit": "train a model and see what its curves say",
    "validate": "print the figures of a checkpoint on validation reviews",
    "test": "print the figures of a checkpoint on test reviews",
    "predict": "judge texts with a checkpoint",
    "serve": "show a run as a page to play with, with a box for a sentence of your own",
    "study": "train several models with several seeds, several at a time",
    "search": "look for the best settings of a model",
    "report": "write what the runs of a study show, as a page and as a text",
    "reference": "record what Keras itself does, for compare",
    "compare": "say whether a run is the same as Keras's",
    "diagnose": "say whether the trainings in TensorBoard folders overfit",
    "export": "write a model for other programs: safetensors, ONNX, and a model card",
    "import-keras": "make a checkpoint of a model that Keras saved",
    "export-keras": "write a checkpoint as Keras would save it",
}
_MODULES = {"validate": "evaluate", "test": "evaluate", "import-keras": "keras_files", "export-keras": "keras_files"}
"""Where a command does not live in the module of its own name."""

BAD_INPUT = 2
DEFECT = 1
INTERRUPTED = 130

_ALLOWED_IMPORTS = ["lit_sentiment", "lightning.pytorch", "torch.optim"]
"""What a configuration file may name; anything else is refused, so that opening one runs no foreign code."""


def main(args: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 2 for anything that the user can fix, without a traceback."""
    command, *rest = (sys.argv[1:] if args is None else args) or ["--help"]
    try:
        with robust_process():
            return _run(command, rest)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return nobody_reads()
    except SystemExit as leaving:  # what Lightning makes of Ctrl-C, and Rich of a closed pipe
        if isinstance(leaving.__context__, KeyboardInterrupt):
            return INTERRUPTED
        if isinstance(leaving.__context__, BrokenPipeError):
            return nobody_reads()
        raise
    except Exception as defect:
        print(f"error: {command} has a defect: {type(defect).__name__}; see {keep_traceback()}", file=sys.stderr)
        return DEFECT


def _run(command: str, args: Sequence[str]) -> int:
    if command in ("-h", "--help"):
        print(_usage())
        return 0
    if command not in COMMANDS:
        return _refuse(f"expected a command ({', '.join(COMMANDS)}), found {command!r}")
    with leaving_at_once():
        try:
            args = _prepare(args)
        except InputError as error:
            return _refuse(str(error))
        from jsonargparse import ArgumentError

        from lit_sentiment.commands.messages import one_line, with_options

        module = importlib.import_module(f"lit_sentiment.commands.{_MODULES.get(command, command)}")
    try:
        return _call(command, module, args)
    except InputError as error:
        return _refuse(with_options(error, getattr(module, command.replace("-", "_"))))
    except BrokenPipeError:
        raise
    except (OSError, RuntimeError) as fault:
        refusal = fault if isinstance(fault, OSError) else fault.__context__  # torch.save hides it so
        if not isinstance(refusal, OSError) or refusal.errno is None:
            raise
        return _refuse(f"{refusal.filename or 'a file could not be written or read'}: {refusal.strerror}")
    except ArgumentError as error:
        return _refuse(f"{one_line(error)}; {command} --help lists the options")
    except Interrupted as interruption:
        return interruption.exit_code


def _call(name: str, module: ModuleType, args: Sequence[str]) -> int:
    """Call a command with what the options say, and return its exit code."""
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
        ]
    )


def _refuse(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return BAD_INPUT


def _prepare(args: Sequence[str]) -> list[str]:
    """Set up what commands share, and return the arguments without what is done here."""
    # TensorBoard looks for this module, and where it is found does not import TensorFlow, which takes seconds.
    sys.modules.setdefault("tensorboard.compat.notf", ModuleType("tensorboard.compat.notf"))

    from jsonargparse import set_parsing_settings

    left = take_from(args)
    set_parsing_settings(  # which adds to what it was given before
        import_path_denylist=["*", *withdrawn_packages()],
        import_path_allowlist=[*_ALLOWED_IMPORTS, *allowed_packages()],
    )
    warnings.simplefilter("ignore", FutureWarning)
    warnings.filterwarnings("ignore", "Checkpoint directory .* exists and is not empty")  # so it is when resuming
    warnings.showwarning = _show_warning
    return left


def _show_warning(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    print(f"warning: {message}", file=sys.stderr)
