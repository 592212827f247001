"""Many trainings in one folder: which there are, several at a time, and how far they are."""
