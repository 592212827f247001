"""The messages of the option parser, made short."""

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
