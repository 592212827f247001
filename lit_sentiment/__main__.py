"""`python -m lit_sentiment`."""

import sys

try:
    from lit_sentiment.cli import main
except KeyboardInterrupt:
    sys.exit(130)

if __name__ == "__main__":
    sys.exit(main())
