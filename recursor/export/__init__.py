"""A run in other people's formats: one a file."""
