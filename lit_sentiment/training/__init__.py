"""What a training keeps and shows."""
