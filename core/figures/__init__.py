"""Figures for the pages: each takes what has been computed and returns a Plotly figure."""
