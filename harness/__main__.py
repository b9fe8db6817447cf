"""The command `harness`, also as `python -m reprobench.harness`.

Importing the command line takes a moment, in which a signal must not end in a traceback.
"""

from .base.early_signals import leave_at_once

leave_at_once()


def main() -> None:
    """Run the command line."""
    from .cli import main as run

    run()


if __name__ == "__main__":
    main()
