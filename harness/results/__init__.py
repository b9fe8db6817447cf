"""The record of a run, the ledger that keeps it, and where it came from."""
