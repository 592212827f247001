"""Three Keras text classifiers and how they overfit, reproduced in PyTorch Lightning.

What can be imported from here is listed in `__all__`; each name is loaded when it is first used, so importing the
package is quick.
"""

import importlib
from typing import TYPE_CHECKING

_HOMES = {
    "BaselineLSTM": "lit_sentiment.models.listings",
    "DropoutLSTM": "lit_sentiment.models.listings",
    "L2LSTM": "lit_sentiment.models.listings",
    "KerasSequential": "lit_sentiment.models.keras_sequential",
    "SentimentModel": "lit_sentiment.models.sentiment_model",
    "TrainedModel": "lit_sentiment.models.trained_model",
    "Imdb": "lit_sentiment.data.imdb",
    "ReviewData": "lit_sentiment.data.review_data",
    "ReviewTable": "lit_sentiment.data.review_table",
    "ShopReviews": "lit_sentiment.data.shop_reviews",
    "KerasAdam": "lit_sentiment.keras_semantics.adam",
    "KerasEarlyStopping": "lit_sentiment.keras_semantics.early_stopping",
    "KerasReduceLROnPlateau": "lit_sentiment.keras_semantics.reduce_lr",
    "HistoryRecorder": "lit_sentiment.training.history_recorder",
    "OverfittingMonitor": "lit_sentiment.training.history_recorder",
    "JudgementRecorder": "lit_sentiment.training.judgement_recorder",
    "TensorBoardCurves": "lit_sentiment.tensorboard.tensorboard_curves",
    "History": "lit_sentiment.curves.history",
    "diagnose": "lit_sentiment.curves.overfitting",
    "rescaled": "lit_sentiment.report.temperature",
    "draw_overfitting": "lit_sentiment.pictures",
    "draw_right_and_wrong": "lit_sentiment.report.epoch_pictures",
    "draw_temperatures": "lit_sentiment.report.epoch_pictures",
}

__all__ = sorted(_HOMES)
__version__ = "0.1.0"


if TYPE_CHECKING:  # the same names for mypy and editors, which cannot follow `_HOMES`
    from lit_sentiment.curves.history import History as History
    from lit_sentiment.curves.overfitting import diagnose as diagnose
    from lit_sentiment.data.imdb import Imdb as Imdb
    from lit_sentiment.data.review_data import ReviewData as ReviewData
    from lit_sentiment.data.review_table import ReviewTable as ReviewTable
    from lit_sentiment.data.shop_reviews import ShopReviews as ShopReviews
    from lit_sentiment.keras_semantics.adam import KerasAdam as KerasAdam
    from lit_sentiment.keras_semantics.early_stopping import KerasEarlyStopping as KerasEarlyStopping
    from lit_sentiment.keras_semantics.reduce_lr import KerasReduceLROnPlateau as KerasReduceLROnPlateau
    from lit_sentiment.models.keras_sequential import KerasSequential as KerasSequential
    from lit_sentiment.models.listings import L2LSTM as L2LSTM
    from lit_sentiment.models.listings import BaselineLSTM as BaselineLSTM
    from lit_sentiment.models.listings import DropoutLSTM as DropoutLSTM
    from lit_sentiment.models.sentiment_model import SentimentModel as SentimentModel
    from lit_sentiment.models.trained_model import TrainedModel as TrainedModel
    from lit_sentiment.pictures import draw_overfitting as draw_overfitting
    from lit_sentiment.report.epoch_pictures import draw_right_and_wrong as draw_right_and_wrong
    from lit_sentiment.report.epoch_pictures import draw_temperatures as draw_temperatures
    from lit_sentiment.report.temperature import rescaled as rescaled
    from lit_sentiment.tensorboard.tensorboard_curves import TensorBoardCurves as TensorBoardCurves
    from lit_sentiment.training.history_recorder import HistoryRecorder as HistoryRecorder
    from lit_sentiment.training.history_recorder import OverfittingMonitor as OverfittingMonitor
    from lit_sentiment.training.judgement_recorder import JudgementRecorder as JudgementRecorder
else:

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *_HOMES]
