"""Whole trainings of architectures drawn at random, read from Keras's own files, against live Keras."""

import random

import numpy as np
import pytest

from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics.layer_stack import keras_variables
from lit_sentiment.models.keras_sequential import KerasSequential

pytestmark = [
    pytest.mark.keras,
    pytest.mark.usefixtures("all_starts_shared"),
    pytest.mark.filterwarnings("ignore"),
]

VOCAB, LENGTH, REVIEWS, VALIDATION, BATCH, EPOCHS = 23, 9, 70, 29, 16, 3
TOLERANCE = {"float64": 1e-9, "float32": 2e-4}
"""Of curves and weights after 15 steps."""


class Draw:
    """An architecture drawn at random: what it is made of, each time anew, so that Keras takes its seeds in order."""

    def __init__(self, drawn):
        self.rng = random.Random(drawn)
        rng, self.steps = self.rng, True
        self.mask_zero = rng.random() < 0.25
        self.outputs = rng.choice([1, 1, 3])
        self.layers = [self.embedding()]
        for _ in range(rng.randint(1, 3)):
            if self.steps:
                self.layers += rng.choice([self.recurrent, self.recurrent, self.convolution, self.between])()
        if self.steps:
            self.layers += [self.recurrent(last=True)[0], self.pooled(), ("Flatten", {})][rng.randint(0, 2) :][:1]
            self.mask_zero = self.mask_zero and self.layers[-1][0] != "GlobalAveragePooling1D"
            self.layers[0][1]["mask_zero"] = self.mask_zero
        for _ in range(rng.randint(0, 2)):
            self.layers.append(rng.choice([self.hidden, self.noise, self.normalized])())
        self.layers += self.head()
        self.seed = rng.randrange(2**32)
        self.class_weight = rng.choice([None, None, {0: 0.5, self.outputs // 2: 1.75}])
        self.optimizer = rng.choice(
            [
                ("Adam", {}),
                ("Adam", {"amsgrad": True, "clipnorm": 0.3}),
                ("AdamW", {"weight_decay": 0.01}),
                ("RMSprop", {"momentum": 0.4}),
                ("RMSprop", {"rho": 0.8, "clipvalue": 0.02}),
                ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}),
                ("Nadam", {"global_clipnorm": 0.5}),
                ("Adagrad", {"learning_rate": 0.05}),
                ("Adam", {"learning_rate": ("ExponentialDecay", (0.01, 4, 0.7))}),
                ("SGD", {"learning_rate": ("PiecewiseConstantDecay", ([4, 9], [0.2, 0.1, 0.05]))}),
            ]
        )

    def size(self):
        return self.rng.randint(2, 7)

    def penalties(self, *weights):
        if self.rng.random() < 0.6:
            return {}
        kind = self.rng.choice([("L1", (0.003,)), ("L2", (0.01,)), ("L1L2", (0.002, 0.004))])
        return {f"{self.rng.choice(weights)}_regularizer": kind}

    def embedding(self):
        frozen = {"trainable": False} if self.rng.random() < 0.1 else {}
        return "Embedding", {"input_dim": VOCAB, "output_dim": self.size(), **self.penalties("embeddings"), **frozen}

    def recurrent(self, last=False):
        rng = self.rng
        self.steps = not last and rng.random() < 0.7
        settings = {"units": self.size(), "return_sequences": self.steps}
        settings |= rng.choice(
            [{}, {}, {"dropout": 0.3}, {"recurrent_dropout": 0.2}, {"dropout": 0.2, "recurrent_dropout": 0.4}]
        )
        settings |= rng.choice([{}, {}, {"use_bias": False}, {"activation": "relu"}, {"go_backwards": True}])
        settings |= self.penalties("kernel", "recurrent", "bias") if settings.get("use_bias", True) else {}
        kind = rng.choice(["LSTM", "LSTM", "GRU", "SimpleRNN"])
        if kind == "GRU" and rng.random() < 0.4:
            settings["reset_after"] = False
        layer = (kind, settings)
        if rng.random() < 0.4:
            settings.pop("go_backwards", None)  # which Keras itself refuses there
            layer = ("Bidirectional", {"layer": layer, "merge_mode": rng.choice(["concat", "sum", "mul", "ave"])})
        return [layer]

    def convolution(self):
        settings = {
            "filters": self.size(),
            "kernel_size": self.rng.randint(1, 3),
            "padding": self.rng.choice(["same", "causal"]),
        }
        return [
            (
                "Conv1D",
                {**settings, "activation": self.rng.choice([None, "relu", "tanh"]), **self.penalties("kernel", "bias")},
            )
        ]

    def between(self):
        return [self.rng.choice([self.noise, self.normalized, self.hidden])()]

    def noise(self):
        kinds = [("Dropout", {"rate": 0.4}), ("GaussianNoise", {"stddev": 0.2})]
        return self.rng.choice([*kinds, ("SpatialDropout1D", {"rate": 0.3})] if self.steps else kinds)

    def normalized(self):
        return self.rng.choice([("BatchNormalization", {"momentum": 0.8}), ("LayerNormalization", {})])

    def hidden(self):
        settings = {"units": self.size(), "activation": self.rng.choice(["relu", "tanh", "elu", "softplus", "gelu"])}
        return "Dense", {**settings, **self.penalties("kernel", "bias")}

    def pooled(self):
        self.steps = False
        # Behind a convolution equal windows may differ in their last bit, so that a tie is one in one library alone.
        ties = any(kind == "Conv1D" for kind, _ in self.layers)
        return self.rng.choice(["GlobalAveragePooling1D", *["GlobalMaxPooling1D"] * (not ties)]), {}

    def head(self):
        rng = self.rng
        activation = "sigmoid" if self.outputs == 1 else "softmax"
        self.loss = (
            "binary_crossentropy"
            if self.outputs == 1
            else rng.choice(["categorical_crossentropy", "sparse_categorical_crossentropy"])
        )
        if rng.random() < 0.2:
            return [("Dense", {"units": self.outputs}), ("Activation", {"activation": activation})]
        return [("Dense", {"units": self.outputs, "activation": activation})]

    def made(self, keras):
        """The layers, as a script would write them."""
        return [self.one(keras, *layer) for layer in self.layers]

    def one(self, keras, kind, settings):
        settings = dict(settings)
        for name, value in settings.items():
            if name.endswith("_regularizer"):
                settings[name] = getattr(keras.regularizers, value[0])(*value[1])
            elif name == "layer":
                settings[name] = self.one(keras, *value)
        return getattr(keras.layers, kind)(**settings)

    def compiled(self, keras, model):
        kind, settings = self.optimizer
        settings = dict(settings)
        match settings.get("learning_rate"):
            case (schedule, arguments):
                settings["learning_rate"] = getattr(keras.optimizers.schedules, schedule)(*arguments)
        model.compile(getattr(keras.optimizers, kind)(**settings), self.loss, metrics=["accuracy"])
        return model

    def data(self):
        rng = np.random.default_rng(self.seed)
        x = rng.integers(1, VOCAB, (REVIEWS + VALIDATION, LENGTH)).astype("int32")
        x[np.arange(LENGTH) < rng.integers(0, LENGTH, (len(x), 1))] = 0
        score = rng.normal(size=VOCAB)[x].sum(1)
        y = np.digitize(score, np.quantile(score, np.linspace(0, 1, max(2, self.outputs) + 1)[1:-1])).astype("int32")
        return (x[:REVIEWS], y[:REVIEWS]), (x[REVIEWS:], y[REVIEWS:])

    def __repr__(self):
        return f"{self.layers} {self.optimizer} {self.loss} {self.class_weight}"


@pytest.fixture
def gap(keras, train, beyond_keras, largest_difference, tmp_path, ingredients):
    """Train an architecture in both libraries, and return the largest difference of curves and weights."""

    def gap(draw, dtype="float64", form="json", wrong=None):
        keras.config.set_floatx(dtype)
        keras.config.set_dtype_policy(dtype)
        file = tmp_path / f"model.{'keras' if form == 'keras' else 'json'}"
        their_curves, their_weights = trained_by_keras(draw, dtype, form, file)
        (x, y), validation = draw.data()

        def model_class(**_):
            built = "from_config" if form == "from_config" else "listing"
            return KerasSequential(str(file), VOCAB, LENGTH, built=built, class_weight=draw.class_weight)

        changed = ingredients(model_class=model_class, mend_model=wrong or (lambda model: None))
        ours, our_curves = train(None, {}, x, y, validation, BATCH, EPOCHS, draw.seed, dtype, changed)
        our_weights = [values.numpy() for _, values in keras_variables(ours.layers)]
        gap = largest_difference(dtype, our_curves, our_weights, their_curves, their_weights)
        print(f"{gap:.1e} {form} {dtype} {draw}")
        if wrong:
            return gap

        def distance_when_moved(move):
            return largest_difference(
                dtype, *trained_by_keras(draw, dtype, form, move=move), their_curves, their_weights
            )

        return beyond_keras(gap, TOLERANCE[dtype], distance_when_moved)

    def trained_by_keras(draw, dtype, form, file=None, move=list):
        keras.backend.clear_session()
        model = chain(draw, form)
        if form == "keras" and file:
            model.save(file)
        elif file:
            file.write_text(model.to_json())
        model.set_weights(move(model.get_weights()))
        (x, y), (validation_x, validation_y) = draw.data()
        if draw.loss == "categorical_crossentropy":
            y, validation_y = (keras.utils.to_categorical(labels, draw.outputs) for labels in (y, validation_y))
        settings = {"epochs": EPOCHS, "batch_size": BATCH, "class_weight": draw.class_weight, "verbose": 0}
        history = model.fit(x, y, validation_data=(validation_x, validation_y), **settings).history
        return history, model.get_weights()

    def chain(draw, form):
        keras.utils.set_random_seed(draw.seed)
        if form == "functional":
            inputs = outputs = keras.Input((LENGTH,), dtype="int32")
            for layer in draw.made(keras):
                outputs = layer(outputs)
            return draw.compiled(keras, keras.Model(inputs, outputs))
        model = keras.Sequential([keras.Input((LENGTH,), dtype="int32"), *draw.made(keras)])
        if form == "from_config":
            config = model.get_config()
            keras.utils.set_random_seed(draw.seed)
            model = keras.Sequential.from_config(config)
        return draw.compiled(keras, model)

    return gap


FORMS = ("json", "keras", "from_config", "functional")


@pytest.fixture
def draw():
    """Draw an architecture; `pytest -rP` prints it."""
    drawn = random.SystemRandom().randrange(2**31)
    print("drawn with", drawn)
    return Draw(drawn)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("number", range(3))
def test_whole_training_is_that_of_keras(gap, draw, form, number):
    assert gap(draw, form=form) <= TOLERANCE["float64"]


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("number", range(50))
def test_two_hundred_trainings_are_those_of_keras(gap, draw, form, number):
    assert gap(draw, form=form) <= TOLERANCE["float64"]


@pytest.mark.parametrize("number", range(3))
def test_whole_training_in_float32_is_that_of_keras(gap, draw, number):
    assert gap(draw, "float32") <= TOLERANCE["float32"]


def test_training_with_the_seeds_of_another_order_is_not_kerass(gap, draw):
    head = ("Dense", {"units": draw.outputs, "activation": "sigmoid" if draw.outputs == 1 else "softmax"})
    draw.layers[1:] = [("Bidirectional", {"layer": ("LSTM", {"units": 3}), "merge_mode": "sum"}), head]

    def other_order(model):
        made = KerasSequential(model.hparams["architecture"], VOCAB, LENGTH, built="from_config")
        model.load_state_dict(made.state_dict())

    assert gap(draw) <= TOLERANCE["float64"]
    assert gap(draw, wrong=other_order) > 1e-3


@pytest.mark.parametrize("also", [None, "Dense", "LSTM"])
def test_shared_initializer_draws_as_in_a_model_that_keras_makes_from_its_file(keras, tmp_path, also):
    """A script draws one seed for all its weights; its file tells, where the second one is not in a recurrent layer."""
    seeded, shared = 5, keras.initializers.GlorotUniform()
    layers = [keras.layers.Embedding(VOCAB, 3), keras.layers.Dense(4, kernel_initializer=shared)]
    if also is not None:
        layers.append(getattr(keras.layers, also)(4, kernel_initializer=shared))
    layers += [keras.layers.GlobalMaxPooling1D()] if also != "LSTM" else []
    script = keras.Sequential([keras.Input((LENGTH,), dtype="int32"), *layers, keras.layers.Dense(1, "sigmoid")])
    script.save(tmp_path / "model.keras")
    keras.utils.set_random_seed(seeded)
    theirs = keras.models.model_from_json(script.to_json()).get_weights()

    random.seed(seeded)
    ours = KerasSequential(str(tmp_path / "model.keras"), VOCAB, LENGTH, built="from_config").layers
    pairs = list(zip([values.numpy() for _, values in keras_variables(ours)], theirs, strict=True))
    assert max(np.abs(our - their).max() for our, their in pairs) <= 1e-6
    random.seed(seeded + 1)
    others = KerasSequential(str(tmp_path / "model.keras"), VOCAB, LENGTH, built="from_config").layers
    assert not np.allclose(next(keras_variables(others))[1].numpy(), theirs[0])
    if also == "Dense":
        with pytest.raises(InputError, match=r"Dense dense_.*: expected an initialiser of its own"):
            KerasSequential(str(tmp_path / "model.keras"), VOCAB, LENGTH)
    else:
        KerasSequential(str(tmp_path / "model.keras"), VOCAB, LENGTH)
