"""The command `harness` as `python -m reprobench`."""

from reprobench.harness.__main__ import main

if __name__ == "__main__":
    main()
