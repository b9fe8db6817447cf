"""What `baseline`, `gate` and `runs list` do for a study whose runs are imported."""
