"""The package in somebody else's project: built, installed into an empty virtual environment, and run."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from importlib.metadata import distributions
from pathlib import Path

import requests
import yaml

from .stack import StackRunner

ROOT = Path(__file__).parents[2]
INDEX = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
MOST_WHEEL_BYTES = 500_000


def test_a_new_project_from_the_template_runs_with_nothing_but_the_wheel(
    stack: StackRunner, tmp_path: Path
) -> None:
    """What `pulumi new` makes works as it is; the commands, which are extras, say what they lack."""
    template, project = tmp_path / "template", tmp_path / "office"
    subprocess.run([ROOT / "scripts" / "template", template], check=True)
    environ = {**_pip(tmp_path), **stack.environ}
    key = environ.pop("TELNYX_API_KEY")

    def run(*command: str | Path, expected: int = 0) -> str:
        done = subprocess.run(
            command, cwd=project, env=environ, capture_output=True, text=True, check=False, timeout=600
        )
        assert done.returncode == expected, done.stdout + done.stderr
        return done.stdout + done.stderr

    project.mkdir()
    made = run("pulumi", "new", template, "--name=office", "--stack=dev", "--yes", "--color=never")
    run("pulumi", "config", "set", "--secret", "telnyx:apiKey", key)
    first = run("pulumi", "up", "--yes", "--skip-preview", "--color=never")
    second = run("pulumi", "preview", "--expect-no-changes")

    assert "pulumi stack output --show-secrets" in made
    assert "+ 2 created" in first
    assert "2 unchanged" in second
    assert [each["connection_name"] for each in stack.api.connections()] == ["Front desk"]
    assert key not in (project / "Pulumi.dev.yaml").read_text()
    assert "template" not in yaml.safe_load((project / "Pulumi.yaml").read_text())

    python = project / ".venv" / "bin" / "python"
    installed = run(
        python, "-c", "import importlib.util as i; print(*map(i.find_spec, ['click', 'starlette']))"
    )
    hint = "error: the command line is an extra: pip install 'pulumi-telnyx[cli]'\n"
    assert installed == "None None\n"
    for command in ("emulator", "list"):
        assert run(python.with_name("pulumi-telnyx"), command, expected=1) == hint

    run("pulumi", "destroy", "--yes", "--skip-preview")
    assert stack.api.connections() == []

    # The same project as one that somebody has had before.
    _type_the_first_page(project, environ)


def _type_the_first_page(project: Path, environ: Mapping[str, str]) -> None:
    """Type what docs/index.md says of a project that is there already: package with extras, local API, `up`.

    Args:
        project: of Pulumi, with its virtual environment, a stack that is selected, and no resources.
        environ: in which `pulumi` works.
    """
    page = INDEX.partition("In a project that you have")[2].partition("\n## ")[0]
    install, serve, export, up, show = re.findall(r"^\$ (.*)", page, re.MULTILINE)
    (program,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (project / "__main__.py").write_text(program)
    project.with_name("pulumi-telnyx").symlink_to(ROOT)
    environ = {**environ, "PATH": f"{project / '.venv' / 'bin'}:{environ['PATH']}"}

    def typed(*lines: str, folder: Path = project) -> str:
        command = ["bash", "-e", "-c", "\n".join(lines)]
        done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    typed(install, folder=project.parent)
    # Port 4010 may be anybody's.
    command = ["bash", "-c", f"exec {serve} --port 0"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as api:
        try:
            assert api.stdout
            told = re.fullmatch(r"listening on http://127\.0\.0\.1:(\d+)/v2\n", api.stdout.readline())
            assert told
            port = told[1]
            export = export.replace("4010", port)
            up = f"{up} --yes --skip-preview --color=never"

            *_, password = typed(export, up, show).split()
            portal = requests.get(f"http://127.0.0.1:{port}/", timeout=60).text

            assert re.fullmatch(r"\w{32}", password)
            assert "Front desk" in portal
            assert "2 unchanged" in typed(export, up)
            assert "- 2 deleted" in typed(export, "pulumi destroy --yes --skip-preview --color=never")
        finally:
            api.terminate()


def test_the_wheel_holds_the_package_alone_and_is_the_same_each_time(tmp_path: Path) -> None:
    """Whoever builds a release once more gets the same bytes, whatever the clock and the files' own times."""
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "provider"):
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, source / name, copy_function=shutil.copyfile)
        else:
            shutil.copyfile(path, source / name)

    wheels = [_built(each, tmp_path / str(number)) for number, each in enumerate((ROOT, source))]

    with zipfile.ZipFile(wheels[0]) as wheel:
        tops = {name.partition("/")[0] for name in wheel.namelist()}
    assert tops == {"pulumi_telnyx", f"{wheels[0].name.removesuffix('-py3-none-any.whl')}.dist-info"}
    assert len({hashlib.sha256(each.read_bytes()).hexdigest() for each in wheels}) == 1
    assert wheels[0].stat().st_size < MOST_WHEEL_BYTES
    assert f"./wheels/{wheels[0].name}" in (ROOT / "template" / "requirements.txt").read_text().splitlines()


def _pip(folder: Path) -> dict[str, str]:
    """Return what lets pip install the versions that this checkout has, from its cache."""
    constraints = folder / "constraints.txt"
    names = {each.name: each.version for each in distributions() if each.name != "pulumi-telnyx"}
    constraints.write_text("".join(f"{name}=={version}\n" for name, version in names.items()))
    asked = [sys.executable, "-m", "pip", "cache", "dir"]
    cache = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    # Whatever this machine needs to reach an index.
    inherited = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    return {
        **inherited,
        "PIP_CACHE_DIR": cache,
        "PIP_CONSTRAINT": str(constraints),
        "PIP_NO_COMPILE": "1",
    }


def _built(source: Path, folder: Path) -> Path:
    flags = ("-q", "--no-deps", "--no-build-isolation", "-w", folder)
    subprocess.run([sys.executable, "-m", "pip", "wheel", *flags, source], check=True)
    (wheel,) = folder.iterdir()
    return wheel
