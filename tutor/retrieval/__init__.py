"""Passages become an index, and a question becomes hits."""
