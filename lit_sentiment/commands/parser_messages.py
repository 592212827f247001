"""The messages of the option parser, made short."""

import torch

_NOISE = (
    "Does not validate against any",
    "Subtypes",
    "Errors",
    "Expected a <class 'NoneType'>",
    "Expected a path but",
    "Given value type:",
    "Given value: Namespace",
    "Given value: NestedArg",
    "Problem with given class_path",
)
_LONGEST = 500


def one_line(message: object) -> str:
    """Return what a person can use of a message of jsonargparse, which may have many lines, in one."""
    lines = [line.strip().removeprefix("- ").removesuffix(":") for line in str(message).splitlines()]
    return "; ".join(line for line in lines if line and not line.startswith(_NOISE))[:_LONGEST]


def came_from_a_setting(fault: Exception) -> bool:
    """Whether Lightning or an optimiser refuses something in its own code, or the memory of a device is full."""
    frame = fault.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    module = "" if frame is None else str(frame.tb_frame.f_globals.get("__name__", ""))
    return module.startswith(("lightning.", "torch.optim.")) or isinstance(fault, torch.OutOfMemoryError)
