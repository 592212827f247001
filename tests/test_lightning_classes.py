"""The plain classes of a process that only judges do what those do that are Lightning's."""

import subprocess
import sys

KINDS = "BaselineLSTM, DropoutLSTM, L2LSTM, KerasSequential, Imdb, ReviewTable, ShopReviews"
PRINT_SETTINGS = f"""\
import json
from pathlib import Path
from lit_sentiment import {KINDS}
for made in (
    BaselineLSTM(70, units=3, learning_rate=0.5),
    DropoutLSTM(70, 4, [2, 3]),
    L2LSTM(70, l2=0.5),
    KerasSequential("architectures/gru", 70),
    Imdb(drop_duplicates=True),
    ReviewTable("x.csv", classes="all", ids="tokenizer", tokenizer="keras"),
    ShopReviews(train_reviews=5, batch_size=2, cache_dir=Path("x")),
):
    print(type(made).__name__, json.dumps(made.hparams))
try:
    ShopReviews(batch_size="two")
except Exception as refusal:
    print(refusal)
"""
WITHOUT_LIGHTNING = f"""\
import sys
from lit_sentiment.process import judge_only
judge_only()
{PRINT_SETTINGS}
assert "lightning" not in sys.modules
"""


def test_settings_are_those_that_lightning_keeps(capsys):
    plain = subprocess.run([sys.executable, "-c", WITHOUT_LIGHTNING], capture_output=True, text=True, check=True).stdout
    exec(PRINT_SETTINGS, {})
    assert plain == capsys.readouterr().out
    *settings, refusal = plain.splitlines()
    assert [line.partition(" ")[0] for line in settings] == KINDS.split(", ")
    assert '"train_reviews": 5' in settings[-1]
    assert refusal == "`batch_size`: expected int, found 'two'"
