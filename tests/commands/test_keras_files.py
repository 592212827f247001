"""`import-keras` and `export-keras`, from the command line."""

import csv
import io
import json
import shlex
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from lit_sentiment.cli import main
from lit_sentiment.keras_files.keras_file import read_keras_file, write_keras_file
from lit_sentiment.models import BaselineLSTM
from lit_sentiment.models.trained_model import TrainedModel

FIXTURES = Path(__file__).parents[1] / "keras_files/fixtures"
PRE = ["--padding", "pre", "--truncating", "pre"]
IMDB = ["--word_index", "{words}", "--ids", "imdb", "--max_length", "6", "--tokenizer", "keras", *PRE]
TOKENIZER = ["--word_index", "{words}", "--ids", "tokenizer", "--max_length", "6", *PRE, "--tokenizer", "keras"]
TOKENIZER += ["--num_words", "11", "--oov_token", ""]
TEXTS = ["I love it, works well", "broke after a week", ""]


@pytest.fixture
def checkpoint(trained_run):
    return trained_run / "checkpoints/last.ckpt"


@pytest.fixture
def word_index(tmp_path):
    """More words than any of the recorded models has token ids."""
    path = tmp_path / "word_index.json"
    path.write_text(json.dumps({f"word{rank}": rank for rank in range(1, 41)}))
    return path


def probabilities(command, checkpoint):
    options = [option for text in TEXTS for option in ("--text", text)]
    outcome = command("predict", "--ckpt_path", checkpoint, "--trainer.accelerator", "cpu", *options)
    assert outcome.code == 0, outcome.err
    return [row["probability"] for row in csv.DictReader(io.StringIO(outcome.out))]


@pytest.mark.parametrize("vocabulary", ["--encoder_from", "--word_index"])
def test_model_comes_back_and_judges_the_same(command, checkpoint, vocabulary):
    outcome = command(
        "export-keras", "--ckpt_path", checkpoint, "--output", "model.keras", "--word_index", "words.json"
    )
    assert (outcome.code, outcome.err) == (0, "")
    assert "Written to model.keras: BaselineLSTM, vocab_size 200, embedding_dim 5, units 4, float32" in outcome.out
    before = TrainedModel.open(checkpoint)
    assert f"(B, {before.encoder.max_length})" in outcome.out

    options = ["--encoder_from", checkpoint]
    if vocabulary == "--word_index":
        encoder = before.encoder
        options = [
            vocabulary,
            "words.json",
            "--ids",
            "imdb",
            "--max_length",
            encoder.max_length,
            "--tokenizer",
            encoder.tokenizer,
            *PRE,
        ]
    outcome = command("import-keras", "model.keras", "--output", "back/again.ckpt", *options)
    assert (outcome.code, outcome.err) == (0, "")
    assert "model.keras: BaselineLSTM, vocab_size 200, embedding_dim 5, units 4, float32" in outcome.out
    after = TrainedModel.open(Path("back/again.ckpt"))
    assert after.encoder == before.encoder
    assert after.model.hparams == before.model.hparams
    for name, weight in before.model.state_dict().items():
        assert torch.equal(after.model.state_dict()[name], weight)
    judged = probabilities(command, "back/again.ckpt")
    assert judged == probabilities(command, checkpoint)
    assert len(set(judged)) > 1


@pytest.fixture(scope="module")
def tokenizer_checkpoint(tiny, tmp_path_factory):
    """Trained on a Tokenizer's token ids, padded in front so that the texts are told apart."""
    run = tmp_path_factory.mktemp("tokenizer") / "run"
    options = ["--data.ids=tokenizer", "--data.tokenizer=keras", "--data.truncating=post"]
    assert main(["fit", *tiny, *options, "--run", str(run)]) == 0
    return run / "checkpoints/last.ckpt"


