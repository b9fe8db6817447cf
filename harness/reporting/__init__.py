"""From evidence to a report: tables, plots, documents, all written at once."""
