"""`python scripts/engine` on machines made of fake programs: no network, no compiler."""

import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "engine"
COMPANIONS = ("pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python")
NEW, OLD = "v3.300.1", "v3.100.0"
PATIENCE_SECS = 120.0

FAKE_GO = """
import os, sys, time
from pathlib import Path

machine = Path({machine!r})
arguments = sys.argv[1:]
with (machine / "go.log").open("a") as log:
    log.write(" ".join(arguments) + "\\n")

def fail(stage):
    said = machine / ("go-" + stage + "-fails")
    if said.exists():
        print(said.read_text(), file=sys.stderr)
        sys.exit(1)

if arguments == ["version"]:
    print((machine / "go-version").read_text())
elif "-m" in arguments:
    print(machine / "module")
elif arguments[0] == "list":
    fail("list")
    print("go: downloading example.test/module v1.0.0", file=sys.stderr)
    print("example.test/one", "example.test/two", "example.test/three", sep="\\n")
elif arguments[0] == "build":
    (machine / "compiler.pid").write_text(str(os.getpid()))
    print("example.test/one", file=sys.stderr, flush=True)
    print("example.test/two", file=sys.stderr, flush=True)
    deadline = time.monotonic() + {patience}
    while (machine / "hold-compiler").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    fail("build")
    for name in ("pulumi", "pulumi-language-python"):
        built = Path(arguments[arguments.index("-o") + 1], name)
        built.write_text("#!/bin/sh\\necho {version}\\n")
        built.chmod(0o755)
"""

FAKE_SDK = """
import io, subprocess, urllib.request
from pathlib import Path

urllib.request.urlopen = lambda url: io.BytesIO()

class PulumiCommand:
    @classmethod
    def install(cls, root, version):
        {install}
"""

INSTALLS = """
        folder = Path(root, "bin")
        folder.mkdir(parents=True)
        for name in ("pulumi", *{companions!r}):
            (folder / name).write_text("#!/bin/sh\\necho v" + str(version) + "\\n")
            (folder / name).chmod(0o755)
"""


class Machine:
    """A machine with nothing on its PATH, and what is put there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "path"
        self.cache = folder / "cache" / "pulumi-telnyx" / "engine"
        self.environment = {
            "PATH": str(self.path),
            "HOME": str(folder / "home"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "PYTHONPATH": str(folder / "sdk"),
        }
        # An SDK without an installer hides the real one, which would ask the network.
        self.put(folder / "sdk" / "pulumi" / "__init__.py", "")

    def put(self, file: Path, text: str) -> Path:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)
        return file

    def add_pulumi(self, folder: Path, version: str = NEW, companions: tuple[str, ...] = COMPANIONS) -> Path:
        for name in companions:
            self.put(folder / name, "")
        return self.put(folder / "pulumi", f"#!/bin/sh\necho {version}\n")

    def add_go(self, version: str = "go version go1.99.0 linux/amd64") -> None:
        program = FAKE_GO.format(machine=str(self.folder), patience=PATIENCE_SECS, version=NEW)
        self.put(self.path / "go", f"#!{sys.executable} -IS\n{program}")
        self.put(self.folder / "go-version", version)
        self.put(self.folder / "module/python/cmd/pulumi-language-python-exec", "exec").chmod(0o444)
        self.put(self.folder / "module/python/dist/pulumi-resource-pulumi-python", "plugin").chmod(0o444)

    def add_sdk(self, install: str) -> None:
        self.put(self.folder / "sdk" / "pulumi" / "automation.py", FAKE_SDK.format(install=install))

    def start(self, *arguments: str, stderr: int = subprocess.PIPE) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, SCRIPT, *arguments],
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )

    def run(self, *arguments: str) -> "Result":
        return Result(self.start(*arguments))

    def go_calls(self, verb: str) -> int:
        log = self.folder / "go.log"
        return sum(line.startswith(verb) for line in log.read_text().splitlines()) if log.exists() else 0

    def hold_compiler(self) -> None:
        (self.folder / "hold-compiler").touch()

    def release_compiler(self) -> None:
        (self.folder / "hold-compiler").unlink(missing_ok=True)

    def compiler(self) -> int:
        """The process id of the compiler, once it runs."""
        file = self.folder / "compiler.pid"
        wait_until(lambda: file.exists() and file.read_text() != "")
        return int(file.read_text())


class Result:
    """What a run printed, after it ended."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.stdout, self.stderr = process.communicate(timeout=PATIENCE_SECS)
        self.status = process.returncode

    @property
    def folder(self) -> Path:
        """The folder that was printed, and nothing else was."""
        assert self.status == 0, self.stderr
        assert self.stdout.count("\n") == 1
        return Path(self.stdout.removesuffix("\n"))

    def assert_failed(self) -> None:
        assert self.status == 1
        assert self.stdout == ""
        assert "Traceback" not in self.stderr


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    yield machine
    machine.release_compiler()


