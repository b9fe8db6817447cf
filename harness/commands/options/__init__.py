"""Command-line options: a dataclass per verb, and how typer is told of them."""
