"""The pages that lead through commands and code: all of it runs, on few reviews."""

import doctest
import re
import shlex
from pathlib import Path

import pytest
import torch

pytestmark = pytest.mark.site
DOCS = Path(__file__).parents[1] / "docs"
FEW_REVIEWS = ("--data.train_limit=60", "--data.validation_limit=25", "--trainer.max_epochs=2")
BEFORE = {"start": ["fit"]}
"""What README's first command has done."""
NOT_HERE = {
    "serve": "it runs until Ctrl-C; tests/serve/test_serve.py",
    "compare runs/BaselineLSTM-ShopReviews-seed0": "few reviews have no reference; tests/commands/test_compare.py",
}


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / f"{page}.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("page", ["start", "own-reviews", "porting"])
def test_commands_of_the_page_run_in_its_order(command, tmp_path, page):
    (tmp_path / "configs").symlink_to(DOCS.parent / "configs")
    for code in blocks(page, "python"):
        exec(code, {})
    lines = "".join(blocks(page, "bash")).replace("\\\n", "").splitlines()
    commands = [line.removeprefix("python -m lit_sentiment ") for line in lines]
    for line in [*BEFORE.get(page, []), *commands]:
        if not any(line.startswith(one) for one in NOT_HERE):
            outcome = command(*shlex.split(line), *(FEW_REVIEWS if line.startswith("fit") else ()))
            assert outcome.code == 0, (line, outcome.err)


def test_code_of_the_porting_guide_gives_what_stands_below_it():
    code = doctest.DocTestParser().get_doctest("".join(blocks("porting", "pycon")), {}, "porting", None, 0)
    try:
        found = doctest.DocTestRunner().run(code)
    finally:
        torch.set_default_dtype(torch.float32)
    assert found.attempted > 10
    assert found.failed == 0
