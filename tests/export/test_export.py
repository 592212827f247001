"""`export`: what is written can be read again without this package, and gives the same."""

import json
import re
import sys
from pathlib import Path

import pytest
import torch
import yaml

from lit_sentiment.models.trained_model import TrainedModel

TEXTS = [
    "It broke.",
    "",
    "I love the caf\u00e9, don't I? (It's good; really: good!)",
    'the "best"<br /><BR>it <"br />the',
    "\u0130t's\tGOOD\u2028it\x1fthe\xa0caf\u00c9 CAF\u00c9",
    "\ud83d the " * 9,
]
ENCODERS = [
    {},
    {"tokenizer": "keras", "padding": "post", "truncating": "post"},
    {"tokenizer": "keras", "ids": "text_vectorization", "padding": "post", "truncating": "post"},
    {"tokenizer": "keras", "ids": "tokenizer"},
    {"tokenizer": "keras", "ids": "tokenizer", "oov_token": "the", "lower": False, "split": ",", "filters": " 'i"},
]
PLAIN = ("baseline", "dropout", "l2", "two softmax", "mean")
"""Those that plain torch can run."""
FILES = ["README.md", "config.json", "model.safetensors", "vocabulary.json"]


def blocks_of(folder):
    return re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(encoding="utf-8"), re.DOTALL)


def judged_by_card(folder, text):
    """Run the code of the card as a reader would, with another text."""
    first, second, *_ = blocks_of(folder)
    names = {}
    exec(first, names)
    names["token_ids"] = names["token_ids_of"](text)
    exec(second, names)
    return names["token_ids"], names["probabilities"]


@pytest.mark.parametrize(
    ("name", "encoder"),
    [(name, {}) for name in (*PLAIN, "three classes", "convolution", "flat", "mask")]
    + [("baseline", encoder) for encoder in ENCODERS[1:]],
    ids=str,
)
def test_code_of_the_card_judges_to_the_bit_as_predict_does(command, checkpoint, monkeypatch, name, encoder):
    path = checkpoint(name, **encoder)
    outcome = command("export", path, "out")
    assert (outcome.code, outcome.err) == (0, "")
    assert sorted(file.name for file in Path("out").iterdir()) == FILES
    assert ("lit_sentiment" in "".join(blocks_of(Path("out")))) == (name not in PLAIN)
    monkeypatch.chdir("out")
    trained = TrainedModel.open(path)
    for text in TEXTS:
        token_ids, probabilities = judged_by_card(Path(), text)
        expected = trained.encoder.encode([text])
        assert token_ids.tolist() == expected.tolist()
        assert torch.equal(probabilities, trained.model.probabilities(trained.logits(expected)))


def test_plain_code_loads_and_runs_in_ten_lines(command, checkpoint):
    assert command("export", checkpoint("dropout"), "out").code == 0
    assert len([line for line in blocks_of(Path("out"))[1].splitlines() if line]) <= 12
    command("export", checkpoint("baseline"), "smaller")
    assert len([line for line in blocks_of(Path("smaller"))[1].splitlines() if line]) == 10


def test_float64_stays_float64(command, checkpoint, monkeypatch):
    path = checkpoint("baseline", torch.float64)
    assert command("export", path, "out").code == 0
    monkeypatch.chdir("out")
    assert json.loads(Path("config.json").read_text())["dtype"] == "float64"
    _, probabilities = judged_by_card(Path(), TEXTS[0])
    trained = TrainedModel.open(path)
    assert torch.equal(probabilities, trained.logits(trained.encoder.encode(TEXTS[:1])).sigmoid())
    assert probabilities.dtype == torch.float64


def test_settings_layers_and_words_are_plain_json(command, checkpoint):
    path = checkpoint("two softmax")
    command("export", path, "out")
    config = json.loads(Path("out/config.json").read_text())
    trained = TrainedModel.open(path)
    assert config["model"] == "KerasSequential"
    assert config["classes"] == ["negative", "positive"]
    assert [layer["class_name"] for layer in config["layers"]] == ["Embedding", "SpatialDropout1D", "LSTM", "Dense"]
    assert config["settings"] == json.loads(json.dumps(dict(trained.model.hparams)))
    assert config["text_encoder"]["max_length"] == 8
    assert json.loads(Path("out/vocabulary.json").read_text()) == trained.encoder.words


