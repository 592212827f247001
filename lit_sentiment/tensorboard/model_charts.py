"""The charts of TensorBoard's tab Custom Scalars: loss and accuracy, training beside validation, for each model.

That tab chooses curves by their tags alone, so what is to lie in the chart of one model needs a tag of its own. All
such tags share one group, so that the tab Scalars has them in one place, after Keras's tags.
"""

from lit_sentiment.tensorboard.keras_curves import SUB_RUNS

CHARTED = ("loss", "accuracy")


def chart_tag(model: str, figure: str) -> str | None:
    """Return the further tag of a figure of a history for the chart of its model, or None if it has no chart."""
    name = figure.removeprefix(SUB_RUNS["validation"])
    return f"per_model/{model}/{name}" if name in CHARTED else None


def chart_layout(model: str) -> dict[str, dict[str, list[object]]]:
    """Return the layout for `SummaryWriter.add_custom_scalars`: a category with the charts of a model.

    TensorBoard joins the layouts of several runs: categories by title, equal charts once.
    """
    return {model: {name: ["Multiline", [f"^{chart_tag(model, name)}$"]] for name in CHARTED}}
