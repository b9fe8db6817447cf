"""Training on a dask cluster."""
