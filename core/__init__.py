"""LeukoScope without a page: data, networks, training, comparison, explanation and jobs."""
