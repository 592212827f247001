"""What the option parser refuses, said as every other refusal: expected, found, and how to fix it, in one line."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from lit_sentiment.commands.messages import one_line, settings_of_classes
from lit_sentiment.commands.trainer_classes import class_name
from lit_sentiment.errors import did_you_mean

_LONGEST = 60
"""Of a value that is shown, in characters."""
_KINDS = {
    "int": "a whole number",
    "PositiveInt": "a whole number of 1 or more",
    "NonNegativeInt": "a whole number of 0 or more",
    "float": "a finite number",
    "PositiveFloat": "a number above 0",
    "bool": "true or false",
    "str": "a text",
    "list": "a list, such as [1, 2]",
    "tuple": "a list, such as [0.5, 0.3]",
    "dict": "a mapping, such as {a: 1}",
}
"""What a type is called."""
_VALUE = {
    r"Expected a <class '(?!NoneType)(\w+)'>": lambda found: _KINDS.get(found[1], found[1]),
    r"Not of type (\w+)": lambda found: _KINDS.get(found[1], found[1]),
    r"Expected a typing\.Literal\[([^]]+)\]": lambda found: _one_of(found[1].replace("'", "").split(", ")),
    r"Expected a tuple with (\d+) elements": lambda found: f"a list of {found[1]} values",
    r"invalid literal for int\(\)": lambda _: "a whole number",
    r"could not convert string to float": lambda _: "a number",
    r"does not conform to restriction v>0": lambda _: "more than 0",
    r"does not conform to restriction v>=0": lambda _: "0 or more",
    r"Unable to load config": lambda _: "its settings, each as an option of its own",
}
"""What is said of a value of the wrong type, and what was expected."""
_FOUND = (
    r"Got value: (.*)",
    r"Given value: (?!NestedArg|Namespace)(.*)",
    r"with base 10: '(.*)'",
    r"string to float: '(.*)'",
    r"(\S+) does not conform",
    r"Unable to load config '(.*)'",
)
_NO_SUCH_CLASS = (
    r"Expected a dot import path string: (.+)",
    r"Importing '(.+)' is not allowed",
    r"Problem with given class_path '(.+)':\s+(?:module .* has no attribute|No module named|Import path)",
)


def in_our_words(fault: object, command: str, args: Sequence[str] = ()) -> str:
    """Return what the parser refuses, in one line.

    Args:
        fault: What it raised.
        command: Whose options they are.
        args: The command line behind it.
    """
    text = str(fault)
    option = "--" + ".".join(dict.fromkeys(re.findall(r'Parser key "([^"]+)"', text)))
    classes = re.findall(r"(?:Problem with given class_path |class_path=)'([^']+)'", text)
    if found := re.match(r"unrecognized arguments: (.+)", text):
        return _unknown(found[1].split()[0].partition("=")[0], command)
    if found := re.match(r"argument (?:-\w/)?(--\S+): expected (?:at least )?one argument", text):
        bare = [arg for arg, next_arg in pairwise([*args, "--"]) if next_arg.startswith("--")]
        given = next((arg for arg in bare if arg.startswith(found[1]) and "=" not in arg), found[1])
        return f"{given}: expected a value behind it, found none"
    if found := re.search(r"the following arguments are required: (.+)", text):
        if classes:
            return f"{option}.{found[1]}: expected with {class_name(classes[0])}, found none given"
        known = _options_of(command)
        names = [f"--{name}" if f"--{name}" in known else name for name in found[1].split(", ")]
        return f"expected {' and '.join(names)}, found none given; see {command} --help"
    if text.startswith("Unexpected config"):
        return (
            f"--config: expected options by name as YAML, found {' '.join(text.split()[2:]) or 'nothing':.{_LONGEST}}"
        )
    if found := re.search(r"Option '(.+?)' is not accepted", text):
        return _unknown_setting(option, found[1], class_name(classes[0]) if classes else "")
    if found := re.search(r"Not of type \w+: ((?:\S+: )?expected .+)", text):
        return f"{option}: {found[1]}"
    part = (option.removeprefix("--") or text.partition(":")[0].removeprefix("--")).removesuffix(".help")
    name = next((found[1] for pattern in _NO_SUCH_CLASS if (found := re.search(pattern, text))), None)
    if option.count(".") == 0 and option not in _options_of(command):
        option = option.removeprefix("--")  # it is given by its place
    return _wrong_value(option, text) if name is None or not _classes(part) else _no_such_class(part, name)


def _wrong_value(option: str, text: str) -> str:
    types = re.sub(r"(Not of type \w+).*", r"\1", text)
    kinds = [(found.start(), says(found)) for pattern, says in _VALUE.items() for found in re.finditer(pattern, types)]
    expected = ", or ".join(dict.fromkeys(kind for _, kind in sorted(kinds)))
    given = next((found[1] for pattern in _FOUND if (found := re.search(pattern, text))), "")
    if option.startswith("--trainer."):
        from lit_sentiment.commands.trainer_options import OPTIONS

        rule = OPTIONS.get(option.removeprefix("--trainer."))
        expected = expected if rule is None else rule.accepted
    if not expected:
        lines = [line for line in text.splitlines() if not re.match(r"\s*(Parser key|Given|Subtypes)", line)]
        return ": ".join(filter(None, [option.removeprefix("--") and option, one_line("\n".join(lines))]))
    return f"{option}: expected {expected}, found {given or 'nothing':.{_LONGEST}}"


def _unknown(given: str, command: str) -> str:
    if not given.startswith("-"):
        return (
            f"expected options (--NAME VALUE), found {given!r} without one in front of it; {command} --help lists them"
        )
    known = [option.removeprefix("--") for option in _options_of(command)]
    close = did_you_mean(given.removeprefix("--"), known, "--")
    return f"{given}: expected an option of {command}{close or f'; {command} --help lists them'}"


def _unknown_setting(option: str, name: str, kind: str) -> str:
    settings = settings_of_classes().get(option.removeprefix("--"), {})
    owners = [one for one, names in settings.items() if name in names]
    if kind and owners:
        fix = f"give {option} {owners[0]} with it"
        return f"{option}.{name}: expected a setting of {kind}, found one of {_one_of(owners)}; {fix}"
    close = did_you_mean(name, settings.get(kind, ()), option + ".")
    fix = close or f"; {option}.help {kind} lists them"
    return f"{option}.{name}: expected a setting of {kind or 'a class'}, found none of this name{fix}"


def _no_such_class(part: str, given: str) -> str:
    known = _classes(part)
    own = "; one of your own comes from a package that you name by --allow PACKAGE" if "." in given else ""
    return f"--{part}: expected {_one_of(known)}, found {given}{did_you_mean(given, known) or own}"


def _one_of(names: Iterable[str]) -> str:
    names = list(names)
    return names[0] if len(names) == 1 else f"one of {', '.join(names)}"


def _classes(part: str) -> list[str]:
    """Return the names of the classes that an option takes."""
    from lit_sentiment.commands.trainer_classes import CALLBACKS, LOGGERS
    from lit_sentiment.data.sources import SOURCES
    from lit_sentiment.keras_semantics.optimizers import OPTIMIZERS
    from lit_sentiment.models import MODELS

    known: dict[str, Iterable[str]] = {
        "model": MODELS,
        "data": SOURCES,
        "optimizer": [*(f"Keras{name}" for name in OPTIMIZERS), "torch.optim.Adam"],
        "trainer.callbacks": CALLBACKS,
        "trainer.logger": LOGGERS,
    }
    return list(known.get(part, ()))


def _options_of(command: str) -> list[str]:
    from lit_sentiment.commands.completion import parser_of

    return [option for option in parser_of(command)._option_string_actions if option.startswith("--")]