def test_cli_on_path_is_taken_when_new_enough(machine: Machine) -> None:
    """A usable CLI on PATH is taken without a word."""
    machine.add_pulumi(machine.path)

    result = machine.run()

    assert result.folder == machine.path
    assert result.stderr == ""


def test_cli_on_path_may_find_its_programs_elsewhere_on_path(machine: Machine) -> None:
    """The programs that Python needs may lie in another folder of PATH."""
    machine.add_pulumi(machine.path, companions=())
    machine.add_pulumi(machine.folder / "other")
    machine.environment["PATH"] += f":{machine.folder / 'other'}"

    assert machine.run().folder == machine.path


def test_cli_behind_a_link_finds_its_programs_beside_the_target(machine: Machine) -> None:
    """Package managers link only `pulumi` into PATH; the engine looks beside the target."""
    machine.path.mkdir()
    (machine.path / "pulumi").symlink_to(machine.add_pulumi(machine.folder / "opt"))

    assert machine.run().folder == machine.path


def test_old_cli_on_path_is_named_and_passed_over(machine: Machine) -> None:
    """The user learns which CLI is too old, how old, and what is needed."""
    old = machine.add_pulumi(machine.path, OLD)
    machine.add_go()

    result = machine.run()

    assert result.folder.is_relative_to(machine.cache)
    assert f"not used: {old} is too old: 3.100.0, at least 3.259.0 is needed" in result.stderr


def test_cli_on_path_without_language_host_is_passed_over(machine: Machine) -> None:
    """A CLI that cannot run Python programs is no use here."""
    machine.add_pulumi(machine.path, companions=COMPANIONS[1:])
    machine.add_go()

    result = machine.run()

    assert result.folder.is_relative_to(machine.cache)
    assert "cannot run Python programs: pulumi-language-python is neither beside it nor on" in result.stderr


@pytest.mark.parametrize("named", ["binary", "folder"])
def test_pulumi_cli_wins_over_path(machine: Machine, named: str) -> None:
    """PULUMI_CLI may name the binary or its folder."""
    machine.add_pulumi(machine.path)
    binary = machine.add_pulumi(machine.folder / "mine")
    machine.environment["PULUMI_CLI"] = str(binary if named == "binary" else binary.parent)

    assert machine.run().folder == binary.parent


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        ("missing/pulumi", "missing/pulumi does not exist"),
        ("empty", "empty/pulumi does not exist"),
        ("old", "old/pulumi is too old: 3.100.0, at least 3.259.0 is needed"),
        ("alone", "cannot run Python programs: pulumi-language-python, "),
        ("renamed/pulumi-new", "is not named `pulumi`"),
        ("text", "text/pulumi does not run: Permission denied"),
        ("broken", "broken/pulumi version` failed with status 7: out of order"),
        ("silent", "silent/pulumi version` printed no version"),
    ],
)
def test_unusable_pulumi_cli_is_an_error(machine: Machine, named: str, reason: str) -> None:
    """A CLI that the user has chosen is not silently replaced by one that could be built."""
    machine.add_go()
    machine.add_pulumi(machine.folder / "old", OLD)
    machine.add_pulumi(machine.folder / "alone", companions=())
    machine.add_pulumi(machine.folder / "renamed").rename(machine.folder / "renamed" / "pulumi-new")
    machine.put(machine.folder / "text" / "pulumi", "").chmod(0o644)
    machine.put(machine.folder / "broken" / "pulumi", "#!/bin/sh\necho out of order >&2\nexit 7\n")
    machine.put(machine.folder / "silent" / "pulumi", "#!/bin/sh\n")
    (machine.folder / "empty").mkdir()
    machine.environment["PULUMI_CLI"] = str(machine.folder / named)

    result = machine.run()

    result.assert_failed()
    assert result.stderr.startswith(f"error: PULUMI_CLI is set to {machine.folder / named}, which cannot be")
    assert reason in result.stderr
    assert machine.go_calls("") == 0


def test_build_is_kept_for_later_runs(machine: Machine) -> None:
    """The first run builds, the second has nothing to do and nothing to say."""
    machine.add_go()

    first, second = machine.run(), machine.run()

    assert first.folder == second.folder
    assert second.stderr == ""
    assert machine.go_calls("build") == 1
    assert all(os.access(first.folder / name, os.X_OK) for name in ("pulumi", *COMPANIONS))
    assert [path.name for path in first.folder.parent.iterdir()] == ["bin"]


