"""Time the judging of the validation reviews with and without a common start that is read once, in turns.

    OMP_NUM_THREADS=1 python scripts/time_evaluation.py [--max_length 45] [--reviews 1000] [--rounds 9]

The reviews are those of the default data. Prints a Markdown table: the median milliseconds of CPU time and the median
ratios, for batches as they come (`fit`), and for batches by padding (`test`, `validate`, `predict`), which are compared
with the batches of 256 that these took before; and the largest difference of a logit, with the weights of seed 0.
"""

import argparse
import time
from collections.abc import Callable
from statistics import median

import torch
from lightning import seed_everything
from torch import Tensor

from lit_sentiment import ShopReviews
from lit_sentiment.models import LISTINGS
from lit_sentiment.models.sentiment_model import SentimentModel
from lit_sentiment.models.trained_model import TrainedModel


def read_whole(model: SentimentModel, token_ids: Tensor) -> Tensor:
    """Return the logits (B,) of layers that read every step of every review."""
    outputs = token_ids
    for layer in list(model.layers)[:-1]:
        outputs = layer(outputs)
    return model.layers[-1].logits(outputs)[:, 0]


@torch.inference_mode()
def in_batches(judge: Callable[[Tensor], Tensor], token_ids: Tensor, batch_size: int) -> Tensor:
    return torch.cat([judge(batch) for batch in token_ids.split(batch_size)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--max_length", type=int, default=45)
    parser.add_argument("--reviews", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=9)
    config = parser.parse_args()
    data = ShopReviews(max_length=config.max_length)
    arrays = data.arrays("validation").token_ids[: config.reviews]
    token_ids = torch.from_numpy(arrays)
    print("| model | 32, whole | 32 | ratio | 256, whole | by padding | ratio | largest difference |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, kind in LISTINGS.items():
        seed_everything(0, verbose=False)
        model = kind(vocab_size=data.vocab_size).eval()  # type: ignore[call-arg]
        trained = TrainedModel(model, data.encoder, {})
        peers: list[Callable[[], Tensor]] = [
            lambda model=model: in_batches(lambda batch: read_whole(model, batch), token_ids, 32),
            lambda model=model: in_batches(model, token_ids, 32),
            lambda model=model: in_batches(lambda batch: read_whole(model, batch), token_ids, 256),
            lambda trained=trained: trained.logits(arrays),
        ]
        logits = [peer() for peer in peers]
        taken: list[list[float]] = [[] for _ in peers]
        for _ in range(config.rounds):
            for peer, milliseconds in zip(peers, taken, strict=True):
                start = time.process_time()
                peer()
                milliseconds.append(1000 * (time.process_time() - start))
        cells = []
        for whole, once in ((0, 1), (2, 3)):
            ratio = median(a / b for a, b in zip(taken[whole], taken[once], strict=True))
            cells += [f"{median(taken[whole]):.0f}", f"{median(taken[once]):.0f}", f"{ratio:.2f}"]
        difference = max(float((one - logits[0]).abs().max()) for one in logits)
        print(f"| {name} | {' | '.join(cells)} | {difference:.1e} |", flush=True)


if __name__ == "__main__":
    main()
