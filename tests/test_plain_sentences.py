"""A model trained on the generated reviews judges plain sentences of a reader's own."""

from statistics import mean

import pytest

from lit_sentiment import TrainedModel

LEAST_ACCURACY = 0.8
"""Mean over the seeds: far from chance, and below what was measured by a margin for other machines."""

POSITIVE = """
I love these headphones, the sound is wonderful.
Works perfectly and arrived on time.
Best purchase I have made this year.
My daughter is very happy with her new scooter.
Great value for the money, I would buy it again.
The coffee tastes fantastic and the machine is easy to clean.
I was worried about the price, but it is worth every penny.
Comfortable shoes, I wear them all day long.
Excellent quality and fast shipping.
This lamp looks beautiful in our bedroom.
I highly recommend this backpack to anyone who travels.
The box was damaged, but the blender itself works great.
Five years old and still going strong.
The screen is bright and the battery lasts all day.
Customer service was friendly and solved my problem quickly.
Not bad at all, better than I expected.
Perfect gift, my mother was delighted.
I am really impressed by this little speaker.
Soft, warm and a lovely colour.
Easy to put together and very sturdy.
Really pleased, the heater warms the whole room.
Beautiful dress and it fits me well.
Super fast delivery and a very kind seller.
My son plays with it every single day.
A brilliant knife, sharp and well balanced.
I am glad I bought this.
Fantastic little camera, the pictures are clear.
Good price, good quality, thank you.
The colour is a bit dark, but I still love it.
Everything about this chair is perfect.
"""
NEGATIVE = """
The strap broke after two days and nobody answered my emails.
Terrible quality, do not buy this.
It stopped working after a week.
What a waste of money.
I hate the smell of this shampoo.
The jacket looked nice, but the zip was broken when it arrived.
I want a refund, this phone is useless.
Very disappointed with this vacuum cleaner.
The worst chair I have ever owned.
It never arrived and the seller ignores me.
The battery dies within an hour.
Cheap plastic that feels like a toy.
The kettle leaks and the lid does not close.
I would not recommend this to anyone.
My old one was much better, I regret buying this.
Awful sound and they hurt my ears.
Too small, too thin and far too expensive.
Sent it back the next day, it did not work.
The instructions are impossible to understand and two screws were missing.
I had high hopes but it fell apart almost immediately.
The handle came off the first time I used it.
Poor quality, it ripped straight away.
Do not waste your money on this rubbish.
They look cheap and feel uncomfortable.
I am very unhappy and would like my money back.
The tent leaked all night and we were soaked.
Looks good in the pictures, but it is horrible.
Useless, it does not even turn on.
Customer service was rude and did not help me.
Never buying from this brand again.
"""


@pytest.mark.slow
def test_model_trained_on_the_shop_judges_plain_sentences(command, tmp_path):
    """Train as a new user would, for three epochs, with three seeds."""
    sentences = [(text, 1) for text in POSITIVE.split("\n") if text] + [
        (text, 0) for text in NEGATIVE.split("\n") if text
    ]
    accuracies = []
    for seed in range(3):
        run = tmp_path / str(seed)
        outcome = command("fit", "--seed_everything", seed, "--trainer.max_epochs", 3, "--run", run)
        assert outcome.code == 0, outcome.err
        trained = TrainedModel.open(run / "checkpoints" / "best.ckpt")
        logits = trained.logits(trained.encoder.encode([text for text, _ in sentences]))
        accuracies.append(
            mean(float((logit > 0) == label) for logit, (_, label) in zip(logits, sentences, strict=True))
        )
    assert mean(accuracies) >= LEAST_ACCURACY
