"""Judge every recorded Keras run by the others of its seed: how often does `compare` call Keras itself different?

    python scripts/judge_keras_by_keras.py [FACTOR ...]

Prints, for each allowed multiple of Keras's own spread (`STRAY_FACTOR`), how many runs are called different, and how
many end outside the epochs in which the others end.
"""

import sys
from collections import Counter

from lit_sentiment.errors import InputError
from lit_sentiment.reference import comparison
from lit_sentiment.reference.recorded_reference import RecordedReference, recorded_references


def verdicts(factor: float) -> Counter[str]:
    """Count the verdicts on Keras's runs, each compared with the others of its recording."""
    counts: Counter[str] = Counter()
    for recorded in map(RecordedReference.read, recorded_references()):
        runs = [recorded.curves, *recorded.twins]
        for index, run in enumerate(runs):
            reference, *twins = runs[:index] + runs[index + 1 :]
            try:
                curves = comparison.compare_curves(run, reference, twins, recorded.identity, factor)
            except InputError:
                counts["ended elsewhere"] += 1
            else:
                counts["same" if all(curve.same for curve in curves) else "differs"] += 1
    return counts


def main() -> None:
    print("| allowed, in spreads | runs | same | differs | ended elsewhere |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    for factor in map(float, sys.argv[1:] or ["1", "2", "3", "5", "10"]):
        counts = verdicts(factor)
        cells = [f"{factor:g}", counts.total(), counts["same"], counts["differs"], counts["ended elsewhere"]]
        print("| " + " | ".join(map(str, cells)) + " |")


if __name__ == "__main__":
    main()
