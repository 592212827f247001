"""The judgements of a run: figures of them beside torch's, and a file that is whole or refused."""

import numpy as np
import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from lit_sentiment.errors import InputError
from lit_sentiment.runs.epoch_judgements import SplitJudgements, read_judgements, write_judgements

EPOCHS, REVIEWS = 3, 8


@pytest.fixture(params=[2, 4], ids=["binary", "four classes"])
def judgements(request):
    draw = np.random.default_rng(0)
    shape = (EPOCHS, REVIEWS) if request.param == 2 else (EPOCHS, REVIEWS, request.param)
    labels = draw.integers(0, request.param, REVIEWS).astype(np.int32)
    return SplitJudgements(draw.normal(0, 3, shape).astype(np.float32), labels, labels == 0)


@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_losses_are_those_of_torch(judgements, temperature):
    logits = torch.from_numpy(judgements.logits).double() / temperature
    labels = torch.from_numpy(judgements.labels).long().expand(EPOCHS, -1)
    if logits.ndim == 2:
        expected = binary_cross_entropy_with_logits(logits, labels.double(), reduction="none")
    else:
        expected = cross_entropy(logits.movedim(2, 1), labels, reduction="none")
    assert judgements.losses(temperature) == pytest.approx(expected.numpy(), rel=1e-12)


def test_wrong_reviews_and_entropies(judgements):
    probabilities = np.exp(judgements.log_probabilities())
    assert probabilities.sum(axis=-1) == pytest.approx(1)
    assert (judgements.wrong == (probabilities.argmax(axis=-1) != judgements.labels)).all()
    assert judgements.accuracy == pytest.approx(1 - judgements.wrong.mean(axis=1))
    assert judgements.entropies == pytest.approx(-(probabilities * np.log(probabilities)).sum(axis=-1))


def test_part_of_the_reviews(judgements):
    some = judgements.of(judgements.labels == 0)
    assert some.wrong_labels.all()
    assert (some.losses() == judgements.losses()[:, judgements.labels == 0]).all()


def test_file_gives_back_what_was_written(judgements, tmp_path):
    unknown = SplitJudgements(judgements.logits, judgements.labels)
    write_judgements(tmp_path / "j.npz", {"train": judgements, "validation": unknown})
    read = read_judgements(tmp_path / "j.npz")
    for name in ("logits", "labels", "wrong_labels"):
        assert np.array_equal(getattr(read["train"], name), getattr(judgements, name))
    assert read["validation"].wrong_labels is None


def cut(path):
    path.write_bytes(path.read_bytes()[:-7])


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def empty(path):
    path.write_bytes(b"")


def other_reviews(path):
    judged = read_judgements(path)["train"]
    write_judgements(path, {"train": SplitJudgements(judged.logits, judged.labels[:-1]), "validation": judged})


def one_split(path):
    write_judgements(path, {"train": read_judgements(path)["train"]})


@pytest.mark.parametrize("damage", [cut, flip, empty, other_reviews, one_split])
def test_damaged_file_is_refused(judgements, tmp_path, damage):
    path = tmp_path / "j.npz"
    write_judgements(path, {"train": judgements, "validation": judgements})
    damage(path)
    with pytest.raises(InputError, match=r"j.npz: expected the judgements of a run, found "):
        read_judgements(path)


def test_missing_file_names_the_option_that_keeps_it(tmp_path):
    with pytest.raises(InputError, match="--record_judgements true"):
        read_judgements(tmp_path / "j.npz")
