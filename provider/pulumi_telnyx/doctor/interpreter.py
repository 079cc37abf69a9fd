"""The Python that runs program and provider, and the packages that it has."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from ..api.errors import printable
from ..stack.project import NoProjectError, ProjectError, find_project
from .check import Check, split
from .supported import NEWEST_SDK, OLDEST_SDK, PAYLOADS, TESTED_CLI, Version, is_tested

_ENVIRONMENT: Final = "virtual environment"
_PACKAGES: Final = "packages"
_PAIR: Final = "CLI and SDK"
_PAYLOAD: Final = "provider payload"
_PROBE_TIMEOUT_SECS: Final = 60
_NEEDED: Final = ("pulumi-telnyx", "pulumi", "requests", "pydantic")
_PROBE: Final = f"""
import json, platform, sys
from pydoc import locate
from importlib.metadata import PackageNotFoundError, version
found = {{"python": platform.python_version(), "versions": {{}}, "payloads": None, "error": None}}
for name in {_NEEDED!r}:
    try:
        found["versions"][name] = version(name)
    except PackageNotFoundError:
        pass
try:
    from pulumi.dynamic.dynamic import serialize_provider
    import pulumi_telnyx.settings
    found["payloads"] = {{path: serialize_provider(locate(path)()) for path in {list(PAYLOADS)!r}}}
except Exception as error:
    found["error"] = f"{{type(error).__name__}}: {{error}}"
