"""The data sets: one file per data set, with its shape, its digest and how it is read."""
