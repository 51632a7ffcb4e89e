"""Data sets: drawing, finding, hashing, splitting and reading cells."""
