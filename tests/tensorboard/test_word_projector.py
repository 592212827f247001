import numpy as np
import pytest
import torch
from google.protobuf import text_format
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig
from tensorboard.plugins.projector.projector_plugin import _read_tensor_tsv_file

from lit_sentiment.models import BaselineLSTM
from lit_sentiment.runs.run_folder import RunFolder
from lit_sentiment.tensorboard import word_projector
from lit_sentiment.tensorboard.word_projector import log_words, printable, write_projector

FIRST_WORD = 4
"""After padding, start, unknown, and the index that Keras never uses."""
ROUNDING = 5e-4
"""Relative; vectors are written with four digits."""


@pytest.fixture
def data(shop):
    return shop()


@pytest.fixture
def model(data):
    return BaselineLSTM(vocab_size=data.vocab_size, embedding_dim=3, units=4)


def shown(folder):
    """The name, the rows below the header, and the vectors that the tab would show."""
    config = text_format.Parse((folder / "projector_config.pbtxt").read_text(), ProjectorConfig())
    (embedding,) = config.embeddings
    lines = (folder / embedding.metadata_path).read_text(encoding="utf-8").split("\n")
    assert lines.pop() == ""
    rows = [line.split("\t") for line in lines]
    assert {len(row) for row in rows} == {3}
    assert rows[0] == ["word", "uses", "positive_fraction"]
    return embedding.tensor_name, rows[1:], _read_tensor_tsv_file(str(folder / embedding.tensor_path))


@pytest.mark.parametrize(
    ("settings", "first_word"), [({}, FIRST_WORD), ({"ids": "tokenizer", "tokenizer": "keras"}, 1)]
)
def test_words_stand_beside_their_own_vectors(shop, settings, first_word, model, tmp_path):
    data = shop(**settings)
    log_words(RunFolder(tmp_path), model, data)
    _, rows, vectors = shown(tmp_path)
    assert [row[0] for row in rows] == data.encoder.words
    token_ids = data.encoder.encode(data.encoder.words)[:, -1]
    assert token_ids[0] == first_word
    expected = model.layers[0].weight.detach()[torch.from_numpy(token_ids)]
    np.testing.assert_allclose(vectors, expected, rtol=ROUNDING)


def test_uses_and_labels_are_those_of_the_training_reviews(data, model, tmp_path):
    log_words(RunFolder(tmp_path), model, data)
    _, rows, _ = shown(tmp_path)
    token_ids, labels = data.arrays("train")
    for rank, (_, uses, positive_fraction) in enumerate(rows):
        found = token_ids == rank + FIRST_WORD
        assert int(uses) == found.sum()
        expected = found[labels == 1].sum() / found.sum() if found.any() else 0.5
        assert float(positive_fraction) == pytest.approx(expected, abs=1e-3)
    assert {bool(int(uses)) for _, uses, _ in rows} == {True, False}, "no word was cut off, so nothing was tested"


def test_only_the_most_frequent_words_are_written(data, model, tmp_path, monkeypatch):
    monkeypatch.setattr(word_projector, "MOST_WORDS", 7)
    log_words(RunFolder(tmp_path), model, data)
    _, rows, vectors = shown(tmp_path)
    assert [row[0] for row in rows] == data.encoder.words[:7]
    assert vectors.shape == (7, 3)


def test_best_weights_are_taken_where_they_are_kept(data, model, tmp_path):
    run = RunFolder(tmp_path)
    log_words(run, model, data)
    assert shown(tmp_path)[0] == "words, last epoch"
    best = {name: weight + 1 for name, weight in model.state_dict().items()}
    run.checkpoints.mkdir()
    torch.save({"state_dict": best}, run.best_checkpoint)
    log_words(run, model, data)
    name, _, vectors = shown(tmp_path)
    assert name == "words, best epoch"
    np.testing.assert_allclose(vectors, best["layers.0.weight"][FIRST_WORD : FIRST_WORD + len(vectors)], rtol=ROUNDING)


def test_double_weights_can_be_written(data, model, tmp_path):
    for number, kind in enumerate((torch.float64, torch.bfloat16)):
        log_words(RunFolder(tmp_path / str(number)), model.to(kind), data)
        assert shown(tmp_path / str(number))[2].shape == (len(data.encoder.words), 3)


@pytest.mark.parametrize(
    ("word", "label"),
    [
        ("good", "good"),
        ("très", "très"),
        ("a\tb", "a\\tb"),
        ("a\nb", "a\\nb"),
        ("a\r\n", "a\\r\\n"),
        ("\u2028", "\\u2028"),
        ("\x85", "\\x85"),
        ("\ud800", "\\ud800"),
        ("two words", "two words"),
    ],
)
def test_word_is_one_cell(tmp_path, word, label):
    assert printable(word) == label
    header = ("word", "uses", "positive_fraction")
    write_projector(tmp_path, "words", [header, (printable(word), "1", "0.5"), ("next", "1", "0.5")], np.eye(2))
    assert [row[0] for row in shown(tmp_path)[1]] == [label, "next"]
    assert len((tmp_path / "projector" / "words.tsv").read_text(encoding="utf-8").splitlines()) == 3
