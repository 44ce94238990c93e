"""The training loop, what it optimizes, and the scores."""
