"""Reviews, from their sources to batches of token ids."""
