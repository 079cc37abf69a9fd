"""One stack program for each contender; `benchmarks.operations` copies it to `__main__.py` of a project."""
