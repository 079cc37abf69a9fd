"""Previews as people read them: pure functions, the engine's JSON in, text out."""
