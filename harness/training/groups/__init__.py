"""Runs that share every training step on a GPU: which go together, and how they train."""
