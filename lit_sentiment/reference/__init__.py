"""Keras's recorded curves, and how a run of ours compares with them."""
