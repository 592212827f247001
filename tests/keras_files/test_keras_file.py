"""Whole Keras files: exact round trips, files that Keras wrote, hostile ones, and Keras itself."""

import io
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from lit_sentiment.errors import InputError
from lit_sentiment.keras_files.keras_file import holds_weights_alone, read_keras_file, write_keras_file
from lit_sentiment.models import LISTINGS, BaselineLSTM

h5py = pytest.importorskip("h5py")

FIXTURES = Path(__file__).parent / "fixtures"
RECORDED = json.loads((FIXTURES / "predictions.json").read_text())

KERAS_WITH_NUMPY_2 = "ignore:__array__ implementation:DeprecationWarning"

TOLERANCE = {"float32": 1e-6, "float64": 1e-14}
"""Sums of up to fifteen products over up to six steps, of weights near 1; measured: 1.8e-7 and 2.2e-16."""


def probabilities_of(model, token_ids):
    with torch.inference_mode():
        return torch.sigmoid(model.eval()(torch.as_tensor(token_ids))).numpy()


def read_recorded(name):
    """Read a file of Keras's; one of weights alone has to be named."""
    return read_keras_file(FIXTURES / name, RECORDED["files"][name]["model"] if ".weights." in name else None)


def weights_of(model):
    return {name: value for name, value in model.state_dict().items() if isinstance(value, torch.Tensor)}


def settings_of(model):
    return {name: value for name, value in model.hparams.items() if name != "randomness"}


