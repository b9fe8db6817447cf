"""Reading a study file: TOML to a study, or every problem that it has, a line each."""
