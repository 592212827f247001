"""Models from architecture files: what is taken over, and what is refused."""

import json
import random
from pathlib import Path

import lightning
import numpy as np
import pytest
import torch

from lit_sentiment.errors import InputError, SettingError
from lit_sentiment.keras_files.keras_file import write_keras_file
from lit_sentiment.keras_semantics.layer_stack import keras_variables
from lit_sentiment.models import BaselineLSTM, KerasSequential

VOCAB, LENGTH = 13, 9
ARCHITECTURES = sorted((Path(__file__).parents[2] / "configs" / "architectures").glob("*.yaml"))
EMBEDDING = {"Embedding": {"output_dim": 3}}
SIGMOID = {"Dense": {"units": 1, "activation": "sigmoid"}}
TOKEN_IDS = torch.arange(2 * LENGTH, dtype=torch.int32).reshape(2, LENGTH) % VOCAB


def made(architecture, seed=5, **settings):
    lightning.seed_everything(seed, verbose=False)
    return KerasSequential(architecture, VOCAB, LENGTH, **settings)


def weights_of(model):
    return [values.numpy() for _, values in keras_variables(model.layers)]


def test_listing_as_an_architecture_has_the_weights_of_the_listing():
    lightning.seed_everything(5, verbose=False)
    listing = BaselineLSTM(VOCAB, 3, 4)
    ours = made([EMBEDDING, {"LSTM": {"units": 4}}, SIGMOID])
    for one, other in zip(weights_of(listing), weights_of(ours), strict=True):
        np.testing.assert_array_equal(one, other)
    assert (listing.eval()(TOKEN_IDS) == ours.eval()(TOKEN_IDS)).all()


@pytest.mark.parametrize("path", ARCHITECTURES, ids=lambda path: path.stem)
def test_shipped_architecture_trains_and_can_be_made_again(path):
    torch.manual_seed(0)
    model = KerasSequential(str(path), VOCAB, 60)
    assert model.title == path.stem
    again = KerasSequential(**json.loads(json.dumps(dict(model.hparams))))
    assert again.hparams == model.hparams
    token_ids, labels = torch.randint(VOCAB, (5, 60)), torch.tensor([0, 1, 1, 0, 1])
    loss, accuracy, logits = model.figures(token_ids, labels)
    loss.backward()
    assert all(weight.grad is not None for weight in model.parameters() if weight.requires_grad)
    assert 0 <= accuracy <= 1
    probabilities = model.probabilities(logits)
    assert probabilities.shape == ((5,) if model.outputs == 1 else (5, 2))
    assert ((probabilities >= 0) & (probabilities <= 1)).all()


@pytest.mark.parametrize("kind", ["RMSprop", "SGD", "Nadam"])
def test_optimizer_and_loss_of_a_file_are_taken_over_or_left(kind):
    schedule = {
        "class_name": "ExponentialDecay",
        "config": {"initial_learning_rate": 0.1, "decay_steps": 3, "decay_rate": 0.5},
    }
    compiled = {"optimizer": {"class_name": kind, "config": {"learning_rate": schedule}}, "loss": "mse"}
    architecture = {"layers": [EMBEDDING, "Flatten", SIGMOID], "compile": compiled}
    model = made(architecture)
    optimizer = model.configure_optimizers()
    assert (type(optimizer).__name__, optimizer.schedule(3), model.loss.name) == (
        f"Keras{kind}",
        pytest.approx(0.05),
        "mean_squared_error",
    )
    assert made(architecture, learning_rate=0.3).configure_optimizers().param_groups[0]["lr"] == 0.3
    left = made(architecture, compile="ignore")
    assert (type(left.configure_optimizers()).__name__, left.loss.name) == ("KerasAdam", "binary_crossentropy")
    with pytest.raises(SettingError, match="optimizer: expected none beside that of the architecture"):
        made(architecture, optimizer=torch.optim.SGD)


def test_weights_are_kept_or_drawn_and_frozen_ones_are_the_files(tmp_path):
    frozen = {"Embedding": {"output_dim": 3, "trainable": False}}
    trained = made([frozen, {"GRU": {"units": 4}}, SIGMOID], seed=1)
    write_keras_file(trained, tmp_path / "model.keras")
    kept, drawn = (made(str(tmp_path / "model.keras"), seed=2, weights=how) for how in ("keep", "draw"))
    theirs = weights_of(trained)
    assert all((one == other).all() for one, other in zip(theirs, weights_of(kept), strict=True))
    assert [(one == other).all() for one, other in zip(theirs, weights_of(drawn), strict=True)][:3] == [
        True,
        False,
        False,
    ]
    digests = [model.hparams["architecture"].get("weights_sha256") for model in (trained, kept, drawn)]
    assert digests[0] is None
    assert len(set(digests)) == 3


