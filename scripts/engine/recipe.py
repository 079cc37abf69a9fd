"""What `scripts/engine` provides: one version of the Pulumi CLI and the programs that it needs for Python."""

import hashlib
import platform
import re
import sys
from pathlib import Path
from typing import NamedTuple

MODULE_FOLDER = Path(__file__).resolve().parent
"""Where go.mod lies, which says what is built and with which Go."""

CLI_MODULE = "github.com/pulumi/pulumi/pkg/v3"
SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
CLI_PACKAGE = f"{CLI_MODULE}/cmd/pulumi"
LANGUAGE_HOST_PACKAGE = "./pulumi-language-python"

SDK_SCRIPTS = ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python")
"""Scripts of the Python SDK that its Go module carries along; they belong beside the CLI."""

COMPANIONS = ("pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python")
"""Without these beside it (or on PATH) a CLI cannot run Python programs and dynamic providers."""


class Version(NamedTuple):
    """A version number, as the CLI and Go print theirs; what follows the third number does not count."""

    major: int
    minor: int
    patch: int

    @classmethod
    def find(cls, text: str) -> "Version | None":
        """The first version number in `text`, e.g. in `v3.259.0` or `go version go1.26 linux/amd64`."""
        match = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
        return cls(*(int(number or 0) for number in match.groups())) if match else None

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


MINIMUM_VERSION = Version(3, 259, 0)
"""The oldest CLI that the provider and its tests are known to work with."""


def built_version() -> Version:
    """The version that is downloaded or built when the machine has no usable CLI."""
    return _from_go_mod(rf"{re.escape(CLI_MODULE)} (v\S+)")


def go_needed() -> Version:
    """The oldest Go that builds it."""
    return _from_go_mod(r"^go (\S+)$")


def cache_key() -> str:
    """A name for the result: another version, recipe or kind of machine has another name."""
    recipe = hashlib.sha256(f"{sys.platform} {platform.machine()}".encode())
    for name in ("go.mod", "go.sum", "pulumi-language-python/main.go", "recipe.py"):
        recipe.update((MODULE_FOLDER / name).read_bytes())
    return f"{built_version()}-{recipe.hexdigest()[:12]}"


def build_flags() -> list[str]:
    """What `go build` is told, besides the packages."""
    # The module cannot carry its own version: releases get it from the linker, and so must this one.
    version = f"{SDK_MODULE}/go/common/version.Version=v{built_version()}"
    return ["-buildvcs=false", "-ldflags", f"-s -w -X {version}"]


def _from_go_mod(pattern: str) -> Version:
    go_mod = (MODULE_FOLDER / "go.mod").read_text()
    match = re.search(pattern, go_mod, re.MULTILINE)
    version = Version.find(match[1]) if match else None
    if version is None:
        raise ValueError(f"scripts/engine/go.mod has no line like {pattern!r}")
    return version
