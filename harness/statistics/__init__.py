"""Numbers in, numbers out: intervals, tests, noise. Nothing here knows what a recipe is."""
