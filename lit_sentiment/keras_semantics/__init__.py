"""What Keras does, done in torch."""
