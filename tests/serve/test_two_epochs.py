"""What the page says of a sentence: what `predict` says of it, and of each of its beginnings."""

import numpy as np
import pytest

from lit_sentiment.errors import InputError
from lit_sentiment.models.trained_model import TrainedModel
from lit_sentiment.runs.run_folder import RunFolder
from lit_sentiment.serve.two_epochs import TwoEpochs
from lit_sentiment.text.text_encoder import PADDING, TextEncoder

SENTENCE = "I love it, works well but the Xylophone broke."
WORDS = ["i", "love", "it", ",", "works", "well", "but", "the", "xylophone", "broke", "."]
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a\0b\x01\x1b[31m\x7f",
    "\ud83d alone",
    "\udfff\ud800",
    "\u202eright to left\u2066",
    "<br /><BR>" * 9,
    "z" * 5000,
    "z " * 2500,
    "\r\n\t",
    "'\"`${7*7}{{7*7}}",
]


def test_answer_has_the_words_as_the_model_reads_them(served, trained_run):
    answer = served.judged(SENTENCE)
    assert answer["words"] == WORDS
    vocabulary = TrainedModel.open(trained_run / "checkpoints/best.ckpt").encoder.words
    assert answer["known"] == [word in vocabulary for word in WORDS]
    assert {"love", "xylophone"} & {*vocabulary} == {"love"}
    assert answer["classes"] == ["negative", "positive"]
    assert (answer["unread"], answer["side"]) == (0, "beginning")


@pytest.mark.parametrize("text", [SENTENCE, "", "good", *HOSTILE], ids=lambda text: ascii(text[:12]))
def test_whole_text_is_judged_exactly_as_predict_does(served, command, trained_run, text):
    answer = served.judged(text)
    for epoch in ("best", "last"):
        trained = TrainedModel.open(trained_run / f"checkpoints/{epoch}.ckpt")
        expected = trained.model.probabilities(trained.logits(trained.encoder.encode([text]))).tolist()
        assert [positive for _, positive in [answer[epoch]["whole"]]] == expected
        assert len(answer[epoch]["by_word"]) == len(answer["words"]) == len(answer["known"])
    assert answer["best"] != answer["last"]


def test_figures_are_those_that_the_command_predict_prints(served, command, trained_run):
    answer = served.judged(SENTENCE)
    for epoch in ("best", "last"):
        checkpoint = trained_run / f"checkpoints/{epoch}.ckpt"
        out = command("predict", "--ckpt_path", checkpoint, "--text", SENTENCE, "--accelerator=cpu").out
        assert out.rstrip().endswith(f",{answer[epoch]['whole'][1]:.6f}")


def test_each_word_has_the_judgement_of_the_text_up_to_it(served, trained_run):
    answer = served.judged(SENTENCE)
    for number in range(len(WORDS)):
        alone = served.judged(" ".join(WORDS[: number + 1]))
        for epoch in ("best", "last"):
            np.testing.assert_allclose(answer[epoch]["by_word"][number], alone[epoch]["whole"], rtol=1e-5)
    assert len({tuple(one) for one in answer["last"]["by_word"]}) > 5


@pytest.mark.parametrize(
    ("settings", "words", "unread"),
    [
        ({"ids": "imdb"}, 3, 0),
        ({"ids": "imdb"}, 4, 0),  # without its start mark
        ({"ids": "imdb"}, 6, 2),
        ({"ids": "imdb", "truncating": "post"}, 3, 0),
        ({"ids": "imdb", "truncating": "post"}, 4, 1),
        ({"ids": "tokenizer"}, 5, 1),
        ({"ids": "text_vectorization", "truncating": "post"}, 5, 1),
    ],
)
def test_words_that_are_cut_off_are_counted(settings, words, unread):
    encoder = TextEncoder("keras", ["good"], max_length=4, **settings)
    kept = np.isin(encoder.encode(["good " * words]), encoder.word_ids(["good"])).sum()
    assert encoder.words_unread(["good"] * words) == words - kept == unread


def test_word_that_is_left_out_takes_no_place():
    encoder = TextEncoder("keras", ["good"], max_length=2, ids="tokenizer")
    assert encoder.unknown_id == PADDING
    assert encoder.words_unread(["good", "odd", "good"]) == 0
    assert encoder.words_unread(["good", "odd", "good", "good"]) == 1


ARCHITECTURE = """
layers:
  - Embedding: {output_dim: 4}
  - GRU: {units: 3}
  - Dense: {units: 3, activation: softmax}
"""


def test_model_of_several_classes_gives_each_its_probability(serving, command, tmp_path):
    (tmp_path / "three.yaml").write_text(ARCHITECTURE)
    labels = {"awful": "bad", "fine": "ok", "superb": "best"}
    rows = [f"{word} thing {number},{label}\n" for number in range(9) for word, label in labels.items()]
    (tmp_path / "reviews.csv").write_text("text,label\n" + "".join(rows))
    model = ("--model=KerasSequential", "--model.architecture=three.yaml", "--trainer.max_epochs=2")
    data = ("--data=ReviewTable", "--data.path=reviews.csv", "--data.classes=all", "--data.cache_dir=cache")
    outcome = command("fit", *model, *data, "--trainer.accelerator=cpu", "--run=run")
    assert outcome.code == 0, outcome.err
    with serving(tmp_path / "run") as served:
        answer = served.judged("superb odd thing")
    assert answer["classes"] == ["bad", "best", "ok"]
    assert answer["known"] == [True, False, True]
    trained = TrainedModel.open(tmp_path / "run/checkpoints/last.ckpt")
    (expected,) = trained.model.probabilities(trained.logits(trained.encoder.encode(["superb odd thing"]))).tolist()
    assert answer["last"]["whole"] == answer["last"]["by_word"][-1] == expected
    assert {len(one) for one in answer["best"]["by_word"]} == {3}


@pytest.mark.parametrize("model", ["DropoutLSTM", "L2LSTM"])
def test_runs_of_the_other_models_are_judged_as_predict_does(serving, command, tiny, tmp_path, model):
    data = [option for option in tiny if not option.startswith("--model.")]
    outcome = command("fit", f"--model={model}", *data, "--run=run")
    assert outcome.code == 0, outcome.err
    with serving(tmp_path / "run") as served:
        answer = served.judged(SENTENCE)
    for epoch in ("best", "last"):
        trained = TrainedModel.open(tmp_path / f"run/checkpoints/{epoch}.ckpt")
        assert [answer[epoch]["whole"][1]] == trained.logits(trained.encoder.encode([SENTENCE])).sigmoid().tolist()


def test_model_that_gives_no_numbers_is_refused(trained_run):
    epochs = TwoEpochs(RunFolder(trained_run))
    epochs.last.model.layers[0].weight.data.fill_(float("nan"))
    with pytest.raises(InputError, match="found NaN or infinity: its training has diverged"):
        epochs.judge("good")
