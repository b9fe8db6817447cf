"""Runs that others trained, read from the files of other tools."""
