import pytest
from hypothesis import given
from hypothesis import strategies as st

from lit_sentiment.errors import InputError
from lit_sentiment.foreign_runs.tag_guess import Source, choose_sources
from lit_sentiment.foreign_runs.tag_words import TagWords

MANY = [(0, 0.5), (1, 0.25)]


def choice(*names, **given):
    """Tags by figure, of curves that are named SUB_RUN:TAG or TAG."""
    sources = choose_sources({place(name): MANY for name in names}, given)
    return {figure: ":".join(filter(None, source.place)) for figure, source in sources.items()}


def place(name):
    sub_run, _, tag = name.rpartition(":")
    return sub_run, tag


def test_keras():
    sub_runs = [f"{side}:epoch_{figure}" for side in ("train", "validation") for figure in ("loss", "accuracy")]
    others = ["validation:evaluation_loss_vs_iterations", "train:epoch_learning_rate"]
    assert choice(*sub_runs, *others) == {
        "loss": "train:epoch_loss",
        "accuracy": "train:epoch_accuracy",
        "val_loss": "validation:epoch_loss",
        "val_accuracy": "validation:epoch_accuracy",
    }


def test_lightning():
    tags = ["train_loss_step", "train_loss_epoch", "train_acc", "val_loss", "val_acc", "epoch", "lr-Adam"]
    assert choice(*tags) == {
        "loss": "train_loss_epoch",
        "accuracy": "train_acc",
        "val_loss": "val_loss",
        "val_accuracy": "val_acc",
    }


def test_hugging_face():
    tags = ["train/loss", "train/epoch", "train/learning_rate", "eval/loss", "eval/accuracy", "eval/runtime"]
    assert choice(*tags) == {"loss": "train/loss", "val_loss": "eval/loss", "val_accuracy": "eval/accuracy"}


def test_single_value_at_the_end_is_not_the_curve():
    curves = {("", "train/loss_mean"): MANY, ("", "train/loss"): MANY[:1], ("", "val/loss"): MANY}
    assert choose_sources(curves, {})["loss"].place == ("", "train/loss_mean")


def test_loss_without_a_side_is_that_of_training():
    assert choice("loss", "accuracy", "val_loss") == {"loss": "loss", "accuracy": "accuracy", "val_loss": "val_loss"}


def test_accuracy_without_a_side_is_left_where_the_loss_has_one():
    assert choice("train_loss", "accuracy", "val_loss") == {"loss": "train_loss", "val_loss": "val_loss"}


def test_training_is_named_as_validation_is():
    tags = ["train/a_loss", "train/box_loss", "val/box_loss"]
    assert choice(*tags) == {"loss": "train/box_loss", "val_loss": "val/box_loss"}


def test_alternatives_are_those_as_plain_as_the_chosen_one():
    tags = ["val_loss", "test_loss", "train_loss", "val_box_loss"]
    source = choose_sources({("", tag): MANY for tag in tags}, {})["val_loss"]
    assert source == Source(("", "val_loss"), alternatives=(("", "test_loss"),))
    assert str(source) == "val_loss (also there: test_loss)"


def test_loss_without_penalty_needs_both_sides():
    both = choice("train:epoch_loss", "train:epoch_data_loss", "val:epoch_loss", "val:epoch_data_loss")
    assert (both["data_loss"], both["val_data_loss"]) == ("train:epoch_data_loss", "val:epoch_data_loss")
    assert (both["loss"], both["val_loss"]) == ("train:epoch_loss", "val:epoch_loss")
    assert "data_loss" not in choice("train:epoch_loss", "train:epoch_data_loss", "val:epoch_loss")


def test_given_loss_is_not_overruled_by_a_guess():
    tags = ["train_loss", "train_data_loss", "val_loss", "val_data_loss"]
    assert "val_data_loss" in choice(*tags)
    assert "val_data_loss" not in choice(*tags, val_loss="val_loss")


def test_given_tag_may_name_its_sub_run_or_leave_it_to_the_side():
    names = ["train:f1", "train:loss", "validation:f1", "validation:loss"]
    assert choice(*names, val_accuracy="f1")["val_accuracy"] == "validation:f1"
    assert choice(*names, accuracy="f1")["accuracy"] == "train:f1"
    assert choice(*names, val_accuracy="train/f1")["val_accuracy"] == "train:f1"


def test_given_tag_is_marked():
    sources = choose_sources({("", "a"): MANY, ("", "val_loss"): MANY}, {"loss": "a"})
    assert (sources["loss"].given, sources["val_loss"].given) == (True, False)


@pytest.mark.parametrize(
    ("tag", "found"), [("nope", "x/f1, y/f1$"), ("f1", "x/f1, y/f1$")], ids=["absent", "several times"]
)
def test_given_tag_that_is_not_there_once_is_refused(tag, found):
    with pytest.raises(InputError, match=f"^--val_accuracy: expected one tag '{tag}', found {found}"):
        choice("x:f1", "y:f1", val_accuracy=tag)


PARTS = st.sampled_from(
    ["train", "val", "eval", "test", "loss", "acc", "accuracy", "data", "epoch", "box", "_", "/", "Val"]
)
PLACES = st.tuples(
    st.sampled_from(["", "train", "validation", "a"]), st.lists(PARTS, min_size=1, max_size=4).map("".join)
)
LENGTHS = st.sampled_from([MANY, MANY[:1]])


@given(st.dictionaries(PLACES, LENGTHS, max_size=6), st.randoms())
def test_guess_depends_on_names_and_not_on_their_order(curves, dice):
    chosen = choose_sources(curves, {})
    shuffled = list(curves)
    dice.shuffle(shuffled)
    assert choose_sources({place: curves[place] for place in shuffled}, {}) == chosen
    places = [source.place for source in chosen.values()]
    assert len(set(places)) == len(places) or "data_loss" in chosen
    for figure, source in chosen.items():
        words = TagWords(*source.place)
        assert words.figure == figure.removeprefix("val_")
        assert words.side in (("val",) if figure.startswith("val_") else ("train", None))


@given(st.dictionaries(PLACES, LENGTHS, min_size=1, max_size=6), st.data())
def test_tag_that_is_given_is_taken_whatever_it_is_called(curves, data):
    place = data.draw(st.sampled_from(list(curves)))
    name = "/".join(filter(None, place))
    if sum(name in ("/".join(filter(None, other)), other[1]) for other in curves) == 1:
        assert choose_sources(curves, {"val_loss": name})["val_loss"] == Source(place, given=True)
