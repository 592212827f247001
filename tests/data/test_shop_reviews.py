import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lit_sentiment.data import shop_lexicon, shop_reviews
from lit_sentiment.data.shop_corpus import shop_corpus
from lit_sentiment.data.shop_reviews import ShopReviews
from lit_sentiment.errors import InputError

Shop = Callable[..., ShopReviews]


def test_splits_are_those_of_the_generator(shop):
    corpus = shop_corpus(train_reviews=23, validation_reviews=11, test_reviews=7)
    for split in ("train", "validation", "test"):
        assert shop().reviews(split) == corpus[split]  # type: ignore[index]
        assert len(shop().arrays(split).labels) == len(corpus[split])  # type: ignore[index]


def test_default_corpus_has_the_stated_sizes():
    assert ShopReviews().corpus_settings == {
        "train_reviews": 3000,
        "validation_reviews": 1000,
        "test_reviews": 1000,
        "wrong_label_fraction": 0.08,
        "corpus_seed": 0,
        "held_out_categories": 0,
    }


@pytest.mark.parametrize(
    "change", [{"corpus_seed": 1}, {"train_reviews": 24}, {"validation_reviews": 12}, {"wrong_label_fraction": 0.3}]
)
def test_each_setting_of_the_corpus_reaches_the_arrays_past_the_cache(shop, change):
    first, other = (
        [array.tolist() for split in ("train", "validation") for array in data.arrays(split)]
        for data in (shop(), shop(**change))
    )
    assert first != other


def test_changed_generator_is_not_read_from_the_cache(shop, monkeypatch, tmp_path):
    before = shop().fingerprint("train")
    assert shop().fingerprint("train") == before
    changed = tmp_path / "shop_lexicon.py"
    changed.write_bytes(Path(shop_lexicon.__file__).read_bytes() + b"#")
    monkeypatch.setattr(shop_reviews.shop_lexicon, "__file__", str(changed))
    assert shop().fingerprint("train") != before


def test_corpus_is_not_generated_where_the_cache_has_it(shop, monkeypatch):
    expected = shop().arrays("validation").token_ids
    monkeypatch.setattr(shop_reviews.generator, "shop_corpus", lambda **_: pytest.fail("generated again"))
    assert np.array_equal(shop().arrays("validation").token_ids, expected)


def test_settings_make_the_same_data_again(shop):
    data = shop(corpus_seed=2)
    again = ShopReviews(**json.loads(json.dumps(dict(data.hparams))))
    assert again.reviews("train") == data.reviews("train")
    assert again.vocab_size == data.vocab_size


def test_wrong_settings_of_the_corpus_are_refused(shop):
    with pytest.raises(InputError, match=r"wrong_label_fraction.*found 0.7"):
        shop(wrong_label_fraction=0.7).arrays("train")
    with pytest.raises(InputError, match=r"train_reviews.*found 0"):
        shop(train_reviews=0).arrays("train")
