"""Stack files: layered over the project's settings, checked, and each value with the place it comes from."""