def test_model_of_a_text_vectorization_comes_back_and_judges_the_same(command, tiny):
    options = ["--data.ids=text_vectorization", "--data.tokenizer=keras", "--data.truncating=post"]
    assert main(["fit", *tiny, *options, "--run", "run"]) == 0
    checkpoint = Path("run/checkpoints/last.ckpt")
    outcome = command(
        "export-keras", "--ckpt_path", checkpoint, "--output", "model.keras", "--vocabulary", "vocabulary.json"
    )
    assert (outcome.code, outcome.err) == (0, "")
    assert "the word of rank r is r + 1, other words are 1, as of a TextVectorization (--max_length 45" in outcome.out
    padded = ["--max_length", "45", "--padding", "pre", "--truncating", "post"]
    outcome = command(
        "import-keras", "model.keras", "--output", "back.ckpt", "--vocabulary", "vocabulary.json", *padded
    )
    assert (outcome.code, outcome.err) == (0, "")
    assert TrainedModel.open(Path("back.ckpt")).encoder == TrainedModel.open(checkpoint).encoder
    assert probabilities(command, "back.ckpt") == probabilities(command, checkpoint)
    outcome = command("export-keras", "--ckpt_path", checkpoint, "--output", "a.keras", "--tokenizer_json", "t.json")
    assert outcome.code == 2
    assert "found those of text_vectorization in" in outcome.err


@pytest.mark.parametrize("source", ["--encoder_from", "--word_index", "--tokenizer_json"])
def test_model_of_a_tokenizer_comes_back_and_judges_the_same(command, tokenizer_checkpoint, tiny, source):
    files = ["--word_index", "words.json", "--tokenizer_json", "tokenizer.json"]
    outcome = command("export-keras", "--ckpt_path", tokenizer_checkpoint, "--output", "model.keras", *files)
    assert (outcome.code, outcome.err) == (0, "")
    assert "padded at the front and cut at the back: the word of rank r is r, other words are left out" in outcome.out
    written = outcome.out.partition("left out (")[2].partition(")\n")[0]
    padded = ["--max_length", "45", "--padding", "pre", "--truncating", "post"]
    options = {
        "--encoder_from": [tokenizer_checkpoint],
        "--word_index": ["words.json", *shlex.split(written)],
        "--tokenizer_json": ["tokenizer.json", *padded],
    }
    outcome = command("import-keras", "model.keras", "--output", "back.ckpt", source, *options[source])
    assert (outcome.code, outcome.err) == (0, "")
    assert written in outcome.out
    before, after = TrainedModel.open(tokenizer_checkpoint), TrainedModel.open(Path("back.ckpt"))
    assert after.encoder == before.encoder
    assert after.encoder.ids == "tokenizer"
    judged = probabilities(command, "back.ckpt")
    assert judged == probabilities(command, tokenizer_checkpoint)
    assert len(set(judged)) == len(TEXTS)
    data = [option for option in tiny if option.startswith("--data.")]
    named = command("test", "--ckpt_path", "back.ckpt", "--accelerator", "cpu", "--data", "ShopReviews", *data)
    assert (named.code, named.err) == (0, "")
    assert named.out == command("test", "--ckpt_path", tokenizer_checkpoint, "--accelerator", "cpu").out


@pytest.mark.keras
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # TensorFlow 2.21 with NumPy 2
@pytest.mark.parametrize("padding", ["pre", "post"])
def test_model_that_keras_trained_on_a_tokenizer_judges_as_in_keras(command, padding):
    import keras
    from keras.src.legacy.preprocessing.text import Tokenizer

    tokenizer = Tokenizer(num_words=9, oov_token="<OOV>")
    tokenizer.fit_on_texts(TEXTS)
    layers = keras.layers
    theirs = keras.Sequential([layers.Embedding(9, 5), layers.LSTM(4), layers.Dense(1, activation="sigmoid")])
    theirs.compile("adam", "binary_crossentropy")
    padded = {"maxlen": 6, "padding": padding, "truncating": "post"}
    token_ids = keras.utils.pad_sequences(tokenizer.texts_to_sequences(TEXTS), **padded)
    theirs.fit(token_ids, np.array([1, 0, 1]), epochs=30, verbose=0)
    theirs.save("model.keras")
    Path("tokenizer.json").write_text(tokenizer.to_json())
    options = ["--tokenizer_json", "tokenizer.json", "--max_length", 6, "--padding", padding, "--truncating", "post"]
    outcome = command("import-keras", "model.keras", "--output", "model.ckpt", *options)
    assert (outcome.code, outcome.err) == (0, "")
    ours = np.array(probabilities(command, "model.ckpt"), dtype=float)
    expected = theirs.predict(token_ids, verbose=0)[:, 0]
    np.testing.assert_allclose(ours, expected, atol=1e-6)  # `predict` writes six digits
    wrong = keras.utils.pad_sequences(
        tokenizer.texts_to_sequences(TEXTS), 6, padding="post" if padding == "pre" else "pre"
    )
    assert abs(theirs.predict(wrong, verbose=0)[:, 0] - expected).max() > 1e-4


