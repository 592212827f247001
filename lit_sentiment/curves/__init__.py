"""The curves of a training, and what they say."""
