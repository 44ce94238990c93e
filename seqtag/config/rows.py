"""What a search and the networks that it asks agree on."""

GONE = -1
"""Stands for the row of a hypothesis where there is none."""
