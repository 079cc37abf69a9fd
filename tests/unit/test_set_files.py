"""Sets in stack files: their layers, their files of members, and what `pulumi-telnyx validate` finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pulumi_telnyx.stack.located import plain
from pulumi_telnyx.stack.project import find_project
from pulumi_telnyx.stack.sets import LayeredSet, layered_sets

from .stack_files import PROFILE, PROJECT, config, found, validate, write

AT = "stacks/Pulumi.dev.yaml:"
CSV = "stacks/phones.csv:"
SET = "phones:sets.desks"


def sets(text: str) -> str:
    """Return a stack file with the set `desks` on line 4, whose settings begin on line 5."""
    body = "\n".join(f"    {line}" for line in text.strip().splitlines())
    return config(f"phones:sets:\n  desks:\n{body}")


def from_file(folder: Path, content: str | bytes, *, name: str = "phones.csv", more: str = "") -> list[str]:
    """Return what is found where a set has its members from this file; defaults hold a voice profile."""
    (folder / "stacks").mkdir(exist_ok=True)
    (folder / "stacks" / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return found(folder, sets(f"defaults: {{{PROFILE}}}\nmembers_from: {name}\n{more}"))


def layers(folder: Path, stack: str, *, below: str = PROJECT, **files: str) -> LayeredSet:
    write(folder, project=below, dev=config(stack))
    for name, content in files.items():
        (folder / name.replace("__", "/").replace("_csv", ".csv")).write_text(content)
    of = find_project(folder)
    result = layered_sets(of, of.read("dev").config(of.name))
    assert result.findings == []
    return result.sets["desks"]


def members(of: LayeredSet) -> dict[str, Any]:
    return {name: plain(each, lambda _: "[secret]") for name, each in of.members.items()}


BELOW = f"""{PROJECT}config:
  defaults:
    type: object
    default: {{tags: [all], dtmf_type: all, active: true, protect: true, account: all}}
  sets:
    type: object
    default:
      desks:
        defaults: {{dtmf_type: project, inbound: {{channel_limit: 1, codecs: [G722]}}}}
        members_from: desks.csv
        members: {{a: {{anchorsite_override: project}}}}
        max_removals: 3
