"""The vocabulary of a TextVectorization as a file, and its token ids beside live Keras."""

import json
import random

import numpy as np
import pytest

from lit_sentiment.errors import InputError
from lit_sentiment.keras_files.keras_file import read_keras_file
from lit_sentiment.keras_files.vocabulary import read_vocabulary, write_vocabulary
from lit_sentiment.text.text_encoder import TextEncoder

WORDS = ["film", "it's", "ÉTÉ", "東京"]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "vocabulary"


@pytest.mark.parametrize("special", [[], ["", "[UNK]"]], ids=["words", "all"])
@pytest.mark.parametrize("form", ["json", "lines", "crlf"])
def test_words_are_read_from_a_list_and_from_lines(path, special, form):
    words = [*special, *WORDS]
    texts = {"json": json.dumps(words), "lines": "\n".join(words) + "\n", "crlf": "\r\n".join(words)}
    path.write_bytes(texts[form].encode())
    assert read_vocabulary(path) == WORDS


def test_written_file_is_read_as_the_same_words(path):
    write_vocabulary(WORDS, path)
    assert read_vocabulary(path) == WORDS
    assert json.loads(path.read_text())[:2] == ["", "[UNK]"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe", "expected words as UTF-8 at"),
        (b'["a", 1]', "expected a JSON array of words in .*, found something else in it"),
        (b'["a", ', "expected a JSON array of words in .*, found"),
        (b'["a", "b", "a"]', "expected each word once in .*, found 'a' again"),
        (b"a\nb\nb\n", "expected each word once in .*, found 'b' again"),
    ],
)
def test_other_file_is_refused(path, content, message):
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"^`vocabulary`: {message}"):
        read_vocabulary(path)
    path.unlink()
    with pytest.raises(
        InputError, match=r"^`vocabulary`: expected words as UTF-8 at .*found no such file or directory"
    ):
        read_vocabulary(path)


def random_texts(rng, count):
    letters = [*map(chr, range(1, 256)), *"ÀÉßİıΣςЖж東京\u2028\u3000\u200b\u1680🙂’—"]
    common = [*"aB cD. \n'-", *"ée "]
    return ["".join(rng.choice(letters if rng.random() < 0.2 else common) for _ in range(25)) for _ in range(count)]


@pytest.mark.keras
@pytest.mark.parametrize("max_tokens", [None, 40])
def test_token_ids_are_those_of_text_vectorization(keras, path, max_tokens):
    seed = random.SystemRandom().randrange(2**31)
    print("drawn with", seed)
    rng = random.Random(seed)
    texts = random_texts(rng, 300)
    others = [*random_texts(rng, 300), "", " \n", "[UNK] a", "I don't; it's GOOD-ish.\r\n<br />ok"]
    layer = keras.layers.TextVectorization(max_tokens, output_sequence_length=7)
    layer.adapt(texts)
    vocabulary = [str(word) for word in layer.get_vocabulary()]
    path.write_text(json.dumps(vocabulary))
    settings = {"ids": "text_vectorization", "padding": "post", "truncating": "post"}
    given = TextEncoder("keras", read_vocabulary(path), 7, **settings)
    fitted = TextEncoder.fit(texts, "keras", len(vocabulary), 7, **settings)
    assert fitted == given
    expected = layer(others).numpy()
    np.testing.assert_array_equal(given.encode(others), expected)
    assert (expected == 1).any()
    for wrong in ({**settings, "ids": "tokenizer"}, {**settings, "truncating": "pre"}):
        assert not np.array_equal(TextEncoder("keras", given.words, 7, **wrong).encode(others), expected)

    write_vocabulary(given.words, path)
    again = keras.layers.TextVectorization(output_sequence_length=7)
    again.set_vocabulary(json.loads(path.read_text())[2:])
    np.testing.assert_array_equal(again(others).numpy(), expected)


@pytest.mark.keras
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # TensorFlow 2.21 with NumPy 2
def test_model_with_the_layer_in_front_is_refused_with_the_way_on(keras, tmp_path):
    layer = keras.layers.TextVectorization(output_sequence_length=7)
    layer.adapt(["a b"])
    layers = [layer, keras.layers.Embedding(4, 3), keras.layers.Flatten(), keras.layers.Dense(1, activation="sigmoid")]
    model = keras.Sequential([keras.Input((1,), dtype="string"), *layers])
    model.save(tmp_path / "model.keras")
    with pytest.raises(InputError, match=r"found TextVectorization .*; save the model without it, and its get_vocab"):
        read_keras_file(tmp_path / "model.keras")
