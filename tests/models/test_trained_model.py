"""A checkpoint opened without its data, and the ones that are refused."""

import random
import shutil
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from lit_sentiment.data.shop_reviews import ShopReviews
from lit_sentiment.errors import InputError
from lit_sentiment.models import BaselineLSTM, DropoutLSTM
from lit_sentiment.models.checkpoint_file import read_checkpoint
from lit_sentiment.models.trained_model import TrainedModel, log_odds

# Logits of float32 in batches of other sizes.
BATCH_TOLERANCE = 1e-6


@pytest.fixture
def checkpoint(trained_run, tmp_path):
    """A checkpoint that may be changed."""
    return Path(shutil.copy(trained_run / "checkpoints/last.ckpt", tmp_path / "copy.ckpt"))


def test_model_encoder_and_data_come_from_the_checkpoint(checkpoint, monkeypatch):
    def unreadable(self):
        raise AssertionError("the data are not needed")

    monkeypatch.setattr(ShopReviews, "read_training_reviews", unreadable)
    trained = TrainedModel.open(checkpoint)
    assert type(trained.model) is BaselineLSTM
    assert not trained.model.training
    assert trained.data["class_path"] == "ShopReviews"
    assert trained.data["init_args"]["train_reviews"] == 60
    token_ids = trained.encoder.encode(["a good buy", ""])
    assert token_ids.shape == (2, trained.encoder.max_length)
    weights = torch.load(checkpoint, weights_only=True)["state_dict"]
    assert all(torch.equal(weight, weights[name]) for name, weight in trained.model.named_parameters())


def test_logits_do_not_depend_on_the_batch_size(checkpoint):
    trained = TrainedModel.open(checkpoint)
    texts = ["good", "bad and broken", "", "I would buy it again", "never again"]
    token_ids = trained.encoder.encode(texts)
    whole = trained.logits(token_ids)
    assert whole.shape == (5,)
    assert whole.dtype == torch.float32
    torch.testing.assert_close(trained.logits(token_ids, batch_size=2), whole, rtol=0, atol=BATCH_TOLERANCE)
    assert (trained.logits(token_ids[::-1].copy()) - whole).abs().max() > 10 * BATCH_TOLERANCE


@pytest.mark.parametrize("batch_size", [1, 2, 64])
def test_logits_come_in_the_order_of_the_reviews(checkpoint, batch_size):
    """They are judged by their padding; one here has none, and one nothing else."""
    trained = TrainedModel.open(checkpoint)
    token_ids = trained.encoder.encode(["buy", "good " * 90, "I would buy it again", "bad", "never " * 9])
    token_ids[3] = 0
    padding = (token_ids != 0).argmax(1).tolist()
    assert padding not in (sorted(padding), sorted(padding, reverse=True))
    with torch.no_grad():
        one_by_one = torch.cat([trained.model(review[None]) for review in torch.from_numpy(token_ids)])
    logits = trained.logits(token_ids, batch_size=batch_size)
    torch.testing.assert_close(logits, one_by_one, rtol=0, atol=BATCH_TOLERANCE)
    by_padding = logits[torch.from_numpy((token_ids != 0).argmax(1)).argsort()]
    assert (by_padding - one_by_one).abs().max() > 10 * BATCH_TOLERANCE


def test_no_texts_have_no_logits(checkpoint):
    trained = TrainedModel.open(checkpoint)
    assert trained.logits(trained.encoder.encode([])).shape == (0,)


def test_double_model_stays_double(checkpoint):
    content = torch.load(checkpoint, weights_only=True)
    content["state_dict"] = {name: weight.double() for name, weight in content["state_dict"].items()}
    torch.save(content, checkpoint)
    trained = TrainedModel.open(checkpoint)
    assert trained.logits(np.zeros((1, 3), np.int32)).dtype == torch.float64


