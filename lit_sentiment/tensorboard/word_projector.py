"""The vectors of the most frequent words, for TensorBoard's tab Projector."""

from pathlib import Path

import numpy as np

from lit_sentiment.data.review_data import ReviewData
from lit_sentiment.files import replace_file, replace_text
from lit_sentiment.models.checkpoint_file import read_checkpoint
from lit_sentiment.models.sentiment_model import SentimentModel
from lit_sentiment.runs.run_folder import RunFolder

MOST_WORDS = 1000
_CONFIG = """embeddings {
  tensor_name: "WEIGHTS"
  tensor_path: "projector/vectors.tsv"
  metadata_path: "projector/words.tsv"
}
"""


def log_words(run: RunFolder, model: SentimentModel, data: ReviewData) -> None:
    """Write the embedding of the most frequent words: of the best epoch if its checkpoint is there, else of the last.

    The words can be coloured by how often the model met them in the training reviews, and by how much of that was in
    positive ones (0.5 for a word that only stands where reviews were cut off); of more than two classes, in each.
    """
    weights, name = model.state_dict(), "words, last epoch"
    if run.best_checkpoint.exists():
        weights, name = read_checkpoint(run.best_checkpoint)["state_dict"], "words, best epoch"
    words, first = data.encoder.words[:MOST_WORDS], data.encoder.first_word
    chosen = slice(first, first + len(words))
    token_ids, labels = data.arrays("train")
    names = data.class_names
    coloured = range(len(names)) if len(names) > 2 else (1,)
    uses, *uses_in = (
        np.bincount(ids.ravel(), minlength=first + len(words))[chosen]
        for ids in (token_ids, *(token_ids[labels == number] for number in coloured))
    )
    rows = [
        (printable(word), str(count), *(f"{part / count if count else 1 / len(names):.3f}" for part in parts))
        for word, count, *parts in zip(words, uses, *uses_in, strict=True)
    ]
    header = ("word", "uses", *(f"{printable(names[number])}_fraction" for number in coloured))
    vectors = weights["layers.0.weight"][chosen].double().cpu().numpy()
    write_projector(run.path, name, [header, *rows], vectors)


def write_projector(folder: Path, name: str, rows: list[tuple[str, ...]], vectors: np.ndarray) -> None:
    """Write what the tab reads.

    Args:
        folder: Of a run that has event files.
        name: Of the table, for people.
        rows: The names of the columns, and a row for each vector.
        vectors: float64 (words, embedding_dim), written with four digits.
    """
    replace_file(folder / "projector" / "vectors.tsv", lambda file: np.savetxt(file, vectors, "%.4g", "\t"))
    replace_text(folder / "projector" / "words.tsv", "".join("\t".join(row) + "\n" for row in rows))
    replace_text(folder / "projector_config.pbtxt", _CONFIG.replace("WEIGHTS", name))


def printable(word: str) -> str:
    """Return the word with its tabs, line ends and the like as escapes, so that it is one cell of a table."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in word)
