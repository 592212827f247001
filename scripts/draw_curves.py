"""Draw loss and accuracy of runs, training beside validation: `python scripts/draw_curves.py RUN [RUN ...] OUT.png`."""

import argparse
from pathlib import Path

from lit_sentiment.curves.figure import draw_overfitting
from lit_sentiment.training.run_folder import RunFolder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("out", type=Path)
    config = parser.parse_args()
    histories = {RunFolder(path).read_identity()["model"]: RunFolder(path).read_history() for path in config.runs}
    draw_overfitting(histories, config.out)


if __name__ == "__main__":
    main()
