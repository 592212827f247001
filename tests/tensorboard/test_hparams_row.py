import inspect
from typing import Any

import pytest
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams.backend_context import Context
from tensorboard.plugins.hparams.list_session_groups import Handler
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from lit_sentiment.data.imdb import Imdb
from lit_sentiment.data.review_table import ReviewTable
from lit_sentiment.data.shop_reviews import ShopReviews
from lit_sentiment.models import LISTINGS
from lit_sentiment.tensorboard.hparams_row import (
    ENCODING,
    FIRST,
    NUMBERS,
    RESULTS,
    TEXTS,
    data_settings,
    hparams_summaries,
)
from lit_sentiment.tensorboard.tensorboard_curves import TensorBoardCurves

ROWS: dict[str, tuple[dict[str, Any], dict[str, float]]] = {
    "a": ({"model": "BaselineLSTM", "seed": 0, "units": 5}, {"best_val_loss": 0.5, "last_loss": 0.125}),
    "b": ({"model": "L2LSTM", "seed": 0, "units": 5, "l2": 0.25}, {"best_val_loss": 0.75, "last_loss": 0.5}),
    "c": ({"model": "DropoutLSTM", "seed": 1, "units": [5, 4], "dropout": [0.5, 0.25]}, {"best_val_loss": 0.25}),
    "d": ({"model": "BaselineLSTM", "seed": 1, "units": 5}, {"last_loss": 0.375}),
}
"""The last as after a training without validation."""


@pytest.fixture
def table(tmp_path):
    """Write rows and return the columns and the rows that the tab shows, sorted as asked."""

    def table(*runs: str, sort_by: str = "best_val_loss") -> tuple[api_pb2.Experiment, list[api_pb2.SessionGroup]]:
        for run in runs:
            TensorBoardCurves(tmp_path / run).log_results(*ROWS[run], "No overfitting.")
        multiplexer = EventMultiplexer()
        for run in runs:  # the columns are those of the run that comes first
            multiplexer.AddRun(str(tmp_path / run), run)
        provider = MultiplexerDataProvider(multiplexer.Reload(), str(tmp_path))
        context = Context(TBContext(logdir=str(tmp_path), data_provider=provider))
        asked = RequestContext()
        contents = context.hparams_metadata(asked, "")
        shown = context.experiment_from_metadata(asked, "", True, contents, None)
        statuses = [api_pb2.STATUS_SUCCESS]
        metric = api_pb2.MetricName(tag=f"results/{sort_by}")
        column = api_pb2.ColParams(metric=metric, order=api_pb2.ORDER_ASC, missing_values_first=False)
        request = api_pb2.ListSessionGroupsRequest(
            allowed_statuses=statuses, col_params=[column], start_index=0, slice_size=10
        )
        return shown, list(Handler(asked, context, "", request).run().session_groups)

    return table


def values(group):
    return {name: getattr(value, value.WhichOneof("kind")) for name, value in group.hparams.items()}


@pytest.mark.parametrize("runs", [("a",), ("a", "b", "c", "d"), ("d", "c", "b", "a")])
def test_columns_are_those_of_every_model_whichever_run_comes_first(table, runs):
    shown, rows = table(*runs)
    columns = [info.name for info in shown.hparam_infos]
    assert sorted(columns) == sorted([*TEXTS, *NUMBERS])
    assert set(columns[:5]) == set(FIRST)
    assert [info.name.tag for info in shown.metric_infos] == [f"results/{name}" for name in RESULTS]
    assert len(rows) == len(runs)


def test_rows_sort_by_best_val_loss_and_lack_what_does_not_apply(table):
    _, rows = table(*ROWS)
    assert [row.name for row in rows] == ["c", "a", "b", "d"]
    assert values(rows[0]) == {"model": "DropoutLSTM", "seed": "1", "units": "[5, 4]", "dropout": "[0.5, 0.25]"}
    assert values(rows[2]) == {"model": "L2LSTM", "seed": "0", "units": "5", "l2": 0.25}
    figures = {metric.name.tag: metric.value for metric in rows[1].metric_values}
    assert figures == {"results/best_val_loss": 0.5, "results/last_loss": 0.125}


def test_what_is_none_or_has_no_column_is_left_out():
    _, start, _ = hparams_summaries({"l2": None, "cache_dir": "/home", "train_sha256": "ab", "learning_rate": 0.25})
    content = HParamsPluginData.FromString(start.value[0].metadata.plugin_data.content)
    assert {name: value.number_value for name, value in content.session_start_info.hparams.items()} == {
        "learning_rate": 0.25
    }


@pytest.mark.parametrize("model", LISTINGS.values())
def test_every_setting_of_a_model_has_a_column(model):
    assert set(inspect.signature(model).parameters) <= {*TEXTS, *NUMBERS}


@pytest.mark.parametrize(
    ("data", "source"),
    [
        (lambda: ShopReviews(train_reviews=10, test_reviews=5, cache_dir="/somewhere"), "ShopReviews"),
        (
            lambda: ShopReviews(wrong_label_fraction=0.25, corpus_seed=3),
            "ShopReviews wrong_label_fraction=0.25 corpus_seed=3",
        ),
        (lambda: Imdb(archive="aclImdb_v1.tar.gz", train_limit=10), "Imdb"),
        (
            lambda: ReviewTable(path="a.csv", test_path="b.csv", label_column="stars"),
            "ReviewTable path=a.csv label_column=stars",
        ),
    ],
)
def test_data_are_named_with_what_was_set_of_their_own_settings(data, source):
    made = data()
    shown = data_settings(made)
    assert {"data": source, "max_length": made.max_length}.items() <= shown.items()
    assert {name: shown[name] for name in ENCODING} == {
        "ids": "imdb",
        "padding": "pre",
        "tokenizer": "basic_english",
        "truncating": "pre",
    }


def test_row_says_how_texts_became_token_ids():
    made = ShopReviews(ids="tokenizer", tokenizer="keras", padding="post", truncating="post")
    _, start, _ = hparams_summaries(data_settings(made))
    content = HParamsPluginData.FromString(start.value[0].metadata.plugin_data.content)
    found = {name: value.string_value for name, value in content.session_start_info.hparams.items()}
    assert {name: found[name] for name in ENCODING} == {
        "ids": "tokenizer",
        "padding": "post",
        "tokenizer": "keras",
        "truncating": "post",
    }
