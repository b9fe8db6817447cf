"""Reproducibility benchmark harness: which recipe stays at the target accuracy, over many seeds."""
