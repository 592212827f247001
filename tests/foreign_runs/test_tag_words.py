import pytest

from lit_sentiment.foreign_runs.tag_words import TagWords, names_side


@pytest.mark.parametrize(
    ("sub_run", "tag", "figure", "side"),
    [
        ("train", "epoch_loss", "loss", "train"),
        ("validation", "epoch_accuracy", "accuracy", "val"),
        ("", "train_loss_epoch", "loss", "train"),
        ("", "val/loss", "loss", "val"),
        ("", "valLoss", "loss", "val"),
        ("", "eval/accuracy", "accuracy", "val"),
        ("", "Accuracy/test", "accuracy", "val"),
        ("", "val_BinaryAccuracy", "accuracy", "val"),
        ("", "train_acc", "accuracy", "train"),
        ("", "loss", "loss", None),
        ("", "epoch_data_loss", "data_loss", None),
        ("train", "val_loss", "loss", "val"),
        ("", "train_val_loss", "loss", "both"),
        ("", "evaluation_loss_vs_iterations", "loss", "val"),
        ("", "epoch", None, None),
        ("train", "learning_rate", None, "train"),
        ("", "glossary", None, None),
        ("", "validity", None, None),
        ("test", "training_loss", "loss", "val"),
        ("test", "metrics/training/loss", "loss", "val"),
        ("train", "training_loss", "loss", "train"),
        ("", "metrics/training/loss", "loss", "train"),
        ("", "loss/train", "loss", "train"),
        ("", "Loss/Validation", "loss", "val"),
        ("", "VAL_LOSS", "loss", "val"),
        ("", "dev_loss", "loss", "val"),
        ("", "holdout/acc", "accuracy", "val"),
        ("", "held-out loss", "loss", "val"),
        ("", "hold_out_loss", "loss", "val"),
        ("", "trainloss", "loss", "train"),
        ("", "valacc", "accuracy", "val"),
        ("", "retrieval_loss", "loss", None),
        ("", "medieval/loss", "loss", None),
        ("", "device_loss", "loss", None),
        ("", "constraint_loss", "loss", None),
        ("", "latest_loss", "loss", None),
    ],
)
def test_figure_and_side(sub_run, tag, figure, side):
    words = TagWords(sub_run, tag)
    assert (words.figure, words.side) == (figure, side)


def test_words_that_hint_at_another_figure():
    assert TagWords("", "train/box_loss").others == {"box"}
    assert TagWords("validation", "epoch_loss").others == frozenset()


def test_values_per_epoch_come_before_those_per_step():
    tags = ["train_loss_step", "train_loss", "train_loss_epoch"]
    assert sorted(tags, key=lambda tag: TagWords("", tag).granularity) == tags[::-1]


def test_validation_is_likelier_than_test():
    assert TagWords("", "val_loss").likelihood < TagWords("", "eval_loss").likelihood
    assert TagWords("", "eval_loss").likelihood < TagWords("", "test_loss").likelihood


@pytest.mark.parametrize(
    "name", ["train", "validation", "val", "valid", "eval", "test", "loss_train", "Loss_epoch_val"]
)
def test_sub_run(name):
    assert names_side(name)


@pytest.mark.parametrize("name", ["version_0", "test_1", "train-lstm", "loss", "runs", "trainer", ""])
def test_no_sub_run(name):
    assert not names_side(name)
