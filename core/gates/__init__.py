"""Gates: what stops a picture before a model answers for it, each with its reason and its numbers."""