def test_tokenizer_is_not_written_of_imdb_s_token_ids(command, checkpoint):
    files = ["--output", "model.keras", "--tokenizer_json", "tokenizer.json"]
    outcome = command("export-keras", "--ckpt_path", checkpoint, *files)
    assert outcome.code == 2
    assert outcome.err.startswith(
        "error: --tokenizer_json: expected a model that reads a Tokenizer's token ids, found "
    )
    assert outcome.err.count("\n") == 1
    assert not list(Path().iterdir())


def test_imported_checkpoint_is_tested_on_data_that_are_named(command, checkpoint, tiny):
    command("export-keras", "--ckpt_path", checkpoint, "--output", "model.keras")
    command("import-keras", "model.keras", "--output", "model.ckpt", "--encoder_from", checkpoint)
    data = [option for option in tiny if option.startswith("--data.")]
    arguments = ["--ckpt_path", "model.ckpt", "--trainer.accelerator", "cpu"]
    named = command("test", *arguments, "--data", "ShopReviews", *data)
    assert (named.code, named.err) == (0, "")
    assert named.out == command("test", "--ckpt_path", checkpoint, "--trainer.accelerator", "cpu").out
    refused = command("test", *arguments)
    assert refused.code == 2
    assert refused.err.startswith("error: --data: expected the reviews to judge (")
    assert refused.err.count("\n") == 1


def test_imported_checkpoint_is_not_gone_on_with(command, checkpoint):
    command("export-keras", "--ckpt_path", checkpoint, "--output", "model.keras")
    command("import-keras", "model.keras", "--output", "model.ckpt", "--encoder_from", checkpoint)
    outcome = command("fit", "--ckpt_path", "model.ckpt")
    assert outcome.code == 2
    assert (
        outcome.err == "error: --ckpt_path: expected the checkpoint of a training, found only weights in model.ckpt\n"
    )


@pytest.mark.parametrize("name", ["baseline.keras", "dropout.weights.h5", "l2.h5", "keras2_l2.h5"])
def test_file_of_keras_becomes_a_checkpoint_that_judges(command, word_index, name):
    options = ["--word_index", word_index, "--ids", "imdb", "--max_length", "6", "--tokenizer", "keras", *PRE]
    options += ["--model", "DropoutLSTM"] if ".weights." in name else []
    outcome = command("import-keras", FIXTURES / name, "--output", "model.ckpt", *options)
    assert (outcome.code, outcome.err) == (0, "")
    trained = TrainedModel.open(Path("model.ckpt"))
    theirs = read_keras_file(FIXTURES / name, type(trained.model).__name__).eval()
    assert trained.encoder.words == [f"word{rank}" for rank in range(1, 8)]  # of the 11 token ids, 4 are reserved
    assert trained.encoder.max_length == 6
    token_ids = trained.encoder.encode(["word7 word8 word1"])
    assert token_ids.tolist() == [[0, 0, 1, 10, 2, 4]]
    with torch.inference_mode():
        assert torch.equal(trained.logits(token_ids), theirs(torch.as_tensor(token_ids)))
    assert len(probabilities(command, "model.ckpt")) == len(TEXTS)


def test_weights_file_can_be_named_an_l2_model(command, word_index):
    write_keras_file(BaselineLSTM(9, 3, 2), Path("model.weights.h5"))
    options = ["--word_index", word_index, "--ids", "imdb", "--max_length", "6", "--tokenizer", "keras", *PRE]
    outcome = command("import-keras", "model.weights.h5", "--output", "model.ckpt", *options)
    assert outcome.code == 2
    assert "weights alone, which do not tell activations" in outcome.err
    outcome = command("import-keras", "model.weights.h5", "--output", "model.ckpt", *options, "--model", "L2LSTM")
    assert outcome.code == 0, outcome.err
    assert "All that they do not tell is taken from the listing of L2LSTM, as --model says: Embedding" in outcome.out
    assert "recurrent_activation sigmoid" in outcome.out
    assert "L2LSTM, vocab_size 9, embedding_dim 3, units 2, l2 0.01, float32" in outcome.out


