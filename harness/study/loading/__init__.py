"""Reading a study file: from TOML to a study, or to one line for each problem that it has."""
