"""What is said of training and validation curves, tested on runs with several seeds."""