def test_weights_lie_beside_the_json_of_a_model(command, word_index):
    with zipfile.ZipFile(FIXTURES / "baseline.keras") as archive:
        Path("model.json").write_bytes(archive.read("config.json"))
        Path("model.weights.h5").write_bytes(archive.read("model.weights.h5"))
    options = [option.format(words=word_index) for option in IMDB]
    outcome = command("import-keras", "model.json", "--output", "a.ckpt", *options, "--weights", "model.weights.h5")
    assert (outcome.code, outcome.err) == (0, "")
    outcome = command("import-keras", FIXTURES / "baseline.keras", "--output", "b.ckpt", *options)
    ours, theirs = (TrainedModel.open(Path(name)).model for name in ("a.ckpt", "b.ckpt"))
    assert ours.hparams == theirs.hparams
    assert all(torch.equal(value, theirs.state_dict()[name]) for name, value in ours.state_dict().items())


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([], "error: model.json: expected weights too, found layers alone; give the file that has them as --weights\n"),
        (["--weights", "model.json"], "error: model.json: expected weights, found layers alone\n"),
        (["--weights", "none.h5"], "error: none.h5: expected a Keras file, found no such"),
        (["--weights", FIXTURES / "l2.h5"], f"error: {FIXTURES / 'l2.h5'}: "),
        (["--weights", FIXTURES / "dropout.weights.h5"], f"error: {FIXTURES / 'dropout.weights.h5'}: expected the lay"),
    ],
)
def test_wrong_weights_beside_a_json_are_refused(command, word_index, weights, message):
    with zipfile.ZipFile(FIXTURES / "baseline.keras") as archive:
        Path("model.json").write_bytes(archive.read("config.json"))
    options = [option.format(words=word_index) for option in IMDB]
    outcome = command("import-keras", "model.json", "--output", "a.ckpt", *options, *weights)
    assert outcome.code == 2
    assert outcome.err.startswith(message)
    assert outcome.err.count("\n") == 1
    assert not Path("a.ckpt").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            [],
            "error: expected how texts became token ids, which Keras does not save, from one of --encoder_from CHECKPO"
            "INT, --tokenizer_json FILE, --vocabulary FILE or --word_index FILE, found none\n",
        ),
        (
            ["--encoder_from", "a", "--word_index", "b"],
            "error: expected how texts became token ids, which Keras does not save, from one of ",
        ),
        (
            ["--word_index", "{words}", "--ids", "imdb", "--tokenizer", "keras", *PRE],
            "error: --word_index: expected with it --max_length N, as the model was trained",
        ),
        (
            ["--word_index", "{words}", "--max_length", "6", "--tokenizer", "keras"],
            "error: --word_index: expected with it --ids imdb|tokenizer --padding pre|post --truncating pre|post, as ",
        ),
        (
            ["--word_index", "{words}", "--ids", "imdb", "--max_length", "6", *PRE],
            "error: --word_index: expected with it --tokenizer basic_english|keras, as",
        ),
        (
            ["--word_index", "{words}", "--ids", "tokenizer", "--max_length", "6", "--tokenizer", "keras", *PRE],
            "error: --word_index: expected with it --num_words N --oov_token WORD|'', as",
        ),
        ([*IMDB, "--oov_token", ""], "error: --oov_token: expected none with --word_index --ids imdb, found ''; leave"),
        ([*TOKENIZER[:-4], "--tokenizer", "basic_english", *TOKENIZER[-4:]], "error: --tokenizer: expected keras, whi"),
        ([*TOKENIZER, "--oov_token", "word2"], "error: --oov_token: expected 'word2' to have rank 1, found ['word1']"),
        ([*TOKENIZER, "--num_words", "1"], "error: --word_index: expected the words of a fitted Tokenizer in {words}"),
        ([*TOKENIZER, "--num_words", "12"], "error: --word_index: expected a vocabulary of at most the model's 11 to"),
        ([*TOKENIZER, "--ids", "vectorization"], "error: --ids: "),
        (
            [*IMDB, "--ids", "text_vectorization"],
            "error: --ids: expected imdb or tokenizer with --word_index, found te",
        ),
        (
            ["--vocabulary", "{words}"],
            "error: --vocabulary: expected with it --max_length N --padding pre|post --trunc",
        ),
        (
            ["--vocabulary", "{words}", "--max_length", "6", *PRE],
            "error: --vocabulary: expected words as the TextVectorization's settings cut them in {words}, found ",
        ),
        (
            ["--encoder_from", "{ckpt}", "--ids", "imdb"],
            "error: --ids: expected none with --encoder_from, found 'imdb'",
        ),
        (
            ["--encoder_from", "{ckpt}", "--max_length", "6"],
            "error: --max_length: expected none with --encoder_from, f",
        ),
        (
            ["--tokenizer_json", "{words}"],
            "error: --tokenizer_json: expected with it --max_length N --padding pre|post ",
        ),
        (
            ["--tokenizer_json", "{words}", "--max_length", "6", *PRE],
            "error: --tokenizer_json: expected what tokenizer.to_json() gives in {words}, found other JSON",
        ),
        (["--encoder_from", "none.ckpt"], "error: none.ckpt: expected a checkpoint file, found none"),
        (
            ["--encoder_from", "{ckpt}"],
            "error: --encoder_from: expected a vocabulary of at most the model's 11 token ids",
        ),
        (["--encoder_from", "{words}"], "error: {words}: expected a whole checkpoint"),
        (
            ["--word_index", "none", *IMDB[2:]],
            "error: --word_index: expected a JSON fi",
        ),
        (["--word_index", "{words}", "--max_length", "0", "--tokenizer", "keras"], "error: --max_length: "),
        (["--model", "GRU"], "error: --model: expected one of BaselineLSTM, DropoutLSTM, L2LSTM, found 'GRU'"),
    ],
)
def test_wrong_options_of_an_import_are_refused(command, checkpoint, word_index, options, message):
    given = [option.format(ckpt=checkpoint, words=word_index) for option in options]
    outcome = command("import-keras", FIXTURES / "baseline.keras", "--output", "model.ckpt", *given)
    assert outcome.code == 2
    assert outcome.err.startswith(message.format(words=word_index))
    assert outcome.err.count("\n") == 1
    assert not Path("model.ckpt").exists()


