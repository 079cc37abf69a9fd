"""A settings file is changed where it has to change, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_telnyx.stack.edit import Drop, Put, UneditableError, edited, nested

FILE = """\
# head
config:
  # desks
  phones:connections:
    desk:
      tags: [a, b] # colours
      inbound:
        codecs:
          - G722
          # narrow
          - G711U
        # limit
        channel_limit: 10   # ten
      outbound: {channel_limit: 2}

    # fax
    fax: {}   # nothing yet
    # gate
    gate:
      note: |
        two
        lines

      tags: [x]
    # the end
"""
TOP = ("config", "phones:connections")


@pytest.mark.parametrize(
    ("path", "change", "old", "new"),
    [
        (
            ("desk", "inbound", "channel_limit"),
            Put(20),
            "channel_limit: 10   # ten",
            "channel_limit: 20   # ten",
        ),
        (("desk", "tags"), Put(["c"]), "[a, b] # colours", "[c] # colours"),
        (
            ("desk", "outbound", "localization"),
            Put("DE"),
            "{channel_limit: 2}",
            "{channel_limit: 2, localization: DE}",
        ),
        (("desk", "outbound", "channel_limit"), Drop(), "      outbound: {channel_limit: 2}\n", ""),
        (
            ("desk", "inbound", "codecs"),
            Put(["OPUS"]),
            "codecs:\n          - G722\n          # narrow\n          - G711U",
            "codecs: [OPUS]",
        ),
        (
            ("desk", "inbound", "codecs"),
            Put(None),
            "codecs:\n          - G722\n          # narrow\n          - G711U",
            "codecs: null",
        ),
        (
            ("desk", "active"),
            Put(False),
            "{channel_limit: 2}\n",
            "{channel_limit: 2}\n      active: false\n",
        ),
        (
            ("fax", "inbound", "channel_limit"),
            Put(1),
            "fax: {}   # nothing yet\n",
            "fax:   # nothing yet\n      inbound:\n        channel_limit: 1\n",
        ),
        (("gate", "note"), Put("one"), "|\n        two\n        lines\n", "one\n"),
        (("gate", "note"), Drop(), "      note: |\n        two\n        lines\n", ""),
        (("gate", "dtmf_type"), Put("RFC 2833"), "tags: [x]\n", "tags: [x]\n      dtmf_type: RFC 2833\n"),
        (("new",), Put({}), "tags: [x]\n", "tags: [x]\n    new: {}\n"),
        (
            ("new", "tags"),
            Put(["0x1F", "yes", "a: b"]),
            "tags: [x]\n",
            'tags: [x]\n    new:\n      tags: ["0x1F", "yes", "a: b"]\n',
        ),
    ],
)
def test_one_change_touches_one_place(path: tuple[str, ...], change: Put | Drop, old: str, new: str) -> None:
    """Comments, order, quotes and blank lines around it are as they were."""
    assert FILE.count(old) == 1

    assert edited(FILE, nested({(*TOP, *path): change})) == FILE.replace(old, new)


def test_a_map_that_loses_its_last_key_goes_too() -> None:
    """What is left of it would say nothing."""
    changes = nested({(*TOP, "desk", "inbound", name): Drop() for name in ("codecs", "channel_limit")})

    assert "inbound" not in edited(FILE, changes)
    assert "channel_limit: 2" in edited(FILE, changes)


def test_windows_lines_stay_windows_lines() -> None:
    """Also those that are new."""
    text = FILE.replace("\n", "\r\n")

    changed = edited(text, nested({(*TOP, "desk", "active"): Put(True)}))

    assert changed.count("\r\n") == changed.count("\n") == FILE.count("\n") + 1


def test_a_file_without_the_map_gets_it_at_its_end() -> None:
    """Also when its last line is not ended."""
    changes = nested({(*TOP, "desk", "active"): Put(True)})

    assert edited("encryptionsalt: x", changes) == (
        "encryptionsalt: x\nconfig:\n  phones:connections:\n    desk:\n      active: true\n"
    )


_name = st.sampled_from(["a", "b", "c", "dd"])
_scalar = st.one_of(
    st.booleans(),
    st.integers(-5, 10**12),
    st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=12),
    st.sampled_from(["yes", "1_000", "0o17", "# no", "- x", "a: b", "{", "null", "~", "2833 "]),
)
_value = st.one_of(_scalar, st.lists(_scalar, max_size=3))
_tree = st.dictionaries(_name, st.one_of(_value, st.dictionaries(_name, _value, min_size=1)), min_size=1)


def _written(tree: dict[str, Any], flow: bool, above: tuple[str, ...] = ()) -> str:
    lines, indent = [], "  " * (len(above) + 1)
    for name, value in tree.items():
        lines.append(f"{indent}# before {'.'.join((*above, name))}")
        if isinstance(value, dict) and not flow:
            lines += [f"{indent}{name}:   # beside", _written(value, flow, (*above, name))]
        else:
            inline = yaml.safe_dump(value, default_flow_style=True, width=10**6, allow_unicode=True).strip(
                " \n"
            )
            lines.append(f"{indent}{name}: {inline.removesuffix('...').strip(chr(10))} # beside")
    return "\n".join(lines)


@settings(max_examples=300, deadline=None)
@given(_tree, st.booleans(), st.data())
def test_any_change_is_made_and_every_comment_before_a_key_that_stays_is_before_it_still(
    tree: dict[str, Any], flow: bool, data: st.DataObject
) -> None:
    """Whatever the values are, and whichever way they are written."""
    text = f"# top\ntop:\n{_written(tree, flow)}\n# end\n"
    paths = [(name,) for name in tree] + [
        (name, below) for name, each in tree.items() if isinstance(each, dict) for below in each
    ]
    path = data.draw(
        st.one_of(st.sampled_from(paths), st.tuples(_name), st.tuples(st.sampled_from(list(tree)), _name))
    )
    change = data.draw(st.one_of(st.builds(Put, _value), st.just(Drop())))
    holder = tree.get(path[0])
    if len(path) == 2 and not isinstance(holder, dict):
        path = path[:1]

    changed = edited(text, nested({("top", *path): change}))

    wanted = {name: dict(each) if isinstance(each, dict) else each for name, each in tree.items()}
    parent = wanted if len(path) == 1 else wanted[path[0]]
    if isinstance(change, Put):
        parent[path[-1]] = change.value
    else:
        parent.pop(path[-1], None)
        wanted = {name: each for name, each in wanted.items() if each != {}}
    assert yaml.safe_load(changed) == ({"top": wanted} if wanted else None)
    lines = [line.strip() for line in changed.splitlines()]
    for name, each in wanted.items():
        below = each if isinstance(each, dict) and not flow else {}
        for kept in [(name,), *((name, key) for key in below)]:
            if kept in paths and kept[: len(path)] != path:
                assert lines[lines.index(f"# before {'.'.join(kept)}") + 1].startswith(f"{kept[-1]}:")
    assert lines[-1] == "# end"


EMPTY = """\
config:
  phones:connections:
    lobby:   # gone
    # the desk
    desk:
      tags:

      dtmf_type: Inband
    hall: {
      # why
      active: true, # one
      inbound: {channel_limit: 2}
    }
    fax:
