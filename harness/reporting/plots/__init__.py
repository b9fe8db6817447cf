"""The report's plots. Each takes tables and returns a figure, which `style` turns into files."""