def test_hostile_file_is_refused_in_one_line(command, checkpoint):
    Path("model.keras").write_bytes((FIXTURES / "baseline.keras").read_bytes()[:-100])
    outcome = command("import-keras", "model.keras", "--output", "model.ckpt", "--encoder_from", checkpoint)
    assert outcome.code == 2
    assert outcome.err.startswith("error: model.keras: damaged (")
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--ckpt_path", "{ckpt}", "--output", "model.h5"],
            "error: model.h5: expected a name that ends in .keras or .weights.h5\n",
        ),
        (
            ["--ckpt_path", "none.ckpt", "--output", "model.keras"],
            "error: none.ckpt: expected a checkpoint file, found none\n",
        ),
        (["--ckpt_path", "{ckpt}"], "error: "),
        (
            ["--ckpt_path", "{ckpt}", "--output", "a.keras", "--word_index", "a.keras"],
            "error: --word_index: expected another file than --output, found a.keras for both",
        ),
        (
            ["--ckpt_path", "{ckpt}", "--output", "kept.keras"],
            "error: --output: expected a new file, found kept.keras th",
        ),
        (
            ["--ckpt_path", "{ckpt}", "--output", "model.keras", "--word_index", "kept.keras"],
            "error: --word_index: expected a new file, found kept.keras th",
        ),
    ],
)
def test_wrong_options_of_an_export_are_refused(command, checkpoint, arguments, message):
    Path("kept.keras").write_text("mine")
    outcome = command("export-keras", *[argument.format(ckpt=checkpoint) for argument in arguments])
    assert outcome.code == 2
    assert outcome.err.startswith(message)
    assert outcome.err.count("\n") == 1
    assert Path("kept.keras").read_text() == "mine"
    assert {path.name for path in Path().iterdir()} == {"kept.keras"}


def test_existing_checkpoint_is_not_written_over(command, checkpoint):
    Path("model.ckpt").write_text("mine")
    outcome = command(
        "import-keras", FIXTURES / "baseline.keras", "--output", "model.ckpt", "--encoder_from", checkpoint
    )
    assert outcome.code == 2
    assert outcome.err == "error: --output: expected a new file, found model.ckpt there already; name another one\n"
    assert Path("model.ckpt").read_text() == "mine"


@pytest.mark.parametrize("name", ["import-keras", "export-keras"])
def test_help_lists_the_options(command, name):
    outcome = command(name, "--help")
    assert outcome.code == 0
    assert "--word_index" in outcome.out
    assert name in command("--help").out
