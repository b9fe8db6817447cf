"""What `baseline` and `gate` do for a study whose runs others trained."""
