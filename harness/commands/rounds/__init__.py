"""The loop of a bench: what it is about, what it trains next and why, and what trains that."""
