"""What a study file declares, read and checked."""
