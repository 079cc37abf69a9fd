"""The fault matrix: what goes wrong, at which operation, and what must come of it."""
