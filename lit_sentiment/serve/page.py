"""The page of a run, from its template."""

import secrets

from jinja2 import Environment, PackageLoader, StrictUndefined

from lit_sentiment.curves.history import History
from lit_sentiment.curves.overfitting import diagnose
from lit_sentiment.errors import InputError
from lit_sentiment.runs.run_folder import RunFolder
from lit_sentiment.serve.curve_picture import HEIGHT, WIDTH, curve_pictures
from lit_sentiment.serve.two_epochs import MOST_CHARACTERS, TwoEpochs

EXAMPLES = (
    "It looked great until it broke on the second day.",
    "Not bad at all, I would buy it again.",
    "I expected little, and it was wonderful.",
)
_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Page:
    """A page with the curves and the verdict of a run, and a box for a sentence, which its server judges.

    Raises:
        InputError: The history of the run cannot be read, or has no epoch.
    """

    def __init__(self, run: RunFolder, epochs: TwoEpochs) -> None:
        history = run.read_history()
        if not len(history):
            raise InputError(f"{run.history}: expected an epoch or more, found none")
        of_epoch = {"best": epochs.best.epoch, "last": epochs.last.epoch}
        last = len(history) - 1  # and where a checkpoint was saved inside an epoch, the whole one before it
        marked = {name: last if epoch is None else min(epoch, last) for name, epoch in of_epoch.items()}
        environment = Environment(
            loader=PackageLoader("lit_sentiment.serve", "templates"), undefined=StrictUndefined, autoescape=True
        )
        self._template = environment.get_template("page.html.jinja")
        self._contents = {
            "name": run.path.resolve().name,
            "verdict": _verdict(run, history),
            "pictures": curve_pictures(history, marked),
            "width": WIDTH,
            "height": HEIGHT,
            "epochs": {name: epoch + 1 for name, epoch in marked.items()},
            "examples": EXAMPLES,
            "most_characters": MOST_CHARACTERS,
        }

    def written(self) -> tuple[str, str]:
        """Return the page, and the policy under which a browser runs the page's own script and no other."""
        nonce = secrets.token_urlsafe()
        return self._template.render(nonce=nonce, **self._contents), _POLICY.format(nonce=nonce)


def _verdict(run: RunFolder, history: History) -> str:
    if run.finished.exists():
        return str(run.read_finished()["verdict"]["sentence"])
    return f"The training is not finished. So far: {diagnose(history, None).sentence}"
