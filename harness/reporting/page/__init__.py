"""The report as files: CSV, Markdown, HTML and records, all written at once."""
