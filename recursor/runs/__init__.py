"""The recursion: `grow` holds its two verbs."""