"""


def test_what_is_closer_to_the_member_wins(tmp_path: Path) -> None:
    """All connections, then the set, then the member; the stack over the project, `members` over the file."""
    stack = """
        phones:defaults: {tags: [stack]}
        phones:sets:
          desks:
            defaults: {inbound: {channel_limit: 2}}
            members:
              a: {inbound: {codecs: null}}
              c: {}
            account: null
    """

    desks = layers(
        tmp_path, stack, below=BELOW, desks_csv="name,dtmf_type,anchorsite_override\na,file,file\nb,,\n"
    )

    shared = {"tags": ["stack"], "active": True}
    both = {"channel_limit": 2, "codecs": ["G722"]}
    assert members(desks) == {
        "a": {
            **shared,
            "dtmf_type": "file",
            "anchorsite_override": "project",
            "inbound": {"channel_limit": 2},
        },
        "b": {**shared, "dtmf_type": "project", "inbound": both},
        "c": {**shared, "dtmf_type": "project", "inbound": both},
    }
    assert str(desks.members["a"].at(("dtmf_type",)).origin) == "desks.csv:2"
    settings = plain(desks.settings, lambda _: None)
    # A set is one resource: what `defaults` say of a connection's protection holds for it.
    assert settings == {"protect": True, "members_from": "desks.csv", "max_removals": 3}


def test_null_takes_away_members_files_and_defaults(tmp_path: Path) -> None:
    """Each for itself; the stack's file takes the place of the project's."""
    file = {"desks_csv": "name\nx\n", "stacks__phones_csv": "name\ny\n"}

    def names(settings: str) -> list[str]:
        return list(layers(tmp_path, f"phones:sets: {{desks: {settings}}}", below=BELOW, **file).members)

    assert names("{}") == ["x", "a"]
    assert names("{members: {x: null}}") == ["a"]
    assert names("{members_from: null}") == ["a"]
    assert names("{members_from: phones.csv}") == ["a", "y"]
    assert names("{members_from: phones.csv, members: null}") == ["y"]
    without = layers(tmp_path, "phones:sets: {desks: {defaults: null}}", below=BELOW, **file)
    assert members(without)["x"] == {"tags": ["all"], "dtmf_type": "all", "active": True}


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_table_is_read_as_spreadsheets_save_it(tmp_path: Path, separator: str, mark: bytes) -> None:
    """Either separator, a byte order mark or none, empty rows, blanks, and each value of its own type."""
    rows = [
        ["name", "inbound.channel_limit", "inbound.codecs", "active", "# room", "connection_name"],
        [" a ", " 3 ", "OPUS | G722", "TRUE", "4th", '"Desk,; ""1"""'],
        ["", "", "", "", "", ""],
        ['"4th.floor 😀"', "", "", "false", "", ""],
    ]
    text = "\r\n".join(separator.join(row) for row in rows)
    assert from_file(tmp_path, mark + text.encode()) == []

    of = find_project(tmp_path)
    desks = layered_sets(of, of.read("dev").config(of.name)).sets["desks"]
    profile = {"outbound": {"outbound_voice_profile_id": "2105551234567890123"}}
    assert members(desks) == {
        "a": {
            **profile,
            "inbound": {"channel_limit": 3, "codecs": ["OPUS", "G722"]},
            "active": True,
            "connection_name": 'Desk,; "1"',
        },
        "4th.floor 😀": {**profile, "active": False},
    }


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("", ["1: error: is empty: it needs a header with a column name, and a line for each member"]),
        ("\n\n", ["1: error: is empty: it needs a header with a column name, and a line for each member"]),
        ("Name,active\na,true\n", ["1: error: has no column name (is 'Name' the one?): the first line"]),
        ("desk-1,true\n", ["1: error: has no column name: the first line names the columns, and name is"]),
        ("name\tactive\n", ["1: error: has tabs between its cells: save it with commas or semicolons"]),
        (
            "name,inbuond.codecs\na,OPUS\n",
            ["1: error: has a column inbuond.codecs, which is no field of a connection (did you mean"],
        ),
        (
            "name,inbound,extra.x,\na,,,\n",
            [
                "1: error: has a column inbound, which has fields of its own: name one of them, as",
                "1: error: has a column extra.x, and nothing tells whether its cells are text",
                "1: error: has a column without a name, number 4: name it, or remove it",
            ],
        ),
        ("name,active,active\na,,\n", ["1: error: has the column active twice: remove one of the two"]),
        ("name,name\na,b\n", ["1: error: has the column name twice: remove one of the two"]),
        (
            "name,password\na,fake-password-1\n",
            ["1: error: has a column password, and passwords never stand in plain text: remove it"],
        ),
        ("name\na\n\na\n", ["4: error: 'a' stands in line 2 too: remove one of the two"]),
        ("name,active\n,true\n", ["2: error: has an empty cell in the column name: each member needs a"]),
        (
            "name,active\na\nb,true,x\n",
            [
                "2: error: has 1 cell, and the header has 2: a value with a separator",
                "3: error: has 3 cells, and the header has 2: a value with a separator",
            ],
        ),
        # A line break within a cell, and what comes behind it in the same row and in the next one.
        (
            'name,connection_name,active\na,"Desk\n1",x\nb,,y\n',
            [
                "3: error: phones:sets.desks.members.a.active: must be true or false, not a string",
                "4: error: phones:sets.desks.members.b.active: must be true or false, not a string",
            ],
        ),
        ('name,tags\na,"x\nb,y\n', ["2: error: is no row of a table: unexpected end of data; a"]),
        ('name,tags\na,"x"y\n', ["2: error: is no row of a table: "]),
        ("name,inbound.codecs\na,OPSU\n", [f"2: error: {SET}.members.a.inbound.codecs[0]: must be one of"]),
        ("name,webhook_timeout_secs\na,1.5\n", [f"2: error: {SET}.members.a.webhook_timeout_secs: must"]),
        (b"name\n\xff\n", ["2: error: is not UTF-8 text: save it as UTF-8"]),
        ("name,tags\na,x\nb,\x07\n", ["3: error: holds a control character: remove it"]),
        (b"name\n" + b"x" * 5_000_000, ["1: error: is larger than 4 MiB: split it into several stacks or"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_table_is_named_by_its_line(
    tmp_path: Path, content: str | bytes, lines: list[str]
) -> None:
    """All of it at once, and what is right is not taken for wrong; never a password."""
    shown = from_file(tmp_path, content)

    assert len(shown) == len(lines), shown
    for line, start in zip(shown, lines, strict=True):
        assert line.startswith(f"{CSV}{start}")
        assert line.isprintable()


def test_a_file_of_members_may_be_yaml(tmp_path: Path) -> None:
    """With the errors of a stack's file; what is encrypted stands in the stack's own."""
    text = """\
a: {inbound: {channel_limit: -1}}
b:
c: [x]
d: {password: fake-password-1}
e:
  password: {secure: v1:x}
  webhook_event_url: {secure: v1:y}
f: {protect: true}
f: {}
"""

    lines = from_file(tmp_path, text, name="phones.yaml")

    path, home = f"{SET}.members", "Pulumi decrypts values of stacks/Pulumi.dev.yaml only: move it there, as"
    rest = "and there is none below to remove: write {} for a member of defaults only"
    encrypt = "remove it, then run `pulumi config set --secret --path phones:passwords.desks.d --stack dev`"
    assert [line.removeprefix("stacks/phones.yaml:") for line in lines] == [
        f"1: error: {path}.a.inbound.channel_limit: must be 0 or more",
        f"2: error: {path}.b is empty, {rest}",
        f"3: error: {path}.c must be a map of settings, as name: value",
        f"4: error: {path}.d.password: stands here in plain text: {encrypt}",
        f"6: error: {path}.e.password is encrypted, and {home} phones:passwords.desks.e",
        f"7: error: {path}.e.webhook_event_url is encrypted, and {home} {path}.e.webhook_event_url",
        "9: error: 'f' stands here twice: remove one of the two",
    ]
    assert from_file(tmp_path, "[a]\n", name="phones.yaml") == [
        "stacks/phones.yaml:1: error: must be a map of members, as name: settings"
    ]


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        ("members: {}", ["4: error: SET has no members: name some in members or members_from, or remove"]),
        ("defaults: {}", ["4: error: SET has no members: name some in members or members_from, or remove"]),
        ("members_from: x.csv", ["5: error: SET.members_from: there is no stacks/x.csv: the path starts at"]),
        ("members_from: x.xlsx", ["5: error: SET.members_from: must be the path of a file that ends in"]),
        ("members_from: {secure: v1:x}", ["5: error: SET.members_from: cannot be encrypted: write it in"]),
        ("members: [a]", ["5: error: SET.members must be a map of settings, as name: value"]),
        ("members: {a: {}}\nmax_removals: 101%", ["6: error: SET.max_removals: must be a whole number, a"]),
        ("members: {a: {}}\nretain: b", ["6: error: SET.retain: must be a list of members' names"]),
        ("members: {a: {}}\nprotect: 1", ["6: error: SET.protect: must be true or false"]),
        ("members: {a: {}}\naccount: 1", ["6: error: SET.account: must be the name of an account below"]),
        ("members: {a: {}}\nprotect: {secure: v1:x}", ["6: error: SET.protect: cannot be encrypted"]),
        ("membres: {a: {}}\nmembers: {a: {}}", ["5: error: SET.membres: is not a setting of a set (did you"]),
        (
            "members: {a: {}}\nwebhook_timeout_secs: 1",
            ["6: error: SET.webhook_timeout_secs: is not a setting of a set: what its members share"],
        ),
        (
            "members: {a: {protect: true}}\ndefaults:\n  account: x\n  user_name: abcd",
            [
                "5: error: SET.members.a.protect: belongs to the whole set: write it beside members",
                "7: error: SET.defaults.account: belongs to the whole set: write it beside members",
                "8: error: SET.defaults.user_name: each connection has its own: it can be no default",
            ],
        ),
        (
            "defaults:\n  inbound: {channel_limit: -1}\nmembers: {a: {}, b: {}, c: {}, d: {}}",
            ["6: error: SET.defaults.inbound.channel_limit: must be 0 or more (for desks.a, desks.b, "],
        ),
        (
            "members:\n  a: {user_name: desk1phone}\n  b: {user_name: Desk1Phone}",
            ["7: error: SET.members.b.user_name: desk1phone is taken by SET.members.a.user_name of the same"],
        ),
        (
            "members:\n  a: {password: fake-password-1}",
            ["6: error: SET.members.a.password: stands here in plain text: remove it, then run"],
        ),
        ('members:\n  a: {}\n  "a\\n": {}', ["7: error: SET.members has a name that is empty, or has"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_set_is_named_by_its_line(
    tmp_path: Path, settings: str, lines: list[str]
) -> None:
    """Its own settings, and those of its members with their whole path."""
    stack = sets(settings).replace("config:\n", f"config:\n  phones:defaults: {{{PROFILE}}}\n")

    shown = found(tmp_path, stack)

    assert len(shown) == len(lines), shown
    for line, start in zip(shown, lines, strict=True):
        number, _, rest = start.replace("SET", SET).partition(":")
        assert line.startswith(f"{AT}{int(number) + 1}:{rest}")


def test_a_thousand_errors_come_at_once(tmp_path: Path) -> None:
    """Each with its own line; a choice that all members share is said once."""
    rows = "".join(f"desk-{number},-1\n" for number in range(1000))
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "phones.csv").write_text(f"name,inbound.channel_limit\n{rows}bell,1\nfax,1\n")
    write(tmp_path, dev=sets("members_from: phones.csv"))

    said = validate(tmp_path)

    assert len(said.lines) == 1001
    assert said.lines[0].startswith(f"{AT}4: warning: {SET}: without outbound.outbound_voice_profile_id")
    assert said.lines[0].endswith("(for desks.bell, desks.fax)")
    assert (
        said.lines[1000]
        == f"{CSV}1001: error: {SET}.members.desk-999.inbound.channel_limit: must be 0 or more"
    )
    assert said.summary == "1 stack, 0 connections, 1,002 members of 1 set: 1,000 errors, 1 warning"


def test_more_members_than_an_account_can_hold_are_found(tmp_path: Path) -> None:
    """Before anything is called."""
    rows = "".join(f"desk-{number}\n" for number in range(10_001))

    assert from_file(tmp_path, f"name\n{rows}") == [
        f"{AT}4: error: {SET}: 10,001 members are more than the 10,000 connections that an account can hold"
    ]


def test_user_names_of_members_are_compared_with_all_others(tmp_path: Path) -> None:
    """Of single connections, of other sets, and of other stacks."""
    desks = "  desks: {members: {a: {user_name: onename1}}}\n"
    text = f"phones:defaults: {{{PROFILE}}}\nphones:sets:\n{desks}"
    write(
        tmp_path,
        dev=config(f"{text}  halls: {{members: {{b: {{user_name: OneName1}}}}}}\n"),
        prod=config(f"{text}phones:connections: {{c: {{user_name: twonames}}}}").replace(
            "onename1", "TwoNames"
        ),
    )

    lines = validate(tmp_path).lines

    other = (
        "phones:sets.halls.members.b.user_name: onename1 is taken by phones:sets.desks.members.a.user_name"
    )
    twice = "twonames is taken by phones:connections.c.user_name"
    assert [line.split(" of ")[0] for line in lines] == [
        f"{AT}6: error: {other}",
        f"stacks/Pulumi.prod.yaml:5: error: {SET}.members.a.user_name: {twice}",
    ]


@pytest.mark.parametrize(
    ("passwords", "line"),
    [
        ("{desks: {a: {secure: v1:x}}}", ""),
        ("{secure: v1:x}", ""),
        ("{desks: {b: {secure: v1:x}}}", "phones:passwords.desks.b: there is no member b: correct the name"),
        (
            "{desk: {a: {secure: v1:x}}}",
            "phones:passwords.desk: there is no set desk (did you mean 'desks'?)",
        ),
        ("{desks: {secure: v1:x}}", "phones:passwords.desks: must be a map from members to their passwords"),
        ("{desks: {a: fake-password-1}}", "phones:passwords.desks.a: stands here in plain text: remove it"),
        ("{desks: {fake-password-1}}", "phones:passwords.desks: stands here in plain text: remove it"),
    ],
)
def test_passwords_of_members_stand_below_the_name_of_their_set(
    tmp_path: Path, passwords: str, line: str
) -> None:
    """In the map that connections have theirs in."""
    shown = found(tmp_path, sets(f"members: {{a: {{{PROFILE}}}}}") + f"  phones:passwords: {passwords}\n")

    assert len(shown) == bool(line), shown
    assert not line or shown[0].startswith(f"{AT}6: error: {line}")


def test_a_set_and_a_connection_have_different_names(tmp_path: Path) -> None:
    """Passwords, `matrix` and `promote` go by it."""
    stack = sets(f"members: {{a: {{{PROFILE}}}}}") + f"  phones:connections: {{desks: {{{PROFILE}}}}}\n"

    assert found(tmp_path, stack) == [
        f"{AT}4: error: {SET}: phones:connections.desks has this name too: choose another"
    ]


def test_a_file_that_many_stacks_have_is_named_once(tmp_path: Path) -> None:
    """Pulumi.yaml names it; its path starts there."""
    desks = f"{{members_from: desks.csv, defaults: {{{PROFILE}}}}}"
    below = f"{PROJECT}config:\n  sets:\n    value: {{desks: {desks}}}\n"
    (tmp_path / "desks.csv").write_text("name,active\na,x\n")
    write(tmp_path, project=below, dev=config("x:y: 1"), prod=config("x:y: 1"))

    assert validate(tmp_path).lines == [
        f"desks.csv:2: error: {SET}.members.a.active: must be true or false, not a string"
    ]
    (tmp_path / "desks.csv").unlink()
    start = "the path starts at the folder of Pulumi.yaml"
    assert validate(tmp_path).lines == [
        f"Pulumi.yaml:6: error: {SET}.members_from: there is no desks.csv: {start}"
    ]


def test_a_stack_may_have_sets_alone(tmp_path: Path) -> None:
    """Where Pulumi.yaml declares connections without a default, Pulumi wants the line all the same."""
    below = f"{PROJECT}config:\n  connections:\n    type: object\n"
    stack = sets(f"members: {{a: {{{PROFILE}}}}}")

    assert found(tmp_path, stack) == []
    (line,) = found(tmp_path, stack, project=below)
    assert line.startswith(
        f"{AT}2: error: has no phones:connections, which Pulumi.yaml declares without a default"
    )
    assert "add `phones:connections: {}` below config" in line
    assert found(tmp_path, f"{stack}  phones:connections: {{}}\n", project=below) == []
