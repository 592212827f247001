"""A model for other programs: its weights, words and settings in open formats, and a card that tells of it."""
