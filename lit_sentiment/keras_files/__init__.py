"""Keras's own files, read and written without Keras: `.keras`, `.weights.h5`, and the older `.h5`."""
