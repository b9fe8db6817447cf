"""The loop of a bench: its task, what it trains next and why, and the workers that train."""
