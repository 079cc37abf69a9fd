"""The cells of the engine matrix: the failure table row by row, with the real engine."""
