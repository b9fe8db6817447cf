"""The data sets: one file each, which says its shape, its digest and how it is read."""