def test_weights_come_from_another_file(tmp_path):
    trained = made([EMBEDDING, {"GRU": {"units": 4}}, SIGMOID], seed=1)
    write_keras_file(trained, tmp_path / "model.weights.h5")
    (tmp_path / "model.json").write_text(json.dumps(trained.hparams["architecture"]))
    for architecture in (str(tmp_path / "model.json"), trained.hparams["architecture"]):
        kept = made(architecture, seed=2, weights=str(tmp_path / "model.weights.h5"))
        assert all((one == other).all() for one, other in zip(weights_of(trained), weights_of(kept), strict=True))
        assert kept.hparams["architecture"]["weights_sha256"]
        assert not (weights_of(made(architecture, seed=2))[0] == weights_of(trained)[0]).all()


@pytest.mark.parametrize(
    ("written", "weights", "message"),
    [
        (
            [EMBEDDING, {"GRU": {"units": 4}}, SIGMOID],
            "none.h5",
            "^weights: expected draw, keep, continue or a file, found ",
        ),
        ([EMBEDDING, {"GRU": {"units": 4}}, SIGMOID], "model.json", "model.json: expected weights, found layers alone"),
        ([EMBEDDING, {"LSTM": {"units": 4}}, SIGMOID], "model.weights.h5", "h5: expected the layers .* found .*lstm"),
        (
            [EMBEDDING, {"GRU": {"units": 3}}, SIGMOID],
            "model.weights.h5",
            r"model.weights.h5: layers/gru/cell/vars/0: expected the shape \(3, 12\) in float32, found \(3, 9\)",
        ),
    ],
)
def test_weights_of_another_model_are_refused_by_layer_and_shape(tmp_path, written, weights, message):
    write_keras_file(made(written), tmp_path / "model.weights.h5")
    (tmp_path / "model.json").write_text(json.dumps({"layers": [EMBEDDING, {"GRU": {"units": 4}}, SIGMOID]}))
    with pytest.raises(InputError, match=message):
        made(str(tmp_path / "model.json"), weights=str(tmp_path / weights))


def test_bidirectional_made_from_a_config_has_other_weights():
    layers = [EMBEDDING, {"Bidirectional": {"layer": {"LSTM": {"units": 2}}}}, SIGMOID]
    script = made(layers)
    written = script.hparams["architecture"]
    listed, from_config = (made(written, built=built) for built in ("listing", "from_config"))
    assert all((one == other).all() for one, other in zip(weights_of(script), weights_of(listed), strict=True))
    assert not (weights_of(script)[1] == weights_of(from_config)[1]).all()