def test_dropout_of_an_opened_model_is_off(command, tiny):
    options = ("--model", "DropoutLSTM", "--model.units", "[4, 3]", "--run", "dropout")
    assert command("fit", *tiny, *options).code == 0
    trained = TrainedModel.open(Path("dropout/checkpoints/last.ckpt"))
    assert type(trained.model) is DropoutLSTM
    token_ids = trained.encoder.encode(["good"])
    assert torch.equal(trained.logits(token_ids), trained.logits(token_ids))


def test_unknown_accelerator_is_refused(checkpoint):
    trained = TrainedModel.open(checkpoint)
    with pytest.raises(InputError, match=r"`accelerator`: .*abacus"):
        trained.logits(trained.encoder.encode(["good"]), accelerator="abacus")


def test_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.ckpt: expected a checkpoint file, found none"):
        TrainedModel.open(tmp_path / "nowhere.ckpt")


def test_no_flipped_bit_goes_unseen(checkpoint):
    """Either the file is refused, or every value in it is what it was."""
    whole, expected = checkpoint.read_bytes(), torch.load(checkpoint, weights_only=True)["state_dict"]
    rng = random.Random(5)
    refused = 0
    for _ in range(60):
        damaged = bytearray(whole)
        damaged[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
        checkpoint.write_bytes(damaged)
        try:
            found = read_checkpoint(checkpoint)["state_dict"]
        except InputError:
            refused += 1
        else:
            assert found.keys() == expected.keys()
            assert all(torch.equal(found[name], expected[name]) for name in expected)
    assert refused > 40


def test_torch_alone_would_read_flipped_bits(checkpoint):
    """Why the checksums are looked at."""
    with zipfile.ZipFile(checkpoint) as archive:
        tensors = [member for member in archive.infolist() if "/data/" in member.filename]
        largest = max(tensors, key=lambda member: member.file_size)
        content = archive.read(largest)
    damaged = bytearray(checkpoint.read_bytes())
    damaged[bytes(damaged).index(content) + len(content) // 2] ^= 64
    checkpoint.write_bytes(damaged)
    torch.load(checkpoint, weights_only=True)
    with pytest.raises(InputError, match="damaged"):
        read_checkpoint(checkpoint)


def test_tensor_marked_as_a_folder_is_refused(checkpoint):
    """One flipped bit outside of all checksums, for which torch reads zeros."""
    with zipfile.ZipFile(checkpoint) as archive:
        (entry,) = [member for member in archive.infolist() if member.filename.endswith("/data/0")]
        directory = archive.start_dir
    damaged = bytearray(checkpoint.read_bytes())
    attributes = damaged.index(entry.filename.encode(), directory) - 8
    damaged[attributes] ^= 16
    expected = torch.load(checkpoint, weights_only=True)["state_dict"]["layers.0.weight"]
    checkpoint.write_bytes(damaged)
    assert not torch.equal(torch.load(checkpoint, weights_only=True)["state_dict"]["layers.0.weight"], expected)
    with pytest.raises(InputError, match="damaged"):
        read_checkpoint(checkpoint)


def test_class_that_nobody_knows_is_named(checkpoint):
    content = torch.load(checkpoint, weights_only=True)
    torch.save({**content, "model_class": "GiantLSTM"}, checkpoint)
    with pytest.raises(InputError, match=r"expected one of BaselineLSTM, DropoutLSTM, .*, found GiantLSTM"):
        TrainedModel.open(checkpoint)


@pytest.mark.parametrize("part", ["model_class", "hyper_parameters", "state_dict", "text_encoder", "init_args"])
def test_part_that_is_missing_is_named(checkpoint, part):
    content = torch.load(checkpoint, weights_only=True)
    del (content if part in content else content["ShopReviews"])[part]
    torch.save(content, checkpoint)
    with pytest.raises(InputError, match=f"written by fit, found one without its .*{part}"):
        TrainedModel.open(checkpoint)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("hyper_parameters", {"units": 9}),
        ("hyper_parameters", {"colour": "red"}),
        ("state_dict", {}),
        ("state_dict", [1, 2]),
        ("text_encoder", {"tokenizer": "keras"}),
        ("text_encoder", 7),
    ],
)
def test_parts_that_do_not_fit_are_refused(checkpoint, part, value):
    content = torch.load(checkpoint, weights_only=True)
    (content if part in content else content["ShopReviews"])[part] = value
    torch.save(content, checkpoint)
    with pytest.raises(InputError, match="expected a checkpoint written by fit"):
        TrainedModel.open(checkpoint)


