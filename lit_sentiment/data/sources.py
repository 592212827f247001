"""The sources of reviews, by the name that configs and checkpoints use."""

from lit_sentiment.data.imdb import Imdb
from lit_sentiment.data.review_data import ReviewData
from lit_sentiment.data.review_table import ReviewTable
from lit_sentiment.data.shop_reviews import ShopReviews

SOURCES: dict[str, type[ReviewData]] = {source.__name__: source for source in (ShopReviews, Imdb, ReviewTable)}
