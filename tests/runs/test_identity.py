import json

import numpy as np
import pytest
import torch
from lightning import Trainer

from lit_sentiment import BaselineLSTM, DropoutLSTM, KerasEarlyStopping, ShopReviews
from lit_sentiment.data.review_data import EncodedReviews
from lit_sentiment.runs.identity import apart_from_roundings, arrays_sha256, differences
from lit_sentiment.runs.training_identity import training_identity


def identity_of(tmp_path, model=None, seed=3, epochs=4, callbacks=(), **data_settings):
    settings = {"train_reviews": 12, "validation_reviews": 6, "test_reviews": 2, "cache_dir": str(tmp_path)}
    data = ShopReviews(**{**settings, **data_settings})
    trainer = Trainer(
        max_epochs=epochs, callbacks=list(callbacks), logger=False, enable_checkpointing=False, accelerator="cpu"
    )
    return training_identity(model or BaselineLSTM(50, 5, 4), data, trainer, seed)


def test_identity_survives_json(tmp_path):
    identity = identity_of(tmp_path, DropoutLSTM(50, 5, (4, 3)), callbacks=[KerasEarlyStopping(patience=2)])
    assert json.loads(json.dumps(identity)) == identity


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"seed": 4}, {"seed"}),
        ({"epochs": 5}, {"max_epochs"}),
        ({"batch_size": 7}, {"batch_size"}),
        ({"train_reviews": 13}, {"train_reviews", "train_sha256", "validation_sha256"}),
        ({"wrong_label_fraction": 0.3}, {"train_sha256", "validation_sha256"}),
        ({"model": BaselineLSTM(50, 5, 4, learning_rate=0.5)}, {"learning_rate"}),
        ({"model": BaselineLSTM(50, 5, 4, randomness="torch")}, {"randomness"}),
        ({"model": BaselineLSTM(50, 5, 4).double()}, {"dtype"}),
        ({"model": BaselineLSTM(50, 5, 4, optimizer=torch.optim.SGD)}, {"optimizer", "optimizer_settings"}),
        ({"callbacks": [KerasEarlyStopping(patience=2)]}, {"early_stopping"}),
    ],
)
def test_whatever_moves_the_curves_changes_the_identity_and_is_named(tmp_path, changed, named):
    usual, other = identity_of(tmp_path), identity_of(tmp_path, **changed)
    assert {phrase.split()[0] for phrase in differences(usual, other)} == named


def test_same_training_has_no_differences(tmp_path):
    assert differences(identity_of(tmp_path), identity_of(tmp_path)) == []


def test_roundings_are_set_apart_and_other_settings_are_not():
    plain = {"seed": 1, "l2": 0.5}
    way, other = {"computed_on": {"threads": 2}}, {"computed_on": None}
    spans = [{"first_epoch": 0, **other}, {"first_epoch": 3, **way}]
    assert apart_from_roundings({**plain, **way, "stretches": spans}) == plain
    changed = [{**span, "l2": l2} for span, l2 in zip(spans, (0.1, 0.5), strict=True)]
    kept = [{"first_epoch": 0, "l2": 0.1}, {"first_epoch": 3, "l2": 0.5}]
    assert apart_from_roundings({**plain, **way, "stretches": changed}) == {**plain, "stretches": kept}


def test_digest_sees_values_and_shape():
    arrays = EncodedReviews(np.arange(6, dtype=np.int32).reshape(2, 3), np.array([0, 1], dtype=np.int32))
    digests = {
        arrays_sha256(arrays),
        arrays_sha256(EncodedReviews(arrays.token_ids.reshape(3, 2), arrays.labels)),
        arrays_sha256(EncodedReviews(arrays.token_ids + 1, arrays.labels)),
        arrays_sha256(EncodedReviews(arrays.token_ids, 1 - arrays.labels)),
    }
    assert len(digests) == 4