def test_cache_folder_defaults_to_home(machine: Machine) -> None:
    """Without XDG_CACHE_HOME the cache lies in ~/.cache."""
    machine.add_go()
    del machine.environment["XDG_CACHE_HOME"]

    assert machine.run().folder.is_relative_to(
        machine.folder / "home" / ".cache" / "pulumi-telnyx" / "engine"
    )


def test_incomplete_copy_in_cache_is_replaced(machine: Machine) -> None:
    """A cache folder that somebody tidied up by half is built again."""
    machine.add_go()
    folder = machine.run().folder
    (folder / "pulumi-language-python").unlink()

    assert machine.run().folder == folder
    assert machine.go_calls("build") == 2


def test_two_runs_at_once_build_once(machine: Machine) -> None:
    """The second run waits for the first, says for whom, and takes what that one built."""
    machine.add_go()
    machine.hold_compiler()
    first = machine.start()
    machine.compiler()
    second_says = machine.folder / "second.txt"
    with second_says.open("w") as stderr:
        second = machine.start(stderr=stderr.fileno())
    wait_until(lambda: f"waiting for process {first.pid}, started " in second_says.read_text())
    machine.release_compiler()

    assert Result(first).folder == Result(second).folder
    assert machine.go_calls("build") == 1
    assert "building" not in second_says.read_text()


def test_interrupted_build_leaves_nothing(machine: Machine) -> None:
    """After SIGTERM the compiler is gone, and no half-made folder is left or used."""
    machine.add_go()
    machine.hold_compiler()
    process = machine.start()
    compiler = machine.compiler()
    process.send_signal(signal.SIGTERM)
    result = Result(process)

    assert result.status == 130
    assert result.stdout == ""
    assert result.stderr.endswith("interrupted: nothing was kept\n")
    assert [path.name for path in machine.cache.iterdir()] == ["lock"]
    with pytest.raises(ProcessLookupError):
        os.kill(compiler, 0)


def test_remains_of_a_killed_run_are_removed(machine: Machine) -> None:
    """What a killed run left half-made is not used, and the next build clears it away."""
    machine.add_go()
    machine.hold_compiler()
    process = machine.start()
    compiler = machine.compiler()
    process.kill()
    process.communicate()
    os.kill(compiler, signal.SIGKILL)
    assert list(machine.cache.glob("*.partial"))
    machine.release_compiler()

    folder = machine.run().folder

    assert {path.name for path in machine.cache.iterdir()} == {"lock", folder.parent.name}


def test_official_download_comes_before_a_build(machine: Machine) -> None:
    """Where the official download works, nothing is compiled, and the download is kept."""
    machine.add_go()
    machine.add_sdk(INSTALLS.format(companions=COMPANIONS))

    first, second = machine.run(), machine.run()

    assert first.folder.is_relative_to(machine.cache)
    assert second.folder == first.folder
    assert second.stderr == ""
    assert machine.go_calls("") == 0


@pytest.mark.parametrize(
    ("install", "reason"),
    [
        (
            "raise subprocess.CalledProcessError(1, 'sh', b'unpacking\\nno such release\\n')",
            "no such release",
        ),
        ("raise RuntimeError('out of luck')", "RuntimeError: out of luck"),
        ("pass", "bin/pulumi does not exist"),
    ],
)
def test_failed_download_is_followed_by_a_build(machine: Machine, install: str, reason: str) -> None:
    """The reason is told in one line, then the build starts."""
    machine.add_go()
    machine.add_sdk(install)

    result = machine.run()

    assert result.folder.is_relative_to(machine.cache)
    assert re.search(rf"^official download: .*{re.escape(reason)}$", result.stderr, re.MULTILINE)
    assert "Traceback" not in result.stderr
    assert machine.go_calls("build") == 1


def test_network_that_swallows_packets_costs_seconds(machine: Machine) -> None:
    """A download server that never answers is given up soon."""
    machine.add_go()
    machine.add_sdk("pass")
    sdk = machine.folder / "sdk" / "pulumi" / "automation.py"
    sdk.write_text(
        sdk.read_text().replace("lambda url: io.BytesIO()", f"lambda url: time.sleep({2 * PATIENCE_SECS})")
        + "\nimport time\n"
    )

    result = machine.run()

    assert "cannot be reached: no answer in 4 s" in result.stderr


def test_progress_is_one_changing_line_on_a_terminal(machine: Machine) -> None:
    """On a terminal one line counts packages and time; stdout stays clean."""
    machine.add_go()
    machine.hold_compiler()
    ours, theirs = pty.openpty()
    process = machine.start(stderr=theirs)
    os.close(theirs)
    shown = ""
    while not re.search(r"building the Pulumi CLI v3\.259\.0: 2/3 packages, 0m(?!00)\d\ds", shown):
        shown += os.read(ours, 4096).decode()
    machine.release_compiler()

    assert Result(process).folder.is_relative_to(machine.cache)
    assert "\r" in shown
    os.close(ours)