def test_card_tells_what_the_run_knows(command, trained_run):
    assert command("export", trained_run / "checkpoints/best.ckpt", "out").code == 0
    card = Path("out/README.md").read_text()
    head = yaml.safe_load(card.split("---\n")[1])
    assert (head["language"], head["library_name"]) == ("en", "pytorch")
    assert "license" not in head
    (result,) = head["model-index"][0]["results"]
    identity = json.loads((trained_run / "identity.json").read_text())
    finished = json.loads((trained_run / "finished.json").read_text())
    history = (trained_run / "history.csv").read_text().splitlines()
    best = dict(zip(history[0].split(","), history[1 + finished["best_epoch"]].split(","), strict=True))
    assert result["metrics"] == [{"type": "accuracy", "value": round(float(best["val_accuracy"]), 4)}]
    assert f"| val_loss | {float(best['val_loss']):.4f} |" in card
    for told in (identity["train_sha256"], identity["validation_sha256"], finished["verdict"]["sentence"]):
        assert told in card
    assert f"After epoch {finished['best_epoch'] + 1} of 2" in card
    assert str(trained_run) not in card


def test_card_of_a_checkpoint_without_a_run_says_what_it_does_not_know(command, checkpoint):
    command("export", checkpoint("baseline"), "out")
    card = Path("out/README.md").read_text()
    assert "model-index" not in card
    assert "language" not in yaml.safe_load(card.split("---\n")[1])
    for said in ("its reviews are not known any closer", "None are known: the checkpoint", "no finished training"):
        assert said in card


@pytest.mark.parametrize("there", ["file", "folder", "full"])
def test_nothing_is_written_over(command, checkpoint, there):
    path = checkpoint("baseline")
    if there == "file":
        Path("out").write_text("mine")
    else:
        Path("out").mkdir()
        (Path("out/mine").write_text("mine")) if there == "full" else None
    before = sorted(Path().rglob("*"))
    outcome = command("export", path, "out")
    assert (outcome.code, outcome.out) == (2, "")
    assert "found out there already" in outcome.err
    assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize("fault", [KeyboardInterrupt, OSError(28, "No space left on device", "README.md")])
def test_what_fails_leaves_nothing_behind(command, checkpoint, monkeypatch, fault):
    def fail(*_):
        raise fault

    path = checkpoint("baseline")
    monkeypatch.setattr("lit_sentiment.export.model_card.model_card", fail)
    outcome = command("export", path, "new/out")
    assert outcome.code in (2, 130)
    assert list(Path("new").iterdir()) == []


def test_what_is_no_checkpoint_is_refused(command, tmp_path):
    outcome = command("export", tmp_path / "nowhere.ckpt", "out")
    assert outcome.code == 2
    assert "nowhere.ckpt" in outcome.err
    assert not Path("out").exists()


def test_hostile_names_stay_text_in_the_card(command, checkpoint, tmp_path):
    path = checkpoint("three classes")
    content = torch.load(path, weights_only=True)
    content["ReviewData"]["class_names"] = ["<script>x</script>", "```\n# a", "[b](c)"]
    torch.save(content, path)
    run = tmp_path / "a: [<img src=x>]\n---"
    (run / "checkpoints").mkdir(parents=True)
    (run / "config.yaml").write_text("")
    path.rename(run / "checkpoints/best.ckpt")
    assert command("export", run / "checkpoints/best.ckpt", "out").code == 0
    card = Path("out/README.md").read_text()
    assert "<script" not in card
    assert "<img" not in card
    assert "[b](c)" not in card
    assert card.count("```") == 4
    assert yaml.safe_load(card.split("---\n")[1])["library_name"] == "pytorch"


def test_missing_extra_is_one_line(command, checkpoint, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    outcome = command("export", checkpoint("baseline"), "out", "--onnx=true")
    assert outcome.code == 2
    assert outcome.err.startswith("error: expected the extra [onnx] to be installed")
    assert not Path("out").exists()
