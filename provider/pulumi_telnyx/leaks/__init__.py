"""Secrets that got into a file: `find` looks for known ones, `structural` for what must be one.

Pure functions: bytes in, findings out. A finding names a secret and never repeats it.
"""

from __future__ import annotations

from ..api.encodings import spellings
from .layers import Finding
from .search import find
from .structure import structural

__all__ = ["Finding", "find", "spellings", "structural"]
