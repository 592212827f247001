"""What one training leaves on disk, and reading it back."""
