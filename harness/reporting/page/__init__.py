"""The report as files: CSV, Markdown, HTML and records, written as a whole."""
