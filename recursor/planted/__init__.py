"""Runs whose truth is known, because it was planted: what the measures are validated with."""
