"""Every block of every page is run or compared by a test, and every command in it is one that there is."""

from __future__ import annotations

import ast
import itertools
import re
import shlex
import subprocess
from importlib.metadata import metadata
from pathlib import Path
from typing import NamedTuple

import click
import yaml

from pulumi_telnyx.cli import cli

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "SECURITY.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "examples").glob("*/README.md")),
]
# Commands are looked at here, one by one, wherever they stand.
SHELLS = {"console", "bash"}
# What no test runs or compares, and why.
EXCEPTIONS = {
    ("docs/from-terraform.md", "hcl"): "Terraform's own, from its documentation",
    ("docs/credential-connection.md", "yaml"): "encrypted values are left out",
    ("docs/security.md", "yaml"): "an extract of .github/workflows/preview.yml",
    ("docs/team-state.md", "sql"): "for the owner of the database",
}
TESTS = {
    ("README.md", "python"): "engine/test_repository.py: the_programs_of_the_first_pages_work_as_printed",
    ("docs/index.md", "python"): "engine/test_repository.py: the_programs_of_the_first_pages_work_as_printed",
    ("docs/credential-connection.md", "python"): (
        "engine/test_documentation.py: each_program_of_the_page_runs_as_printed"
    ),
    ("docs/credential-connection.md", "text"): "engine/test_documentation.py: messages_read_as_printed",
    ("docs/doctor.md", "text"): "unit/test_doctor.py: a_good_set_up_reads_as_on_the_page_and_exits_with_0",
    ("docs/emulator-faults.md", "json"): "emulator/test_fault_guide.py: its_json_is_taken_over_http",
    ("docs/emulator-faults.md", "python"): "emulator/test_fault_guide.py: its_python_runs",
    ("docs/environments.md", "python"): (
        "engine/test_stack_settings.py: a_stack_without_a_file_has_the_projects_connections"
    ),
    ("docs/environments.md", "text"): "unit/test_environments_page.py: the_set_comes_to_what_the_page_says",
    (
        "docs/environments.md",
        "yaml",
    ): "unit/test_environments_page.py: the_example_comes_to_what_the_page_says",
    ("docs/existing-accounts.md", "python"): (
        "engine/test_existing_accounts.py: the_page_from_its_beginning_to_its_end"
    ),
    ("docs/existing-accounts.md", "text"): (
        "engine/test_existing_accounts.py: the_page_from_its_beginning_to_its_end"
    ),
    ("docs/existing-accounts.md", "yaml"): (
        "engine/test_existing_accounts.py: the_page_from_its_beginning_to_its_end"
    ),
    ("docs/fleets.md", "python"): "engine/test_fleets_page.py: each_program_of_the_page_runs_as_printed",
    ("docs/fleets.md", "text"): (
        "engine/test_fleets_page.py: the_messages_of_the_page_are_those_that_the_commands_print"
    ),
    ("docs/lookups.md", "python"): "engine/test_lookup.py: the_programs_of_the_page_run_as_printed",
    ("docs/lookups.md", "text"): "engine/test_lookup.py: the_programs_of_the_page_run_as_printed",
    ("docs/ownership.md", "python"): "engine/test_ownership.py: a_connection_is_adopted_by_user_name_or_id",
    (
        "docs/ownership.md",
        "text",
    ): "engine/test_ownership.py: somebody_elses_connection_is_named_and_left_alone",
    ("docs/pull-requests.md", "text"): "unit/report/test_drift.py: the_guide_shows_what_a_terminal_gets",
    (
        "docs/recovery.md",
        "text",
    ): "unit/test_recovery_page.py: what_it_prints_is_what_pages_that_are_run_print",
    ("docs/registrations.md", "python"): (
        "engine/test_registrations.py: devices_are_watched_while_their_passwords_are_renewed"
    ),
    ("docs/registrations.md", "text"): (
        "engine/test_registrations.py: devices_are_watched_while_their_passwords_are_renewed"
    ),
    (
        "docs/team-state.md",
        "text",
    ): "engine/test_team_state.py: the_second_up_at_once_is_refused_and_writes_nothing",
    ("docs/team-state.md", "yaml"): (
        "engine/test_team_state.py: a_stack_moves_from_the_folder_to_postgresql_and_back_without_changes"
    ),
    ("docs/testing.md", "python"): (
        "engine/test_documentation.py: the_tests_of_the_page_on_testing_pass_as_printed"
    ),
}

_FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
# Read as a whole, with what they need: they have no help that could be asked.
_OTHERS = {
    "cd",
    "curl",
    "do",
    "done",
    "export",
    "find",
    "for",
    "from",
    "gh",
    "jq",
    "pip",
    "python",
    "rm",
    "sed",
    "to",
}


# What the engine's manual calls otherwise.
_ALIASES = {"delete": "remove", "init": "new", "rm": "remove"}


class Block(NamedTuple):
    """A fenced block: the page that it stands on, as a path from the root, its language and what is in it."""

    page: str
    language: str
    text: str


BLOCKS = [
    Block(page.relative_to(ROOT).as_posix(), language, re.sub(rf"^{indent}", "", text, flags=re.MULTILINE))
    for page in PAGES
    for indent, language, text in _FENCED.findall(page.read_text(encoding="utf-8"))
]


