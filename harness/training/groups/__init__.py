"""Runs that train in one step on a GPU: which go together, and how they train."""
