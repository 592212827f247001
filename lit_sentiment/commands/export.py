"""`export`: a model for other programs."""

import json
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lit_sentiment.files import replace_text, require_new, whole_folder
from lit_sentiment.process import leaving_at_once

if TYPE_CHECKING:
    from lit_sentiment.models.trained_model import TrainedModel


def export(ckpt_path: Path, output: Path, *, onnx: bool = False) -> None:
    """Write a model for other programs, as a new folder.

    It holds the weights (model.safetensors), the settings, layers and classes (config.json), the words
    (vocabulary.json), and a model card in the format of Hugging Face (README.md) with code that runs the model.

    Args:
        ckpt_path: A checkpoint that fit or import-keras wrote. The card tells more of one that lies in its run.
        output: The folder to write.
        onnx: Whether to write model.onnx too, checked with ONNX Runtime; needs the extra onnx.

    Raises:
        InputError: The checkpoint cannot be read, the folder is there already, or ONNX cannot hold the model.
    """
    require_new("output", output)
    with leaving_at_once():
        from safetensors.torch import save

        from lit_sentiment.export.model_card import model_card
        from lit_sentiment.models.trained_model import TrainedModel
    trained = TrainedModel.open(ckpt_path)
    weights = dict(trained.model.named_parameters()) | dict(trained.model.named_buffers())
    with whole_folder(output) as folder:
        difference = _write_onnx(trained, folder / "model.onnx") if onnx else None
        content = save({name: weight.detach().contiguous() for name, weight in weights.items()})
        (folder / "model.safetensors").write_bytes(content)
        (folder / "config.json").write_text(json.dumps(_config(trained), indent=1, default=str) + "\n")
        (folder / "vocabulary.json").write_text(json.dumps(trained.encoder.words, indent=0) + "\n")
        replace_text(folder / "README.md", model_card(trained, ckpt_path, difference))
    print(f"Written to {output}: {', '.join(sorted(path.name for path in output.iterdir()))}")
    if difference is not None:
        print(f"model.onnx: checked with ONNX Runtime, the largest difference of a probability is {difference:.1e}")


def _write_onnx(trained: "TrainedModel", path: Path) -> float:
    with leaving_at_once():
        from lit_sentiment.export.onnx_graph import write_onnx
    encoder = trained.encoder
    return write_onnx(trained.model, encoder.first_word + len(encoder.words), encoder.max_length, path)


def _config(trained: "TrainedModel") -> dict[str, Any]:
    from lit_sentiment.keras_semantics.layer import Layer
    from lit_sentiment.plugins import name_of

    model, encoder = trained.model, trained.encoder
    settings = {one.name: getattr(encoder, one.name) for one in fields(encoder) if one.name != "words"}
    return {
        "model": name_of(type(model)),
        "settings": dict(model.hparams),
        "layers": [
            {"class_name": type(layer).__name__, "config": layer.get_config() if isinstance(layer, Layer) else {}}
            for layer in model.layers
        ],
        "dtype": str(next(model.parameters()).dtype).removeprefix("torch."),
        "classes": trained.class_names,
        "text_encoder": {**settings, "first_word": encoder.first_word, "unknown_id": encoder.unknown_id},
    }
