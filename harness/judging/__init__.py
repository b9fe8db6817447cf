"""From evidence to consistency, comparison, decision and confirmation."""