@pytest.mark.parametrize(
    ("layers", "settings", "message"),
    [
        ([{"LSTM": {"units": 3}}, SIGMOID], {}, "expected an Embedding first, .*found LSTM"),
        ([EMBEDDING, {"Lambda": {}}, SIGMOID], {}, "^`architecture`: Lambda is not supported, but Embedding, LSTM"),
        ([EMBEDDING, {"LSTM": {"units": 3, "stateful": True}}, SIGMOID], {}, "LSTM: expected stateful to be off"),
        (
            [EMBEDDING, {"LSTM": {"unit": 3}}, SIGMOID],
            {},
            "LSTM: unit: expected a setting of LSTM, .*; did you mean units",
        ),
        ([EMBEDDING, {"LSTM": {"units": 3, "return_sequences": True}}, SIGMOID], {}, "one vector a review"),
        ([EMBEDDING, "Flatten", {"Dense": {"units": 1}}], {}, "loss: expected one, as the last layer has neither"),
        ([EMBEDDING, "Flatten", SIGMOID], {"weights": "keep"}, "weights: expected draw"),
        ([EMBEDDING, "Flatten", SIGMOID], {"loss": "huber"}, "expected a loss of binary_crossentropy"),
        ([EMBEDDING, "Flatten", SIGMOID], {"class_weight": {0: "much"}}, "class_weight: expected a number"),
        (
            [{"Embedding": {"input_dim": 12, "output_dim": 3}}, "Flatten", SIGMOID],
            {},
            "vocab_size: expected at most 12",
        ),
        ({"layers": [EMBEDDING], "optimizer": "adam"}, {}, "expected layers and compile, found optimizer"),
        (
            {"layers": [EMBEDDING, "Flatten", SIGMOID], "compile": {"loss_weights": [2]}},
            {},
            "compile: expected loss_weights",
        ),
        ({"layers": [EMBEDDING, "Flatten", SIGMOID], "compile": {"los": "mse"}}, {}, "found mse; did you mean loss"),
        ([EMBEDDING, {"LSTM": {"units": 3, 7: 8}}, SIGMOID], {}, "LSTM: 7: expected a setting of LSTM"),
        ([EMBEDDING, 3], {}, r"expected a layer such as LSTM: \{units: 64\}, found 3"),
        (7, {}, "expected layers or the config of a Keras model"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(layers, settings, message):
    with pytest.raises((InputError, SettingError), match=message):
        made(layers, **settings)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.yaml", "layers: &x [*x]", "found a YAML alias"),
        ("a.yaml", "layers: [", "expected YAML, found"),
        ("a.yaml", "layers: !!int ", "expected YAML, found"),
        ("a.json", "[1, 2", "as JSON, found"),
        ("a.keras", "nothing", "neither a zip nor an HDF5 file"),
    ],
)
def test_bad_file_is_refused_by_its_name(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=f"{name}: .*{message}"):
        made(str(tmp_path / name))


def test_copy_in_a_keras_file_is_known_though_its_objects_have_numbers(tmp_path):
    """As Keras writes them into `.keras` files, but not into `to_json()`."""
    written = made([EMBEDDING, {"Bidirectional": {"layer": {"LSTM": {"units": 2}}}}, SIGMOID])
    layers = json.loads(json.dumps(written.hparams["architecture"]["layers"]))
    for number, inner in enumerate(("layer", "backward_layer")):
        layers[1]["config"][inner]["config"]["kernel_initializer"]["shared_object_id"] = number
    file = tmp_path / "model.json"
    file.write_text(json.dumps({"layers": layers}))
    assert all(
        (one == other).all() for one, other in zip(weights_of(written), weights_of(made(str(file))), strict=True)
    )


@pytest.mark.parametrize(
    ("numbers", "seed", "refused"),
    [
        ({1: ("kernel",)}, None, None),
        ({1: ("kernel", "recurrent")}, None, "LSTM"),
        ({1: ("kernel",), 2: ("kernel",)}, None, "Dense"),
        ({2: ("kernel",)}, None, "Dense"),
        ({2: ("kernel",)}, {"class_name": "SeedGenerator", "config": {"seed": 4}}, "Dense"),
        ({1: ("kernel", "recurrent"), 2: ("kernel",)}, 4, None),
    ],
)
def test_initializer_that_a_script_shares_is_refused_where_a_file_shows_it(tmp_path, numbers, seed, refused):
    """A recurrent layer has numbers in any case, and a seed draws the same for all."""
    layers = made([EMBEDDING, {"LSTM": {"units": 2}}, SIGMOID]).hparams["architecture"]["layers"]
    for place, weights in numbers.items():
        for weight in weights:
            initializer = {"class_name": "GlorotUniform", "config": {"seed": seed}, "shared_object_id": 7}
            layers[place]["config"][f"{weight}_initializer"] = initializer
    file = tmp_path / "model.json"
    file.write_text(json.dumps({"layers": layers}))
    if refused:
        with pytest.raises(InputError, match=rf"{refused}, .*: expected an initialiser of its own.* from_config"):
            made(str(file))
    else:
        made(str(file))
    made(str(file), built="from_config")


def test_branching_model_is_refused_and_a_chain_is_read():
    def layer(kind, name, *inputs, **settings):
        nodes = [[[one, 0, 0, {}] for one in inputs]] if inputs else []
        return {"class_name": kind, "name": name, "config": {"name": name, **settings}, "inbound_nodes": nodes}

    chain = [
        layer("InputLayer", "ids", batch_input_shape=[None, LENGTH]),
        layer("Embedding", "words", "ids", input_dim=VOCAB, output_dim=3),
        layer("Flatten", "flat", "words"),
        layer("Dense", "judge", "flat", units=1, activation="sigmoid"),
    ]
    config = {"class_name": "Model", "config": {"layers": chain}}
    assert [type(one).__name__ for one in made(config).layers] == ["Embedding", "Flatten", "Dense"]
    chain[3] = layer("Dense", "judge", "words", units=1)
    with pytest.raises(InputError, match=r"Dense judge: expected one chain .* flat gives, found that it takes words"):
        made(config)


def test_seeds_are_taken_in_the_order_of_the_layers():
    random.seed(3)
    KerasSequential([EMBEDDING, {"LSTM": {"units": 2}}, {"Dropout": {"rate": 0.2}}, SIGMOID], VOCAB, LENGTH)
    left = random.random()
    random.seed(3)
    [random.randint(1, 10**9) for _ in range(1 + 3 + 1 + 1)]
    assert random.random() == left
