"""Files and folders that are read with care, and written complete or not at all."""
