"""What spends the machine: plan, sweep, workers, one run, checkpoints, display."""
