"""Runs that were trained elsewhere, read from the files of other tools."""
