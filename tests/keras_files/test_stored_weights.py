"""Where each weight lies in Keras's files."""

import io

import numpy as np
import pytest
import torch

from lit_sentiment import keras_semantics
from lit_sentiment.errors import InputError
from lit_sentiment.keras_files.h5_file import h5_bytes, open_h5
from lit_sentiment.keras_files.keras_file import write_keras_file
from lit_sentiment.keras_files.model_config import empty_model
from lit_sentiment.keras_files.stored_weights import layers_of_sizes, load_weights, weights_file
from lit_sentiment.keras_semantics.layer_stack import keras_variables
from lit_sentiment.keras_semantics.layers import BatchNormalization, Dense, Embedding, Flatten, SpatialDropout1D
from lit_sentiment.models import LISTINGS, BaselineLSTM
from lit_sentiment.models.sentiment_model import SentimentModel

h5py = pytest.importorskip("h5py")

SIZES = {"vocab_size": 13, "embedding_dim": 3, "units": 5}
SHAPES = {
    "layers/embedding/vars/0": (13, 3),
    "layers/lstm/cell/vars/0": (3, 20),
    "layers/lstm/cell/vars/1": (5, 20),
    "layers/lstm/cell/vars/2": (20,),
    "layers/dense/vars/0": (5, 1),
    "layers/dense/vars/1": (1,),
}
"""Of a BaselineLSTM of these sizes, as Keras 3.15 writes them."""
OLD_PATHS = [
    ["embedding/embeddings:0"],
    ["block/lstm/lstm_cell/kernel:0", "block/lstm/lstm_cell/recurrent_kernel:0", "block/lstm/lstm_cell/bias:0"],
    ["dense/kernel:0", "dense/bias:0"],
]


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    return {path: rng.normal(size=shape).astype("float32") for path, shape in SHAPES.items()}


def read(content, name="BaselineLSTM", sizes=SIZES):
    model = empty_model(LISTINGS[name], sizes, "float32").to_empty(device="cpu")
    with open_h5(io.BytesIO(content)) as h5:
        load_weights(h5, model.layers, "float32")
    return [values.numpy() for _, values in keras_variables(model.layers)]


def old_file(arrays, root="", paths=OLD_PATHS):
    """The same weights as Keras 2 kept them."""
    content, values = io.BytesIO(), iter(arrays.values())
    names = ["embedding", "block/lstm", "dense"]
    with h5py.File(content, "w") as file:
        group = file.require_group(root or "/")
        group.attrs["layer_names"] = [*names[:2], "dropout", names[2]]
        group.create_group("dropout").attrs["weight_names"] = np.array([])
        for name, weights in zip(names, paths, strict=True):
            layer = group.require_group(name)
            layer.attrs["weight_names"] = weights
            for weight in weights:
                layer[weight] = next(values)
    return content.getvalue()


def test_weights_of_the_model_have_the_paths_and_shapes_of_keras():
    model = BaselineLSTM(**SIZES)
    assert {path: tuple(values.shape) for path, values in keras_variables(model.layers)} == SHAPES


def test_only_the_second_bias_of_torch_is_left_out(model):
    kept = {values.data_ptr() for _, values in keras_variables(model.layers)}
    left_out = [name for name, weight in model.named_parameters() if weight.data_ptr() not in kept]
    assert [name.rpartition(".")[2] for name in left_out] == ["bias_hh_l0"] * len(left_out)
    assert len(left_out) == sum(isinstance(layer, torch.nn.LSTM) for layer in model.layers)


def test_second_bias_of_torch_is_zero_in_a_model_that_is_read(model, dtype):
    empty = empty_model(type(model), model.hparams, dtype).to_empty(device="cpu")
    with open_h5(io.BytesIO(weights_file(model.layers))) as h5:
        load_weights(h5, empty.layers, dtype)
    for layer in empty.layers:
        if isinstance(layer, torch.nn.LSTM):
            assert (layer.bias_hh_l0 == 0).all()


def test_sizes_are_told_by_the_weights(model):
    with open_h5(io.BytesIO(weights_file(model.layers))) as h5:
        sized = layers_of_sizes(h5, type(model).keras_listing(keras_semantics, {}))
    found, expected = type(model).settings_of(sized), type(model).settings_of(model.layers)
    for setting in ("vocab_size", "embedding_dim", "units"):
        assert found[setting] == expected[setting]


@pytest.mark.parametrize("root", [None, "", "model_weights"])
def test_weights_come_in_keras_s_order_from_each_layout(arrays, root):
    found = read(h5_bytes([], arrays) if root is None else old_file(arrays, root))
    for ours, theirs in zip(found, arrays.values(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_missing_weight_is_refused_by_name(arrays):
    del arrays["layers/lstm/cell/vars/2"]
    with pytest.raises(InputError, match="expected layers/lstm/cell/vars/2, found no '2'"):
        read(h5_bytes([], arrays))


@pytest.mark.parametrize("path", SHAPES)
def test_other_shape_is_refused_by_name(arrays, path):
    arrays[path] = np.zeros((*arrays[path].shape, 1), "float32")
    with pytest.raises(InputError, match=f"{path}: expected the shape"):
        read(h5_bytes([], arrays))


def test_other_layers_are_refused_by_name(arrays):
    with pytest.raises(InputError, match=r"expected the layers dense, embedding, lstm, found .*gru"):
        read(h5_bytes(["layers/gru"], arrays))
    sizes = SIZES | {"units": (5, 2)}
    with pytest.raises(InputError, match="expected the layers dense, dropout, dropout_1, embedding, lstm, lstm_1, f"):
        read(h5_bytes([], arrays), "DropoutLSTM", sizes)


def test_other_number_of_weights_is_refused(arrays):
    content = old_file(arrays, paths=[OLD_PATHS[0], OLD_PATHS[1][:2], OLD_PATHS[2]])
    with pytest.raises(InputError, match=r"expected layers of \[1, 3, 2\] weights, found \[1, 2, 2\]"):
        read(content)


def test_file_of_something_else_is_refused():
    with pytest.raises(InputError, match="expected the attribute layer_names of the file, found none"):
        read(h5_bytes(["measurements"], {}))


@pytest.mark.keras
def test_keras_loads_a_model_with_weights_that_are_not_trained(tmp_path, keras):
    """Its Adam has moments of the trained weights alone."""
    layers = [
        Embedding(7, 3),
        SpatialDropout1D(0.2),
        BatchNormalization(),
        Flatten(),
        Dense(5, trainable=False),
        Dense(1, activation="sigmoid"),
    ]
    model = SentimentModel(layers, input_shape=(4,)).eval()
    torch.nn.init.uniform_(model.layers[2].moving_variance, 0.5, 2)
    write_keras_file(model, tmp_path / "model.keras")
    theirs = keras.saving.load_model(tmp_path / "model.keras")
    assert len(theirs.optimizer.variables) == 2 + 2 * 5
    token_ids = np.random.default_rng(0).integers(0, 7, (11, 4)).astype("int32")
    ours = torch.sigmoid(model(torch.from_numpy(token_ids))).detach().numpy()
    np.testing.assert_allclose(theirs.predict(token_ids, verbose=0)[:, 0], ours, rtol=0, atol=1e-6)