@pytest.mark.parametrize("content", [[1, 2], torch.zeros(3), "text"])
def test_other_contents_are_refused(tmp_path, content):
    torch.save(content, tmp_path / "other.ckpt")
    with pytest.raises(InputError, match="expected a checkpoint, found a"):
        read_checkpoint(tmp_path / "other.ckpt")


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04"])
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "other.ckpt").write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        read_checkpoint(tmp_path / "other.ckpt")


def test_other_zip_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "other.ckpt", "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(InputError, match=r"other\.ckpt"):
        read_checkpoint(tmp_path / "other.ckpt")


PICKLES = {
    "nothing to call": b"\x80\x02R.",
    "no such memory": b"\x80\x02h\x07.",
    "storage without a name": b"\x80\x02K\x01Q.",
    "list as a key": b"\x80\x02}]K\x01s.",
    "cut number": b"\x80\x02M\x01",
    "cut": b"\x80\x02\x8a\xff",
}
"""What torch's unpickler stumbles over, each with another exception."""


@pytest.mark.parametrize("kind", PICKLES)
def test_damage_with_right_checksums_is_refused(checkpoint, tmp_path, kind):
    with zipfile.ZipFile(checkpoint) as whole, zipfile.ZipFile(tmp_path / "other.ckpt", "w") as other:
        for member in whole.infolist():
            is_pickle = member.filename.endswith("data.pkl")
            other.writestr(member, PICKLES[kind] if is_pickle else whole.read(member))
    with pytest.raises(InputError, match="damaged"):
        read_checkpoint(tmp_path / "other.ckpt")


def test_tensor_that_unfolds_is_refused(checkpoint):
    content = torch.load(checkpoint, weights_only=True)
    content["optimizer_states"].append({"state": [torch.zeros(1).expand(10**6)]})
    torch.save(content, checkpoint)
    with pytest.raises(InputError, match="a tensor larger than the file"):
        read_checkpoint(checkpoint)


class Trap:
    """Runs code when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_code_in_a_checkpoint_is_not_executed(tmp_path):
    torch.save({"state_dict": Trap(tmp_path / "executed")}, tmp_path / "hostile.ckpt")
    with pytest.raises(InputError, match="more than tensors and plain values"):
        TrainedModel.open(tmp_path / "hostile.ckpt")
    assert not (tmp_path / "executed").exists()
    torch.load(tmp_path / "hostile.ckpt", weights_only=False)
    assert (tmp_path / "executed").exists(), "the trap does not work, so nothing was tested"


BEYOND_1 = torch.tensor([0.5, 40.0, -40.0, 800.0])
"""Above 37, the sigmoid is 1."""


@pytest.mark.parametrize(
    ("probabilities", "logits"),
    [(torch.sigmoid, BEYOND_1), (lambda logits: logits.softmax(-1), torch.stack([BEYOND_1, -BEYOND_1], dim=1))],
    ids=["one output", "two outputs"],
)
def test_logits_are_the_log_odds_however_sure_a_model_is(probabilities, logits):
    found = log_odds(SimpleNamespace(probabilities=probabilities), logits)
    assert np.array_equal(found, logits.double().numpy())


@pytest.mark.parametrize("given", [[0.0, 0.2, 1.0], [[0.0, 1.0], [0.2, 0.8]]])
def test_log_odds_of_probabilities_that_come_from_elsewhere_are_finite(given):
    found = log_odds(SimpleNamespace(probabilities=lambda logits: logits), torch.tensor(given))
    assert np.isfinite(found).all()
    back = 1 / (1 + np.exp(-found)) if found.ndim == 1 else np.exp(found)
    assert back == pytest.approx(np.array(given), abs=1e-7)