json.dump(found, sys.stdout)
"""


@dataclass(frozen=True)
class _Chosen:
    """The Python that the engine takes.

    Args:
        python: its file; None where there is none.
        root: the folder that the program runs in.
        check: what is to be said of it.
    """

    python: Path | None
    root: Path
    check: Check


def looked_at_interpreter(folder: Path, environ: Mapping[str, str], cli: Version | None) -> Iterator[Check]:
    """Yield what is known of the project's Python: where it is, its packages, and how they fit the CLI.

    Args:
        folder: in the project.
        environ: what the CLI would be started with.
        cli: the CLI's version; None where there is none.
    """
    chosen = _chosen(folder, environ)
    if chosen.python is None:
        yield chosen.check
        yield from _unseen(_PACKAGES, _PAIR, _PAYLOAD)
        return
    found = _probed(chosen.python, chosen.root, environ)
    if found is None:
        yield Check(_ENVIRONMENT, "fail", f"{printable(chosen.python)} does not run", _make_anew(chosen))
        yield from _unseen(_PACKAGES, _PAIR, _PAYLOAD)
        return
    yield chosen.check
    versions: dict[str, str] = found["versions"]
    yield _packages(chosen.python, versions, found["python"])
    yield _pair(cli, Version.find(versions.get("pulumi", "")))
    yield _payload(found["payloads"], found["error"], is_complete=len(versions) == len(_NEEDED))


def _chosen(folder: Path, environ: Mapping[str, str]) -> _Chosen:
    """Return the Python that the language host and the plugin script take, by `Pulumi.yaml`."""
    ours = Path(sys.executable)
    try:
        project = find_project(folder)
        options = _options(project.root)
    except NoProjectError as error:
        check = split(_ENVIRONMENT, "warn", error, ": ")
        about = f"{check.message}, so this is about {printable(ours)}"
        return _Chosen(ours, folder, Check(_ENVIRONMENT, "warn", about, check.fix))
    except (ProjectError, OSError, yaml.YAMLError) as error:
        said = str(error) if isinstance(error, ProjectError) else "Pulumi.yaml cannot be read"
        return _Chosen(None, folder, Check(_ENVIRONMENT, "fail", said, "correct Pulumi.yaml"))
    root, toolchain = project.root, options.get("toolchain")
    named = options.get("virtualenv") or (
        environ.get("UV_PROJECT_ENVIRONMENT", ".venv") if toolchain == "uv" else None
    )
    if toolchain == "poetry":
        # Poetry alone knows where, and whoever uses it starts commands through it.
        check = Check(_ENVIRONMENT, "warn", f"poetry chooses it; this is about {printable(ours)}")
        return _Chosen(ours, root, check)
    if named is None:
        python = shutil.which(environ.get("PULUMI_PYTHON_CMD", "python3"), path=environ.get("PATH", ""))
        if python is None:
            check = Check(
                _ENVIRONMENT, "fail", "there is no `python3` on PATH", "install Python 3.10 or newer"
            )
            return _Chosen(None, root, check)
        check = Check(
            _ENVIRONMENT,
            "warn",
            f"Pulumi.yaml names none, so {printable(python)} is taken",
            "set runtime.options.virtualenv in Pulumi.yaml",
        )
        return _Chosen(Path(python), root, check)
    # As the language host joins them: without a look at what `..` leads to behind a symbolic link.
    place = Path(os.path.normpath(root / str(named)))
    python_file = place / "bin" / "python"
    shown = printable(place)
    if not python_file.exists():
        is_there = "is no virtual environment" if place.exists() else "does not exist"
        check = Check(_ENVIRONMENT, "fail", f"{shown} {is_there}", "run `pulumi install`")
        return _Chosen(None, root, check)
    return _Chosen(python_file, root, Check(_ENVIRONMENT, "ok", shown))


def _options(root: Path) -> dict[str, Any]:
    """Return `runtime.options` of the project."""
    file = next(each for name in ("Pulumi.yaml", "Pulumi.yml") if (each := root / name).is_file())
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    runtime = content.get("runtime") if isinstance(content, dict) else None
    options = runtime.get("options") if isinstance(runtime, dict) else None
    return options if isinstance(options, dict) else {}


def _make_anew(chosen: _Chosen) -> str:
    return f"remove {printable(chosen.python and chosen.python.parents[1])}, then run `pulumi install`"


def _probed(python: Path, root: Path, environ: Mapping[str, str]) -> dict[str, Any] | None:
    """Return what that Python tells of itself; None where it does not run."""
    try:
        asked = subprocess.run(
            [python, "-c", _PROBE],
            cwd=root,
            env={name: value for name, value in environ.items() if name != "PYTHONHOME"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PROBE_TIMEOUT_SECS,
            check=True,
        )
        found: dict[str, Any] = json.loads(asked.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return found


def _packages(python: Path, versions: Mapping[str, str], python_version: str) -> Check:
    if missing := [name for name in _NEEDED if name not in versions]:
        what = f"{printable(python)} has no {', '.join(missing)}"
        return Check(
            _PACKAGES,
            "fail",
            what,
            "add pulumi-telnyx to the project's requirements, then run `pulumi install`",
        )
    shown = ", ".join(f"{name} {printable(versions[name])}" for name in _NEEDED)
    return Check(_PACKAGES, "ok", f"{shown}; Python {printable(python_version)}")


def _pair(cli: Version | None, sdk: Version | None) -> Check:
    if cli is None or sdk is None:
        return Check(_PAIR, "warn", "not compared, since one of them is missing")
    if is_tested(cli, sdk):
        return Check(_PAIR, "ok", f"{cli} with {sdk} is tested")
    return Check(
        _PAIR,
        "warn",
        f"{cli} with {sdk} is not tested",
        f"should something be odd, try tested ones: CLI {TESTED_CLI}, SDK {OLDEST_SDK} to {NEWEST_SDK}",
    )


def _payload(payloads: Mapping[str, str] | None, error: str | None, *, is_complete: bool) -> Check:
    if payloads == PAYLOADS:
        return Check(_PAYLOAD, "ok", "the one that states have")
    if payloads is None and not is_complete:
        return Check(_PAYLOAD, "warn", "not looked at, since packages are missing")
    if payloads is None:
        return Check(
            _PAYLOAD,
            "fail",
            f"the provider cannot be loaded: {printable(error)}",
            "install pulumi-telnyx again, into a new virtual environment",
        )
    return Check(
        _PAYLOAD,
        "fail",
        "another one than states have, so that every resource would show as changed",
        "install pulumi and pulumi-telnyx again; if it stays, report it",
    )


def _unseen(*names: str) -> Iterator[Check]:
    return (Check(name, "warn", "not looked at") for name in names)
