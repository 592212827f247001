"""A callback that shows the layers of a model, as Keras's `model.summary()` does."""

from lightning import Callback, LightningModule, Trainer
from rich.console import Console
from rich.table import Table


class LayerTable(Callback):
    """Prints each layer with the number of its trained parameters, which is the number that Keras gives."""

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Print the table."""
        layers = getattr(pl_module, "layers", [pl_module])
        counts = [sum(weight.numel() for weight in layer.parameters() if weight.requires_grad) for layer in layers]
        table = Table(title=type(pl_module).__name__, show_footer=True)
        table.add_column("Layer", footer="all")
        table.add_column("Parameters", footer=f"{sum(counts):,}", justify="right")
        for layer, parameters in zip(layers, counts, strict=True):
            table.add_row(str(layer), f"{parameters:,}")
        Console().print(table)
