"""A statement in words, told alike by every page and paper: its lines, where they come from, and the story."""
