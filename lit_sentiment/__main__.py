"""`python -m lit_sentiment`."""

import sys

from lit_sentiment.cli import main

if __name__ == "__main__":
    sys.exit(main())
