"""Cells as vectors: what they are compared by, which are alike, and a map on which alike cells lie close."""
