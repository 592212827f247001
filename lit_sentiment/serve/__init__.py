"""A page to play with: the curves of a run, and what it says of the reader's own sentences."""