def test_progress_elsewhere_is_a_line_per_step(machine: Machine) -> None:
    """In a log, a quick step is one line."""
    machine.add_go()

    result = machine.run()

    assert result.stderr.splitlines()[-2:] == [
        "downloading the Go modules of the Pulumi CLI v3.259.0",
        "building the Pulumi CLI v3.259.0",
    ]


def test_machine_without_anything_is_told_what_helps(machine: Machine) -> None:
    """The message has a reason for each attempt and three remedies."""
    result = machine.run()

    result.assert_failed()
    error = result.stderr[result.stderr.index("error: ") :].splitlines()
    assert error[0] == "error: there is no usable Pulumi CLI, 3.259.0 or newer."
    assert error[1] == "  PATH: there is no `pulumi`"
    assert error[2].startswith(
        "  official download: the Python package pulumi, whose installer does it, is not "
    )
    assert error[3] == "  build: there is no `go` on PATH"
    assert error[4] == "Any one of these helps:"
    assert [line[:12] for line in error[5:]] == ["  - install ", "  - set PULU", "  - install "]
    assert "https://www.pulumi.com/docs/install/" in error[5]
    assert "Go 1.25" in error[7]


@pytest.mark.parametrize(
    ("stage", "said", "reason"),
    [
        (
            "version",
            "go version go1.21.3 linux/amd64",
            r"build: \S+/go is too old: 1\.21\.3, at least 1\.25\.\d+ is needed",
        ),
        (
            "list-fails",
            "example.test/one: dial tcp: lookup example.test: no such host",
            "build: the Go modules could not be downloaded: .* no such host",
        ),
        (
            "list-fails",
            "write /x: no space left on device\nexit status 1",
            "build: the disk is full: write /x: no space left on device",
        ),
        (
            "build-fails",
            "link: /x: no space left on device\nexit status 1",
            "build: the disk is full: link: /x: no space left on device",
        ),
        (
            "build-fails",
            "# example.test/two\nfile.go:3: undefined: nonsense",
            "build: `go build` failed: file.go:3: undefined: nonsense",
        ),
    ],
)
def test_reason_for_a_failed_build_is_told(machine: Machine, stage: str, said: str, reason: str) -> None:
    """Old Go, closed network, full disk and broken code each have their own line."""
    machine.add_go()
    machine.put(machine.folder / f"go-{stage}", said)

    result = machine.run()

    result.assert_failed()
    assert re.search(rf"^  {reason}$", result.stderr, re.MULTILINE), result.stderr
    assert "Any one of these helps:" in result.stderr
    assert [path.name for path in machine.cache.iterdir()] == ["lock"]


def test_last_lines_of_a_failed_build_are_shown(machine: Machine) -> None:
    """What the compiler said last is on the screen, not the thousand packages before."""
    machine.add_go()
    said = "\n".join(f"file.go:{number}: mistake" for number in range(1, 31))
    machine.put(machine.folder / "go-build-fails", said)

    stderr = machine.run().stderr

    assert "file.go:17: mistake\n" in stderr
    assert "file.go:10: mistake\n" not in stderr


def test_unusable_cache_folder_is_named(machine: Machine) -> None:
    """A cache folder that cannot be made is named with the system's reason."""
    machine.add_go()
    machine.put(machine.folder / "cache", "a file")

    result = machine.run()

    result.assert_failed()
    assert f"  cache folder: {machine.cache}: Not a directory (XDG_CACHE_HOME moves it)\n" in result.stderr
    assert "Any one of these helps:" in result.stderr


def test_build_ignores_settings_for_another_target(machine: Machine) -> None:
    """GOOS and the like, set for the user's own work, do not reach the build."""
    machine.add_go()
    machine.environment |= {"GOOS": "plan9", "GOWORK": "/elsewhere/go.work"}
    go = machine.path / "go"
    go.write_text(
        go.read_text()
        + "\nassert 'GOOS' not in os.environ and os.environ['GOWORK'] == 'off', 'the settings came through'\n"
    )

    assert machine.run().folder.is_relative_to(machine.cache)


def test_help_is_complete(machine: Machine) -> None:
    """The help names the order, the environment and the exit status."""
    result = machine.run("--help")

    assert result.status == 0
    for word in ("PULUMI_CLI", "XDG_CACHE_HOME", "PATH", "3.259.0", "Go 1.25", "stdout", "exit status"):
        assert word in result.stdout
