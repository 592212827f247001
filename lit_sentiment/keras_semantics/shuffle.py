"""The order in which `model.fit(shuffle=True)` takes the samples of arrays."""

import torch
from torch import Tensor

from lit_sentiment.keras_semantics.philox import philox_blocks

LARGEST_INT32 = 2**31 - 1


def keras_permutation(size: int, seed: int) -> Tensor:
    """The order of one epoch, which is the order of every epoch.

    Keras shuffles with `tf.random.shuffle` inside a `tf.data` map (`trainers/data_adapters/array_data_adapter.py`). A
    global seed s gives that operation the seeds (s, 0), and each epoch starts it afresh.

    Sources: TensorFlow 2.21, `get_seed` in `python/framework/random_seed.py` for the seeds; `RandomShuffleOp` in
    `core/kernels/random_shuffle_op.cc` for the swaps (Fisher and Yates).

    Args:
        size: number of samples.
        seed: of `keras.utils.set_random_seed`.

    Returns:
        int64 (size,): which sample comes first, second, and so on.

    Keras equivalence: equal to Keras 3.15.1 on TensorFlow 2.21, for every epoch and every call of `fit` after
    `keras.utils.set_random_seed(seed)`. Without a global seed Keras takes a new order in each epoch.
    """
    global_seed = seed % LARGEST_INT32
    # TensorFlow reads the seeds (0, 0) as no seed at all, and so avoids them.
    operation_seed = LARGEST_INT32 if global_seed == 0 else 0
    words = philox_blocks((global_seed, 0), (0, 0, operation_seed, 0), -(-size // 4)).flatten().tolist()
    order = list(range(size))
    for place in range(size - 1):
        other = place + words[place] % (size - place)
        order[place], order[other] = order[other], order[place]
    return torch.tensor(order, dtype=torch.int64)