def typed(block: Block) -> str:
    """What somebody types of a block: of a console the lines with a prompt."""
    if block.language == "console":
        return "\n".join(line.removeprefix("$ ") for line in block.text.splitlines() if line.startswith("$ "))
    return block.text.replace("\\\n", " ")


def commands() -> list[list[str]]:
    """The words of each command of all blocks, and of those that stand in a sentence with an option."""
    lines = [line for block in BLOCKS if block.language in SHELLS for line in typed(block).splitlines()]
    for page in PAGES:
        prose = _FENCED.sub("", page.read_text(encoding="utf-8"))
        lines += re.findall(r"`((?:pulumi|pulumi-telnyx|make) [^`]+)`", prose)
    split = (shlex.split(line, comments=True) for line in lines)
    parts = [each for words in split for each in _without_pipes(words)]
    # Settings before a command are its environment.
    bare = [
        words[next((i for i, word in enumerate(words) if "=" not in word), len(words)) :] for words in parts
    ]
    return [words for words in bare if words]


def _without_pipes(words: list[str]) -> list[list[str]]:
    if "|" not in words:
        return [words]
    at = words.index("|")
    return [words[:at], *_without_pipes(words[at + 1 :])]


def called(program: str) -> list[list[str]]:
    """The arguments with which the pages call a program, each once."""
    return [list(words) for words in sorted({tuple(each[1:]) for each in commands() if each[0] == program})]


def test_every_block_that_is_no_command_has_its_test() -> None:
    """Or stands among the exceptions with its reason; nothing stands here that is gone from the pages."""
    found = {(block.page, block.language) for block in BLOCKS if block.language not in SHELLS}

    assert {language for _, language in found} <= {"python", "text", "yaml", "json", "sql", "hcl"}
    assert found == {*TESTS, *EXCEPTIONS}
    assert not set(TESTS) & set(EXCEPTIONS)
    assert not {language for _, language in EXCEPTIONS} & {"python"}


def test_the_test_of_a_block_is_there_and_reads_its_page() -> None:
    """By name, in a file that names the page."""
    for (page, _), place in TESTS.items():
        path, _, name = place.partition(": ")
        source = (ROOT / "tests" / path).read_text()
        functions = {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}
        assert f"test_{name}" in functions, place
        assert Path(page).name in source, place


def test_every_yaml_block_can_be_read() -> None:
    """Also those that are shown only."""
    for block in BLOCKS:
        if block.language == "yaml":
            assert yaml.safe_load(block.text), block.page


def test_every_command_is_one_of_a_shell() -> None:
    """Read by bash, and not run."""
    for block in BLOCKS:
        if block.language in SHELLS:
            done = subprocess.run(
                ["bash", "-n"], input=typed(block), capture_output=True, text=True, check=False
            )
            assert (done.returncode, done.stderr) == (0, ""), block.page


def test_no_program_is_called_that_is_not_looked_at() -> None:
    """The first word of each line."""
    assert {words[0] for words in commands()} <= {"pulumi", "pulumi-telnyx", "make", *_OTHERS}


def test_our_commands_and_their_options_are_there() -> None:
    """As click reads them; files that they name need not be there."""
    for words in called("pulumi-telnyx"):
        command = cli.get_command(click.Context(cli), words[0])
        assert command is not None, words
        _, left, _ = command.make_parser(click.Context(command)).parse_args(words[1:])
        assert left == [], words


def test_the_targets_of_make_are_there() -> None:
    """With variables of the Makefile."""
    makefile = (ROOT / "Makefile").read_text()

    for words in called("make"):
        for word in words:
            name, is_variable, _ = word.partition("=")
            assert re.search(
                rf"^{name}[: ?]|\$[({{]{name}[,)}}]" if is_variable else rf"^{word}:", makefile, re.MULTILINE
            ), word


def test_the_commands_of_pulumi_and_their_options_are_there(engine: str, tmp_path: Path) -> None:
    """As the engine writes its own manual, a page for each command."""
    subprocess.run([Path(engine, "pulumi"), "gen-markdown", tmp_path], check=True)
    for words in called("pulumi"):
        names = [
            _ALIASES.get(word, word) for word in itertools.takewhile(re.compile("[a-z][a-z-]+$").match, words)
        ]
        is_group = bool(names) and any(tmp_path.glob(f"pulumi_{names[0]}_*.md"))
        manual = tmp_path / f"{'_'.join(['pulumi', *names[: 1 + is_group]])}.md"
        options = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert manual.exists(), words
        assert options <= set(re.findall(r"--[a-z-]+", manual.read_text())), words


def test_the_files_of_the_repository_that_pages_name_are_there() -> None:
    """In backticks, from the root. Stack files are the reader's own."""
    folders = "|".join(("benchmarks", "examples", "provider", "scripts", "template", "tests", r"\.github"))
    for page in PAGES:
        prose = _FENCED.sub("", page.read_text(encoding="utf-8"))
        for path in re.findall(rf"`((?:{folders})/[^`\s{{<*…]+)`", prose):
            assert (ROOT / path).exists(), f"{page.name}: {path}"


def test_the_extras_that_pip_is_told_are_there() -> None:
    """In `pip install './pulumi-telnyx[cli,emulator]'`."""
    named = {
        each for words in called("pip") for each in re.findall(r"[a-z]+(?=[],])", words[-1].partition("[")[2])
    }

    assert named == set(metadata("pulumi-telnyx").get_all("Provides-Extra") or [])
