"""Numbers in, numbers out: intervals, tests, noise. Nothing here knows studies or records."""
