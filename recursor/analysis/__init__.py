"""Measures: one a file, pure functions over records."""