"""


@pytest.mark.parametrize(
    ("path", "change", "old", "new"),
    [
        (("lobby",), Put({}), "lobby:   # gone", "lobby: {}   # gone"),
        (("lobby", "active"), Put(True), "lobby:   # gone\n", "lobby:   # gone\n      active: true\n"),
        (("lobby",), Drop(), "    lobby:   # gone\n", ""),
        (("desk", "tags"), Put(["a"]), "tags:\n", "tags: [a]\n"),
        (("fax", "active"), Put(True), "fax:\n", "fax:\n      active: true\n"),
        (("fax",), Drop(), "    fax:\n", ""),
        (("hall", "active"), Put(False), "active: true, # one", "active: false, # one"),
        (
            ("hall", "inbound", "codecs"),
            Put(["OPUS"]),
            "{channel_limit: 2}",
            "{channel_limit: 2, codecs: [OPUS]}",
        ),
        (("hall", "tags"), Put(["a"]), "{channel_limit: 2}", "{channel_limit: 2}, tags: [a]"),
    ],
)
def test_what_is_empty_or_in_braces_keeps_its_comments_too(
    path: tuple[str, ...], change: Put | Drop, old: str, new: str
) -> None:
    """A key with nothing behind it is null; the parser says that its value stands at the next token."""
    assert EMPTY.count(old) == 1

    assert edited(EMPTY, nested({(*TOP, *path): change})) == EMPTY.replace(old, new)


def test_line_ends_of_old_macintoshes_are_refused() -> None:
    """No line of the file would be found again."""
    with pytest.raises(UneditableError, match="old Macintoshes"):
        edited(EMPTY.replace("\n", "\r"), nested({(*TOP, "desk"): Drop()}))
