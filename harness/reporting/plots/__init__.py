"""The report's plots. Each takes tables and returns a figure; `style` makes files of it."""
