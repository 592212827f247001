# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Why validation loss rises while training accuracy rises
#
# We train small text classifiers for too long and look at what happens. Everything runs on a CPU, without a download,
# in a minute or two.
#
# `pip install -c constraints.txt -e '.[notebook]'` in the repository installs what it needs. Its source is
# `docs/overfitting.py`.

# %%
# %matplotlib inline
import logging
import subprocess
import sys
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import fill

import matplotlib.pyplot as plt
from lightning import Trainer, seed_everything

from lit_sentiment import (
    L2LSTM,
    BaselineLSTM,
    DropoutLSTM,
    History,
    JudgementRecorder,
    KerasEarlyStopping,
    OverfittingMonitor,
    ShopReviews,
    draw_overfitting,
    draw_right_and_wrong,
    draw_temperatures,
    rescaled,
)

SEED = 0
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
warnings.filterwarnings("ignore", module="lightning|tqdm")

# %% [markdown]
# ## The data
#
# A generator writes reviews of a shop. It turns some labels round, in training and in validation, so it knows which
# labels are wrong; the model does not.

# %%
data = ShopReviews(train_limit=1000)
wrong_labels = data.wrong_labels("train")
for review in data.reviews("train")[:4]:
    print(fill(f"{'positive' if review.label else 'negative'}: {review.text}", 95))
print(f"{wrong_labels.sum()} of {len(wrong_labels)} training labels are wrong.")

# %% [markdown]
# *What is the best accuracy that a model can expect on new reviews, whose labels were turned round as often?*

# %% [markdown]
# ## A training with a plain Trainer
#
# Two callbacks watch: `OverfittingMonitor` keeps the curves and says what they mean, `JudgementRecorder` keeps what the
# model says of each review after each epoch.


# %%
def train(model_class, data, *callbacks, epochs=12, **settings):
    """Train from the seed; return the two callbacks with what they kept."""
    seed_everything(SEED, verbose=False)
    model = model_class(vocab_size=data.vocab_size, embedding_dim=64, **settings)
    monitor, recorder = OverfittingMonitor(), JudgementRecorder()
    trainer = Trainer(
        max_epochs=epochs,
        callbacks=[monitor, recorder, *callbacks],
        accelerator="cpu",
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
    )
    trainer.fit(model, data)
    return monitor, recorder


baseline, recorder = train(BaselineLSTM, data, units=32)
history = baseline.history
print(fill(baseline.verdict.sentence, 95))

# %% [markdown]
# *Which epoch would you keep, and which figure did you choose it by?*

# %% [markdown]
# ## The curves
#
# Training goes on getting better. Validation loss falls, and then rises.

# %%
draw_overfitting({"baseline": history})

# %% [markdown]
# *Look at the two orange curves after the dotted line. Does validation accuracy fall as fast as validation loss rises?*

# %% [markdown]
# ## Loss is not mistakes
#
# Accuracy counts on which side of one half a review falls. Loss also counts how sure the model is.

# %%
best, last = history.epoch(history.best_epoch), history.epoch(-1)
mistakes_before, mistakes = 1 - best["val_accuracy"], 1 - last["val_accuracy"]
loss_growth, mistake_growth = last["val_loss"] / best["val_loss"] - 1, mistakes / mistakes_before - 1
print(f"validation loss:   {best['val_loss']:.3f} -> {last['val_loss']:.3f} ({loss_growth:+.0%})")
print(f"share of mistakes: {mistakes_before:.3f} -> {mistakes:.3f} ({mistake_growth:+.0%})")

# %% [markdown]
# The loss grows far more than the mistakes do. *So where does the rest of the loss come from?*

# %% [markdown]
# ## The model grows sure of what it gets wrong
#
# Here are the reviews that the model gets right in an epoch, and those that it gets wrong. Entropy says how unsure the
# model is.

# %%
draw_right_and_wrong({"baseline": [recorder.judgements]})

# %% [markdown]
# Validation reviews that are wrong cost more and more, for the model grows sure of them. *How large would their entropy
# be if it knew that it does not know? The largest is log 2, about .69.*

# %% [markdown]
# ## Read the surest mistakes
#
# These validation reviews cost most at the end.

# %%
validation = recorder.judgements["validation"]
losses = validation.losses()[-1]
for place in losses.argsort()[::-1][:5]:
    label = "positive" if validation.labels[place] else "negative"
    remark = " (wrong label)" if validation.wrong_labels[place] else ""
    text = data.reviews("validation")[place].text
    print(fill(f"loss {losses[place]:.1f}, labelled {label}{remark}: {text}", 95))

# %% [markdown]
# *For each of them: is it the model that is wrong, or the label? Would you have known without the remark?*

# %% [markdown]
# ## One number takes much of the rise away
#
# Divide every logit of an epoch by one number, its temperature, so that the model is less sure. It is fitted on half of
# the validation reviews; we look at the other half.

# %%
at_best, at_last = (rescaled(validation, epoch) for epoch in (history.best_epoch, -1))
print(f"rise as trained:           {at_last.loss_before - at_best.loss_before:+.3f}")
print(f"rise with one temperature: {at_last.loss - at_best.loss:+.3f}")
print(f"the temperature of the last epoch is {at_last.temperature:.1f}")
draw_temperatures({"baseline": [recorder.judgements]})

