"""The loop of a bench: its task, what it trains next and why, and what does the training."""
