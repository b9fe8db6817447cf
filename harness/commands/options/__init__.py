"""Command-line options: one dataclass per verb, and how typer reads them."""
