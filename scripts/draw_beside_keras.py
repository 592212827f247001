"""Draw validation losses of runs beside those of Keras, a small picture for each run, all in one PNG.

    python scripts/draw_beside_keras.py runs/*-ShopReviews-seed0 --output architectures.png

Prints the seconds that both took, one after the other, as a Markdown table. Each run needs a recorded reference, of the
package or in `references/`, as `compare` does. Keras's twins, whose initial weights are moved by a rounding, are thin
lines: as far as those part, Keras itself does not know better.
"""

import argparse
from pathlib import Path

from lit_sentiment.files import require_new
from lit_sentiment.pictures import grid_of_axes, plain_title, save_png
from lit_sentiment.reference.recorded_reference import find_reference
from lit_sentiment.runs.run_folder import RunFolder

COLUMNS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    config = parser.parse_args()
    require_new("--output", config.output)
    print("| run | ours, s | Keras, s | Keras / ours |\n| --- | ---: | ---: | ---: |")
    figure, axes = grid_of_axes(-(-len(config.runs) // COLUMNS), min(COLUMNS, len(config.runs)))
    for axis, path in zip(axes.flat, config.runs, strict=False):
        run = RunFolder(path)
        reference = find_reference(run.read_identity())
        if reference is None:
            parser.error(f"{path}: no reference was recorded for this training; see the command reference")
        ours = run.read_history().curves["val_loss"]
        epochs = range(1, len(ours) + 1)
        axis.plot(epochs, reference.curves["val_loss"], color="tab:orange", linewidth=3, label="Keras")
        for twin in reference.twins:
            axis.plot(epochs, twin["val_loss"], color="tab:orange", linewidth=0.7, label="Keras, moved by a rounding")
        axis.plot(epochs, ours, color="tab:blue", linestyle="--", label="ours")
        name, (mine, theirs) = path.name.partition("-ShopReviews")[0], (run.read_finished(), reference.provenance)
        axis.set_title(plain_title(name), fontsize=9)
        axis.set_xlabel("epoch")
        seconds = mine["training_seconds"], theirs["seconds"]
        print(f"| {name} | {seconds[0]:.0f} | {seconds[1]:.0f} | {seconds[1] / seconds[0]:.1f} |")
    for axis in axes.flat[len(config.runs) :]:
        axis.remove()
    axes.flat[0].set_ylabel("validation loss")
    handles, labels = axes.flat[0].get_legend_handles_labels()
    shown = dict(zip(labels, handles, strict=True))
    figure.legend(shown.values(), shown.keys(), loc="outside lower center", ncols=3)
    save_png(figure, config.output)


if __name__ == "__main__":
    main()
