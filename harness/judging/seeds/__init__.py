"""Adaptive seeds: which recipes are given more, and what is decided so far."""
