"""From evidence to a report: tables, sentences, plots and pages, written as a whole."""
