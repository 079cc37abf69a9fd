"""Layers of settings: defaults of the project and of the stack, then the connection in each of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pulumi_telnyx.connection.properties import OWN_FIELDS
from pulumi_telnyx.stack.layers import Layered, layered
from pulumi_telnyx.stack.located import plain
from pulumi_telnyx.stack.project import find_project

from .stack_files import PROFILE, PROJECT, config, found, validate, write

FILE = "stacks/Pulumi.dev.yaml"


def project(*, defaults: str = "{}", connections: str = "{}") -> str:
    """Return a `Pulumi.yaml` with these layers: defaults on line 7, connections on line 10."""
    return f"""{PROJECT}config:
  defaults:
    type: object
    default: {defaults}
  connections:
    type: object
    value: {connections}
"""


def layers(folder: Path, stack: str, *, below: str = PROJECT) -> Layered:
    write(folder, project=below, dev=config(stack))
    of = find_project(folder)
    return layered(of, of.read("dev").config(of.name))


def values(found_: Layered) -> dict[str, Any]:
    return {name: plain(each, lambda _: "[secret]") for name, each in found_.connections.items()}


def test_each_layer_wins_over_those_below_it(tmp_path: Path) -> None:
    """A connection of the project is closer to the connection than what the stack gives to all of them."""
    below = project(
        defaults="{tags: [project], dtmf_type: project, anchorsite_override: project, active: true}",
        connections="{a: {tags: [connection], dtmf_type: connection}}",
    )
    stack = """
        phones:defaults: {tags: [stack], dtmf_type: stack, anchorsite_override: stack}
        phones:connections:
          a: {tags: [own]}
          b: {}
    """

    result = layers(tmp_path, stack, below=below)

    assert values(result) == {
        "a": {
            "tags": ["own"],
            "dtmf_type": "connection",
            "anchorsite_override": "stack",
            "active": True,
        },
        "b": {"tags": ["stack"], "dtmf_type": "stack", "anchorsite_override": "stack", "active": True},
    }
    assert result.findings == []


def test_maps_merge_at_every_depth_and_lists_are_replaced_whole(tmp_path: Path) -> None:
    """The engine itself would take the upper map alone."""
    below = project(
        defaults="{inbound: {codecs: [OPUS, G722], channel_limit: 3}, extra: {x: {y: 1, z: [1]}}}"
    )

    result = layers(
        tmp_path,
        "phones:connections: {a: {inbound: {codecs: [G711A]}, extra: {x: {z: [2]}}}}",
        below=below,
    )

    assert values(result)["a"] == {
        "inbound": {"codecs": ["G711A"], "channel_limit": 3},
        "extra": {"x": {"y": 1, "z": [2]}},
    }


@pytest.mark.parametrize(
    ("lower", "upper", "merged"),
    [
        ("{inbound: {channel_limit: 1}}", "{inbound: 5}", {"inbound": 5}),
        ("{inbound: 5}", "{inbound: {channel_limit: 1}}", {"inbound": {"channel_limit": 1}}),
        ("{inbound: {channel_limit: 1}}", "{inbound: {secure: v1:x}}", {"inbound": "[secret]"}),
        ("{inbound: {channel_limit: 1}}", "{inbound: {}}", {"inbound": {"channel_limit": 1}}),
        ("{inbound: {channel_limit: 1}}", "{inbound: null}", {}),
        (
            "{inbound: {channel_limit: 1, codecs: []}}",
            "{inbound: {channel_limit: ~}}",
            {"inbound": {"codecs": []}},
        ),
        ("{active: true}", '{active: ""}', {"active": ""}),
    ],
)
def test_what_is_no_map_replaces_and_null_removes(
    tmp_path: Path, lower: str, upper: str, merged: dict[str, Any]
) -> None:
    """Whatever stands below; an empty text or map removes nothing."""
    result = layers(tmp_path, f"phones:connections: {{a: {upper}}}", below=project(defaults=lower))

    assert values(result)["a"] == merged
    assert result.findings == []


def test_each_value_knows_its_file_and_line(tmp_path: Path) -> None:
    """That of the layer which it comes from; the connection is where the topmost layer has it."""
    below = project(
        defaults="\n      active: true\n      tags: [a]", connections="\n      a:\n        dtmf_type: Inband"
    )
    stack = "phones:defaults:\n  tags:\n    - x\nphones:connections:\n  a:\n    active: false\n  b: {}"

    result = layers(tmp_path, stack, below=below)

    def places(connection: str) -> dict[str, str]:
        located = result.connections[connection]
        return {name: str(each.origin) for name, each in located.entries().items()}

    assert places("a") == {"active": f"{FILE}:8", "tags": f"{FILE}:4", "dtmf_type": "Pulumi.yaml:14"}
    assert places("b") == {"active": "Pulumi.yaml:8", "tags": f"{FILE}:4"}
    assert str(result.connections["a"].at(("tags", 0)).origin) == f"{FILE}:5"
    assert str(result.connections["a"].origin) == f"{FILE}:7"
    assert str(result.connections["b"].origin) == f"{FILE}:9"


def test_a_stack_removes_a_connection_of_the_project_with_null(tmp_path: Path) -> None:
    """And leaves the others as they are."""
    below = project(connections="{a: {active: true}, b: {active: true}}")

    result = layers(tmp_path, "phones:connections: {a: null}", below=below)

    assert values(result) == {"b": {"active": True}}
    assert result.findings == []


def test_a_connection_that_is_null_without_one_below_is_an_error(tmp_path: Path) -> None:
    """Somebody has probably begun to write it."""
    message = (
        "is empty, and there is none in Pulumi.yaml to remove: write {} for a connection of defaults only"
    )

    assert found(tmp_path, config("phones:connections:\n  a:\n")) == [
        f"{FILE}:4: error: phones:connections.a {message}"
    ]
    assert found(tmp_path, config("x:y: 1"), project=project(connections="{a: null}")) == [
        f"Pulumi.yaml:10: error: phones:connections.a {message}"
    ]


def test_a_null_with_nothing_below_is_a_warning(tmp_path: Path) -> None:
    """Said once, also where it stands in defaults that many connections have."""
    stack = f"""
        phones:defaults:
          tags: null
          {PROFILE}
        phones:connections:
          a: {{inbound: {{codecs: null}}}}
          b: {{}}
    """

    lines = found(tmp_path, config(stack))

    rest = "is empty, and nothing is there to remove: leave it out"
    assert lines == [
        f"{FILE}:4: warning: phones:defaults.tags {rest}",
        f"{FILE}:7: warning: phones:connections.a.inbound.codecs {rest}",
    ]


@pytest.mark.parametrize("field", sorted(OWN_FIELDS))
def test_what_each_connection_has_for_itself_is_no_default(tmp_path: Path, field: str) -> None:
    """In neither file; a null there says what is so anyway."""
    stack = f"phones:defaults:\n  {field}: abcd\n  {PROFILE}\nphones:connections: {{a: {{}}}}"
    message = f"phones:defaults.{field}: each connection has its own: it can be no default"

    lines = found(tmp_path, config(stack), project=project(defaults=f"{{{field}: abcd}}"))

    assert lines == [f"Pulumi.yaml:7: error: {message}", f"{FILE}:4: error: {message}"]
    assert found(tmp_path, config(stack.replace("abcd", "null"))) == []


def test_a_mistake_in_defaults_is_said_once(tmp_path: Path) -> None:
    """For all connections that have it, with some of their names; in `Pulumi.yaml` also for all stacks."""
    stack = config(
        f"""
        phones:defaults:
          {PROFILE}
          inbound:
            channel_limit: -1
        phones:connections: {{a: {{}}, b: {{inbound: {{channel_limit: 1}}}}, c: {{}}, d: {{}}, e: {{}}}}
        """
    )
    below = project(defaults="{dtmf_type: x}")
    write(tmp_path, project=below, dev=stack, prod=stack.replace("-1", "1"))

    lines = validate(tmp_path).lines

    choices = "'RFC 2833', 'Inband', 'SIP INFO'"
    assert lines == [
        f"Pulumi.yaml:7: error: phones:defaults.dtmf_type: must be one of {choices} (for a, b, c and 2 more)",
        f"{FILE}:6: error: phones:defaults.inbound.channel_limit: must be 0 or more (for a, c, d and 1 more)",
    ]


def test_a_password_in_plain_text_in_the_project_is_named_once(tmp_path: Path) -> None:
    """Each stack needs one of its own, so the command names none."""
    below = project(connections=f"{{a: {{password: fake-password-1, {PROFILE}}}}}")
    write(tmp_path, project=below, dev=config("x:y: 1"), prod=config("x:y: 1"))

    (line,) = validate(tmp_path).lines
    assert line.startswith("Pulumi.yaml:10: error: phones:connections.a.password: stands here in plain text")
    assert line.endswith("then run `pulumi config set --secret --path phones:connections.a.password`")


def test_a_password_in_plain_text_is_named_also_where_the_stack_has_another(tmp_path: Path) -> None:
    """Everybody who can read the file has it."""
    below = project(connections=f"{{a: {{password: fake-password-1, {PROFILE}}}}}")

    (line,) = found(tmp_path, config("phones:connections: {a: {password: {secure: v1:x}}}"), project=below)

    assert line.startswith("Pulumi.yaml:10: error: phones:connections.a.password: stands here in plain text")


def test_passwords_of_the_project_are_refused_in_plain_text(tmp_path: Path) -> None:
    """They would be used, by every stack."""
    below = f"{PROJECT}config:\n  passwords:\n    type: object\n    default: {{desk: fake-password-1}}\n"
    stack = config(f"phones:connections: {{desk: {{{PROFILE}}}}}")

    path = "phones:passwords.desk"
    remedy = f"remove it, then run `pulumi config set --secret --path {path}`"
    assert found(tmp_path, stack, project=below) == [
        f"Pulumi.yaml:7: error: {path}: stands here in plain text: {remedy}"
    ]


def test_what_is_encrypted_in_the_project_is_refused(tmp_path: Path) -> None:
    """Pulumi has a key for each stack only, and ends with a crash report."""
    below = project(connections="{a: {password: {secure: v1:x}}}") + "  telnyx:apiKey: {secure: v1:y}\n"

    lines = found(tmp_path, config(f"phones:defaults: {{{PROFILE}}}"), project=below)

    def line(number: int, path: str, option: str = "") -> str:
        return (
            f"Pulumi.yaml:{number}: error: {path} is encrypted, and Pulumi decrypts values of stacks' files "
            f"only: remove it, then run `pulumi config set --secret {option}{path}` for each stack"
        )

    assert lines == [line(10, "phones:connections.a.password", "--path "), line(11, "telnyx:apiKey")]


def test_a_stack_needs_no_connections_of_its_own(tmp_path: Path) -> None:
    """Where the project has some, or an environment of Pulumi ESC may bring them. An empty file is wrong."""
    below = project(connections=f"{{a: {{{PROFILE}}}}}")

    assert found(tmp_path, config("x:y: 1"), project=below) == []
    assert found(tmp_path, "environment: [phones/prod]\n") == []
    assert found(tmp_path, "", project=below) == [
        f"{FILE}:1: error: is empty: put its settings in, or remove it"
    ]


def test_a_value_of_the_project_may_be_written_short(tmp_path: Path) -> None:
    """As `key: value`, without a type; and what is misspelt there is found too."""
    short = f"{PROJECT}config:\n  telnyx:baseUrl: not-a-url\n  conections: x\n"

    lines = found(tmp_path, config(f"phones:connections: {{a: {{{PROFILE}}}}}"), project=short)

    url = "is not an http(s) URL of a host: expected like https://api.telnyx.com/v2"
    assert lines == [
        f"Pulumi.yaml:5: error: telnyx:baseUrl {url}",
        "Pulumi.yaml:6: error: phones:conections is read by nobody (did you mean 'phones:connections'?)",
    ]