def rewritten(path, change):
    """Change what the HDF5 file in a `.keras` file holds."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    weights = io.BytesIO(members["model.weights.h5"])
    with h5py.File(weights, "r+") as root:
        change(root)
    members["model.weights.h5"] = weights.getvalue()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


@pytest.mark.parametrize("name", ["model.keras", "model.weights.h5"])
def test_round_trip_is_exact(tmp_path, model, name):
    write_keras_file(model, tmp_path / name)
    again = read_keras_file(tmp_path / name, type(model).__name__)
    assert type(again) is type(model)
    assert weights_of(again).keys() == weights_of(model).keys()
    for key, weight in weights_of(model).items():
        assert weights_of(again)[key].dtype == weight.dtype
        assert torch.equal(weights_of(again)[key], weight), key
    if name == "model.keras":
        assert settings_of(again) == settings_of(model)


@pytest.mark.parametrize("name", RECORDED["files"])
def test_file_of_keras_predicts_what_keras_does(name):
    recorded, token_ids = RECORDED["files"][name], RECORDED["token_ids"]
    model = read_recorded(name)
    assert type(model).__name__ == recorded["model"]
    expected = {
        key: tuple(value) if isinstance(value, list) else value for key, value in recorded["hyperparameters"].items()
    }
    expected["learning_rate"] = 0.001 if name.endswith(".weights.h5") else 0.002
    assert settings_of(model) == expected
    probabilities = probabilities_of(model, token_ids)
    assert probabilities.dtype == recorded["dtype"]
    tolerance = TOLERANCE[recorded["dtype"]]
    assert np.abs(probabilities - recorded["probabilities"]).max() <= tolerance
    assert np.abs(probabilities_of(model, np.flip(token_ids, 1).copy()) - recorded["probabilities"]).max() > 1e-3


@pytest.mark.parametrize("name", RECORDED["files"])
def test_every_weight_counts(name):
    """The twin of the test above: each weight that is not taken over shows."""
    recorded = RECORDED["files"][name]
    model = read_recorded(name)
    for key, weight in model.named_parameters():
        before = weight.detach().clone()
        weight.data.copy_(torch.zeros_like(before) if before.any() else torch.ones_like(before))
        assert np.abs(probabilities_of(model, RECORDED["token_ids"]) - recorded["probabilities"]).max() > 1e-3, key
        weight.data.copy_(before)


def test_name_of_the_file_does_not_matter(tmp_path):
    shutil.copy(FIXTURES / "l2.h5", tmp_path / "renamed")
    assert type(read_keras_file(tmp_path / "renamed")).__name__ == "L2LSTM"


@pytest.mark.parametrize("asked", ["BaselineLSTM", "L2LSTM"])
def test_model_of_a_weights_file_is_the_one_named(tmp_path, asked):
    write_keras_file(LISTINGS["L2LSTM"](7, 3, 2, l2=0.5), tmp_path / "model.weights.h5")
    model = read_keras_file(tmp_path / "model.weights.h5", asked)
    assert type(model).__name__ == asked
    assert model.hparams.get("l2") == (0.01 if asked == "L2LSTM" else None)  # the file does not tell: the listing's
    assert holds_weights_alone(tmp_path / "model.weights.h5")


@pytest.mark.parametrize("name", ["dropout.weights.h5"])
def test_what_weights_do_not_tell_is_asked_for(name):
    """They may as well be those of a model with a mask, of `hard_sigmoid`, or with another output."""
    with pytest.raises(
        InputError, match=rf"{name}: .*weights alone, which do not tell activations.*`model` \(Baseline"
    ):
        read_keras_file(FIXTURES / name)


@pytest.mark.parametrize("name", ["baseline.keras", "l2.h5", "keras2_l2.h5"])
def test_whole_file_tells_what_it_is(name):
    assert not holds_weights_alone(FIXTURES / name)


@pytest.mark.parametrize(
    ("name", "asked", "message"),
    [
        ("baseline.keras", "L2LSTM", "`model`: expected BaselineLSTM, for that is what the file holds, found L2LSTM"),
        ("dropout.weights.h5", "L2LSTM", "expected the layers dense, embedding, lstm, found dense, dropout, dropout_1"),
    ],
)
def test_wrong_model_name_is_refused(name, asked, message):
    with pytest.raises(InputError, match=message):
        read_keras_file(FIXTURES / name, asked)


@pytest.mark.parametrize("name", ["model.h5", "model", "model.weights", "model.pt"])
def test_other_name_is_not_written(tmp_path, name):
    with pytest.raises(InputError, match=r"expected a name that ends in .keras or .weights.h5"):
        write_keras_file(BaselineLSTM(7, 3, 2), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_float_type_that_keras_files_do_not_have_is_refused(tmp_path):
    with pytest.raises(InputError, match="expected the dtype float32 or float64, found 'bfloat16'"):
        write_keras_file(BaselineLSTM(7, 3, 2).to(torch.bfloat16), tmp_path / "model.keras")


def external_link(root):
    del root["layers/lstm/cell/vars/1"]
    root["layers/lstm/cell/vars/1"] = h5py.ExternalLink("/etc/passwd", "/values")


def soft_link(root):
    del root["layers/dense"]
    root["layers/dense"] = h5py.SoftLink("/layers/embedding")


def absurd_shape(root):
    del root["layers/embedding/vars/0"]
    root.create_dataset("layers/embedding/vars/0", (2**30, 2**20), "float64", chunks=(1, 1))


def missing(root):
    del root["layers/dense/vars/1"]


def other_float(root):
    values = root["layers/dense/vars/1"][()]
    del root["layers/dense/vars/1"]
    root["layers/dense/vars/1"] = values.astype("float32")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (external_link, "layers/lstm/cell/vars/1: expected it in its place, found a link to elsewhere"),
        (soft_link, "layers/dense/vars/0: expected it in its place, found a link to elsewhere"),
        (absurd_shape, "layers/embedding/vars/0: expected the .* bytes"),
        (missing, "expected layers/dense/vars/1, found no '1'"),
        (other_float, r"layers/dense/vars/1: expected the shape \(1,\) in float64, found \(1,\) in float32"),
    ],
)
def test_hostile_weights_are_refused(tmp_path, change, message):
    path = tmp_path / "model.keras"
    shutil.copy(FIXTURES / "baseline.keras", path)
    rewritten(path, lambda root: None)
    read_keras_file(path)
    rewritten(path, change)
    with pytest.raises(InputError, match=message):
        read_keras_file(path)


@pytest.mark.parametrize("name", ["baseline.keras", "l2.h5", "dropout.weights.h5"])
@pytest.mark.parametrize("kept_fraction", [0.1, 0.6, 0.999])
def test_truncated_file_is_refused(tmp_path, name, kept_fraction):
    content = (FIXTURES / name).read_bytes()
    (tmp_path / name).write_bytes(content[: int(len(content) * kept_fraction)])
    with pytest.raises(InputError, match=f"{name}: damaged"):
        read_keras_file(tmp_path / name)


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x80\x04K\x01."])
def test_other_file_is_refused(tmp_path, content):
    (tmp_path / "model.keras").write_bytes(content)
    with pytest.raises(InputError, match=r"expected a .keras, .weights.h5 or .h5 file of Keras"):
        read_keras_file(tmp_path / "model.keras")


def test_missing_file_and_folder_are_refused(tmp_path):
    for path in (tmp_path / "none.keras", tmp_path):
        with pytest.raises(InputError, match=f"{path}: expected a Keras file, found"):
            read_keras_file(path)


def test_rate_of_a_hostile_config_is_refused_with_the_name_of_the_file(tmp_path):
    path = tmp_path / "model.keras"
    content = (FIXTURES / "keras2_dropout.keras").read_bytes()
    assert content.count(b'"rate": 0.2') == 1
    with zipfile.ZipFile(FIXTURES / "keras2_dropout.keras") as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'"rate": 0.2', b'"rate": 1.2'))
    with pytest.raises(InputError, match=r"model.keras: Dropout .*: rate: expected 0 or more and below 1, found 1.2"):
        read_keras_file(path)


@pytest.mark.keras
@pytest.mark.filterwarnings(KERAS_WITH_NUMPY_2)
def test_keras_loads_what_is_written_and_predicts_the_same(tmp_path, keras, model, dtype):
    keras.config.set_floatx(dtype)
    path = tmp_path / "model.keras"
    write_keras_file(model, path)
    theirs = keras.saving.load_model(path)
    token_ids = np.random.default_rng(0).integers(0, model.hparams["vocab_size"], (17, 8)).astype("int32")
    probabilities = theirs.predict(token_ids, verbose=0)[:, 0]
    assert probabilities.dtype == dtype
    assert np.abs(probabilities_of(model, token_ids) - probabilities).max() <= TOLERANCE[dtype]
    assert theirs.compiled
    assert float(theirs.optimizer.learning_rate) == pytest.approx(model.hparams["learning_rate"])
    weights = theirs.get_weights()
    write_keras_file(model, tmp_path / "model.weights.h5")
    emptied = keras.saving.load_model(path, compile=False)
    emptied.set_weights([np.zeros_like(weight) for weight in weights])
    emptied.load_weights(tmp_path / "model.weights.h5")
    for ours, weight in zip(emptied.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(ours, weight)


@pytest.mark.keras
@pytest.mark.filterwarnings(KERAS_WITH_NUMPY_2)
def test_model_that_keras_trained_on_comes_back(tmp_path, keras, model, dtype):
    keras.config.set_floatx(dtype)
    write_keras_file(model, tmp_path / "ours.keras")
    theirs = keras.saving.load_model(tmp_path / "ours.keras")
    token_ids = np.random.default_rng(0).integers(0, model.hparams["vocab_size"], (17, 8)).astype("int32")
    loss = theirs.fit(token_ids, np.arange(17) % 2, verbose=0).history["loss"][0]
    assert np.isfinite(loss)
    probabilities = theirs.predict(token_ids, verbose=0)[:, 0]
    assert np.abs(probabilities_of(model, token_ids) - probabilities).max() > 100 * TOLERANCE[dtype]
    for name in ("theirs.keras", "theirs.weights.h5", "theirs.h5"):
        path = tmp_path / name
        (theirs.save_weights if name.endswith(".weights.h5") else theirs.save)(path)
        again = read_keras_file(path, type(model).__name__)
        assert np.abs(probabilities_of(again, token_ids) - probabilities).max() <= TOLERANCE[dtype], name
        if name != "theirs.weights.h5":
            assert settings_of(again) == settings_of(model), name


@pytest.mark.keras
@pytest.mark.filterwarnings(KERAS_WITH_NUMPY_2)
def test_config_of_keras_itself_is_the_one_written(tmp_path, keras, model):
    """Keras loads our config and writes it again: each setting of ours is there, with the same value."""
    write_keras_file(model, tmp_path / "ours.keras")
    keras.saving.load_model(tmp_path / "ours.keras").save(tmp_path / "theirs.keras")
    configs = []
    for name in ("ours", "theirs"):
        with zipfile.ZipFile(tmp_path / f"{name}.keras") as archive:
            configs.append(json.loads(archive.read("config.json")))
    for ours, theirs in zip(*(config["config"]["layers"] for config in configs), strict=True):
        assert ours["class_name"] == theirs["class_name"]
        for name, value in ours["config"].items():
            found = theirs["config"][name]
            if isinstance(found, dict):  # Keras 3 writes a dtype as an object, and numbers objects
                found = found["config"]["name"] if name == "dtype" else {key: found[key] for key in value}
            assert found == value, name