# %% [markdown]
# No review changes sides when its logit is divided. *So how many mistakes does the temperature remove?*

# %% [markdown]
# ## Dropout
#
# The same data and seed, and two LSTMs with dropout after each.

# %%
dropout, _ = train(DropoutLSTM, data, units=(32, 16))
print(fill(dropout.verdict.sentence, 95))

# %% [markdown]
# *Did you expect this of dropout? It is one seed, and another model too: the first exercise tries more.*

# %% [markdown]
# ## L2 with early stopping
#
# A penalty on the weights, and a training that stops when validation loss has not improved for three epochs.

# %%
stopping = KerasEarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True)
l2, _ = train(L2LSTM, data, stopping, units=32, l2=0.01)
print(fill(l2.verdict.sentence, 95))
print(f"It trained for {len(l2.history)} epochs and keeps epoch {stopping.best_epoch + 1}.")

# %% [markdown]
# Early stopping watches `val_loss`, with the penalty in it, as in Keras. *`l2.history.data_curve("val_")` is the loss
# without it: would training have stopped at another epoch by that?*

# %% [markdown]
# ## The three side by side
#
# The rise is that of validation loss without the penalty, from its minimum to the last epoch.

# %%
trainings = {"baseline": baseline.history, "dropout": dropout.history, "L2, early stopping": l2.history}
for title, one in trainings.items():
    smallest = min(one.data_curve("val_"))
    print(f"{title:18}  smallest validation loss {smallest:.3f}, rise {one.rise:.3f}")
draw_overfitting(trainings)

# %% [markdown]
# L2 with early stopping rises least here. *Is its smallest loss better, too, or has it only been stopped in time?*

# %% [markdown]
# ## Wrong labels
#
# The same baseline once without wrong labels, and once with a fifth of them wrong, in training and in validation.

# %%
noise = {}
for fraction in (0.0, 0.2):
    noisy = ShopReviews(train_limit=1000, wrong_label_fraction=fraction)
    noise[fraction] = train(BaselineLSTM, noisy, units=32)
    print(f"{fraction:4.0%} of the labels wrong: rise {noise[fraction][0].history.rise:.3f}")

# %% [markdown]
# It rises more with wrong labels. *Does it rise without any, too? Where could that come from?*

# %% [markdown]
# ## When wrong labels are learnt
#
# A fifth of the labels is wrong here. How many training reviews does the model judge as they are labelled?

# %%
judged = noise[0.2][1].judgements["train"]
for title, part in (("right labels", ~judged.wrong_labels), ("wrong labels", judged.wrong_labels)):
    share = 1 - judged.wrong[:, part].mean(axis=1)
    plt.plot(range(1, len(share) + 1), share, marker="o", label=title)
plt.xlabel("epoch")
plt.ylabel("share judged as labelled")
plt.legend()
plt.show()

# %% [markdown]
# Right labels come first, for other reviews agree with them. A wrong one can only be learnt by heart. *At which epoch
# would you stop?*

# %% [markdown]
# ## More data
#
# The baseline with half and with twice the training reviews, and the same ones for validation.

# %%
amounts = {1000: history}
for reviews in (500, 2000):
    amounts[reviews] = train(BaselineLSTM, ShopReviews(train_limit=reviews), units=32)[0].history
for reviews, one in sorted(amounts.items()):
    smallest = min(one["val_loss"])
    print(f"{reviews:4} reviews: smallest validation loss {smallest:.3f}, rise {one.rise:.3f}")

# %% [markdown]
# More reviews make the smallest loss smaller. *Do they stop the rise?*

# %% [markdown]
# ## The same run from the command line
#
# A run of the command has the same curves, for it trains with the same seed; three epochs show it.

# %%
with TemporaryDirectory() as folder:
    command = (
        f"-m lit_sentiment fit --seed_everything {SEED} --trainer.max_epochs 3 --run {folder}/run "
        "--model BaselineLSTM --model.embedding_dim 64 --model.units 32 "
        "--data ShopReviews --data.train_limit 1000"
    )
    subprocess.run([sys.executable, *command.split()], check=True, capture_output=True)
    there = History.read(Path(folder, "run", "history.csv"))
for name, one in (("command", there), ("here", history.until(3))):
    print(f"{name:8}", *(f"{value:.6f}" for value in one["val_loss"]))

# %% [markdown]
# Runs of the command are in `runs/`: `tensorboard --logdir runs` shows them in a browser, and in a notebook
# `%load_ext tensorboard` and `%tensorboard --logdir runs` do.

# %% [markdown]
# ## Exercises
#
# 1. **One seed is no evidence.** Train `BaselineLSTM` and `DropoutLSTM` with five values of `SEED`. Is the difference
#    of their rises larger than what the seed alone changes?
# 2. **Size.** Train with `units=4` and `units=128`. What happens to the smallest validation loss, and to the rise?
# 3. **Labels by heart.** Set `wrong_label_fraction=0.49`: the labels say hardly anything. How far does training
#    accuracy come, and what does that say about a high training accuracy?
#
# [claims.md](claims.md) answers such questions with five seeds each.
