"""The recorder of judgements: it changes no curve, agrees with the history, and survives an interruption."""

import numpy as np
import pytest
from lightning import Trainer
from lightning.pytorch.demos.boring_classes import BoringModel

from lit_sentiment.cli import main
from lit_sentiment.curves.history import History
from lit_sentiment.data.shop_reviews import ShopReviews
from lit_sentiment.errors import InputError
from lit_sentiment.models import BaselineLSTM
from lit_sentiment.runs.epoch_judgements import read_judgements
from lit_sentiment.training.history_recorder import HistoryRecorder
from lit_sentiment.training.judgement_recorder import JudgementRecorder

MODELS = {
    "BaselineLSTM": ["--model=BaselineLSTM"],
    "DropoutLSTM": ["--model=DropoutLSTM", "--model.units=[4,3]"],
    "L2LSTM": ["--model=L2LSTM"],
}


@pytest.fixture
def train(tiny, tmp_path):
    def train(name, *options):
        run = tmp_path / name
        shared = [one for one in tiny if not one.startswith("--model.units")]
        assert main(["fit", *shared, *options, f"--run={run}"]) == 0
        return run

    return train


@pytest.mark.parametrize("model", MODELS)
def test_curves_are_those_without_it_and_agree_with_what_it_keeps(train, model):
    plain = train("plain", *MODELS[model])
    recorded = train("recorded", *MODELS[model], "--record_judgements=true")
    assert (recorded / "history.csv").read_bytes() == (plain / "history.csv").read_bytes()
    history, judged = History.read(recorded / "history.csv"), read_judgements(recorded / "judgements.npz")
    assert judged["train"].logits.shape == (2, 60)
    assert judged["validation"].losses().mean(axis=1) == pytest.approx(history.data_curve("val_"), abs=1e-6)
    assert judged["validation"].accuracy == pytest.approx(history["val_accuracy"], abs=1e-6)
    assert not (plain / "judgements.npz").exists()


def test_plain_trainer_has_its_judgements_without_a_file(shop, tmp_path):
    data, recorder, history = shop(), JudgementRecorder(), HistoryRecorder()
    model = BaselineLSTM(vocab_size=50, embedding_dim=3, units=4)
    Trainer(max_epochs=2, callbacks=[recorder, history], **quiet(tmp_path)).fit(model, data)
    assert recorder.judgements["train"].logits.shape == (2, 23)
    losses = recorder.judgements["validation"].losses().mean(axis=1)
    assert losses == pytest.approx(history.history["val_loss"], abs=1e-6)


def test_training_that_it_cannot_judge_is_refused_before_it_begins(fit, model, shop, tmp_path):
    with pytest.raises(InputError, match="`datamodule`: JudgementRecorder expected a ReviewData, found NoneType"):
        fit(model, JudgementRecorder())
    with pytest.raises(InputError, match="`model`: JudgementRecorder expected a SentimentModel, found BoringModel"):
        Trainer(max_epochs=1, callbacks=[JudgementRecorder()], **quiet(tmp_path)).fit(BoringModel(), shop())


def quiet(folder):
    return {
        "accelerator": "cpu",
        "logger": False,
        "default_root_dir": folder,
        **dict.fromkeys(("enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False),
    }


def test_generated_reviews_tell_which_labels_are_wrong(train):
    judged = read_judgements(
        train("run", "--record_judgements=true", "--data.wrong_label_fraction=0.2") / "judgements.npz"
    )
    assert judged["train"].wrong_labels.sum() == 12
    assert judged["validation"].wrong_labels.sum() == 5


def test_reviews_without_such_knowledge(train, tmp_path):
    rows = [f'"{word} good",1\n"{word} bad",0\n' for word in ("a", "b", "c", "d", "e")]
    (tmp_path / "mine.csv").write_text("text,label\n" + "".join(rows))
    options = ["--data=ReviewTable", f"--data.path={tmp_path / 'mine.csv'}", f"--data.cache_dir={tmp_path}"]
    quick = ["--trainer.max_epochs=1", "--record_judgements=true"]
    run = tmp_path / "own"
    assert main(["fit", *options, *quick, f"--run={run}"]) == 0
    assert read_judgements(run / "judgements.npz")["train"].wrong_labels is None


def test_resumed_run_has_every_epoch(train, tmp_path):
    whole = train("whole", "--record_judgements=true", "--trainer.max_epochs=4")
    part = train("part", "--record_judgements=true")
    config = str(part / "config.yaml")
    assert main(["fit", "--config", config, "--ckpt_path=last", "--trainer.max_epochs=4"]) == 0
    ours, expected = (read_judgements(run / "judgements.npz")["train"].logits for run in (part, whole))
    assert np.array_equal(ours, expected)


def test_epochs_before_it_began_are_no_numbers(train):
    part = train("part")
    config = str(part / "config.yaml")
    options = ["--record_judgements=true", "--trainer.max_epochs=3"]
    assert main(["fit", "--config", config, "--ckpt_path=last", *options]) == 0
    logits = read_judgements(part / "judgements.npz")["validation"].logits
    assert np.isnan(logits[:2]).all()
    assert np.isfinite(logits[2]).all()


def test_wrong_labels_are_those_that_differ_without_noise():
    sizes = {"train_reviews": 50, "validation_reviews": 30, "test_reviews": 10}
    noisy, clean = ShopReviews(wrong_label_fraction=0.2, **sizes), ShopReviews(wrong_label_fraction=0.0, **sizes)
    for split in ("train", "validation", "test"):
        different = [a.label != b.label for a, b in zip(noisy.reviews(split), clean.reviews(split), strict=True)]
        assert noisy.wrong_labels(split).tolist() == different
        assert any(different)
        assert not clean.wrong_labels(split).any()
