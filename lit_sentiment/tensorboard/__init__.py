"""Everything that writes or reads TensorBoard's event files."""
