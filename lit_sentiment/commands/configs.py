"""`configs`: the configs that come with the package; and what an option takes that names one."""

from pathlib import Path
from typing import Any

from jsonargparse.typing import Path_fr, register_type

from lit_sentiment.built_in_configs import built_in_config, config_file, config_names
from lit_sentiment.errors import InputError, did_you_mean
from lit_sentiment.files import replace_bytes, require_new


class ConfigFile(Path_fr):
    """A config file of the user's, or a built-in one by its name."""

    def __init__(self, given: Any, **settings: Any) -> None:
        super().__init__(str(config_file(given)) if isinstance(given, str) else given, **settings)


register_type(ConfigFile, deserializer_exceptions=(InputError, TypeError, ValueError))


def configs(*, copy: str | None = None, output: Path | None = None) -> None:
    """List the configs that come with the package, or copy one as a start for your own.

    An option that takes a config takes its name, too: --config baseline. Those of architectures are for --model
    KerasSequential --model.architecture NAME.

    Args:
        copy: The name of the config to copy.
        output: File to write the copy to; never written over.

    Raises:
        InputError: There is no such config, or the output is there already.
    """
    if (copy is None) != (output is None):
        raise InputError("--copy, --output: expected both or neither, found one; give --copy NAME --output FILE")
    names = config_names()
    if copy is not None and output is not None:
        if copy not in names:
            raise InputError(f"--copy: expected one of {', '.join(names)}, found {copy!r}{did_you_mean(copy, names)}")
        require_new("--output", output)
        replace_bytes(output, built_in_config(copy).read_bytes())
        return
    for name in names:
        with built_in_config(name).open(encoding="utf-8") as file:
            print(f"{name:<{max(map(len, names))}}  {' '.join(file.readline().lstrip('#').split())}")
