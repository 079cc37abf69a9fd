"""`pulumi-telnyx validate`: what is wrong is named by file and line, without key, passphrase or engine."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from .stack_files import PROFILE, PROJECT, SALT, config, connections, found, validate, write

AT = "stacks/Pulumi.dev.yaml:"
GOOD = connections(f"a: {{{PROFILE}}}")
WITHOUT_PROFILE = "without outbound.outbound_voice_profile_id every outgoing call fails"
NOT_READ = "put what is shared into defaults, and text that begins like this into quotes"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        pytest.param(b"", "1: error: is empty: declares no connections", id="empty"),
        pytest.param(b"# only a comment\n", "1: error: is empty: declares no connections", id="comments"),
        pytest.param(b"config: [\n", "2: error: is not YAML: ", id="not YAML"),
        pytest.param(b"config:\n\tphones:connections: {}\n", "2: error: is not YAML: ", id="a tab"),
        pytest.param(b"just words\n", "1: error: must be a map: ", id="no map"),
        pytest.param(b"config: []\n", "1: error: config must be a map of settings", id="a list for config"),
        pytest.param(b"config: {}\n", "1: error: declares no connections: ", id="no connections"),
        pytest.param(
            b"config:\n  phones:connections: []\n",
            "2: error: phones:connections must be a map of settings",
            id="a list of connections",
        ),
        pytest.param(
            b"config:\n  phones:connections:\n",
            "2: error: phones:connections is empty: write {}, or remove the line",
            id="connections without a value",
        ),
        pytest.param(
            connections("a: [1]").encode(),
            "4: error: phones:connections.a must be a map of settings",
            id="a list for a connection",
        ),
        pytest.param(
            connections("a: {outbound: []}").encode(),
            "4: error: phones:connections.a.outbound: must be a dictionary of fields, not a list",
            id="a list for an object",
        ),
        pytest.param(
            connections("a: {active: true}\nb: {}\na: {}").encode(),
            "6: error: 'a' stands here twice: remove one of the two",
            id="duplicate keys",
        ),
        pytest.param(b"confg:\n  phones:connections: {}\n", "1: error: confg is", id="top level"),
        pytest.param(
            config("phones:conections: {}").encode(),
            "3: error: phones:conections is read by nobody (did you mean 'phones:connections'?)",
            id="unknown key",
        ),
        pytest.param(
            config("other:connections: {}").encode(),
            "3: error: other:connections is read by nobody (did you mean 'phones:connections'?",
            id="another project's key",
        ),
        pytest.param(
            connections("a: {actve: true}").encode(),
            "4: error: phones:connections.a.actve: is not a setting of a connection (did you mean 'active'?)",
            id="unknown setting",
        ),
        pytest.param(
            connections("a:\n  inbound:\n    codec: [OPUS]").encode(),
            "6: error: phones:connections.a.inbound.codec: is not a field of a credential connection (did "
            "you mean 'codecs'?)",
            id="unknown nested setting",
        ),
        pytest.param(b"config:\n  a: \xff\n", "2: error: is not UTF-8 text", id="not UTF-8"),
        pytest.param(GOOD.encode("utf-16"), "1: error: is not UTF-8 text: save it as UTF-8", id="UTF-16"),
        pytest.param(b"config:\n  a: \x07\n", "2: error: holds a control character", id="control character"),
        pytest.param(b"# " + b"x" * 10_000_000, "1: error: is larger than 4 MiB", id="10 MB"),
        pytest.param(b"[" * 100_000, "1: error: is nested more than 50 levels deep", id="too deep"),
        pytest.param(b"a: {}\n---\nb: {}\n", "2: error: holds more than one YAML document", id="documents"),
        pytest.param(b"? [a]\n: b\n", "1: error: has a key that is no text", id="a list for a key"),
        pytest.param(
            b"config:\n  a: &x {b: c}\n  d: *x\n", f"2: error: an anchor (&) is not read, nor are its "
            f"aliases: {NOT_READ}", id="anchors",
        ),
        pytest.param(
            b"config:\n  a: &x {b: c}\n  d:\n    <<: *x\n", "2: error: an anchor (&)", id="merge keys"
        ),
        pytest.param(
            config("phones:connections: {}\nphones:x:\n  <<: {a: 1}").encode(),
            "5: error: merge keys (<<, quoted or not) are not read: put what is shared into defaults",
            id="merge key",
        ),
        pytest.param(
            connections('"<<": {}').encode(), "4: error: merge keys (<<, quoted or not)", id="quoted <<"
        ),
        pytest.param(
            "# a\n# b \u2028 config: {}\n".encode(),
            "2: error: holds U+2028, a line break that few editors show: remove it",
            id="a line break in a comment",
        ),
        pytest.param("a: b\n# \x85c\n".encode(), "2: error: holds U+0085, a line", id="a next line"),
        pytest.param(b"config: &all\n  phones:defaults: *all\n", "1: error: an anchor (&)", id="a cycle"),
        pytest.param(
            connections("a: {password: *fake-password-1}").encode(), f"4: error: an alias (*) is not read: "
            f"{NOT_READ}", id="an alias that is a password",
        ),
        pytest.param(
            connections("a: {password: &fake-password-1 b}").encode(), "4: error: an anchor (&)",
            id="an anchor that is a password",
        ),
        pytest.param(
            connections("a: {user_name: !fake-password-1 abcdef}").encode(),
            "4: error: a tag (!) is not read: write the value without it, or put text into quotes",
            id="a tag",
        ),
        pytest.param(
            connections("a: {password: fake-password-1}").encode(),
            "4: error: phones:connections.a.password: stands here in plain text: remove it, then run `pulumi "
            "config set --secret --path phones:connections.a.password --stack dev`",
            id="a password in plain text",
        ),
        pytest.param(
            connections("a: {password: {fake-password-1, b}}").encode(),
            "4: error: phones:connections.a.password: stands here in plain text",
            id="a password in braces",
        ),
        pytest.param(
            connections("a: {password: abc}").encode(),
            "4: error: phones:connections.a.password: stands here in plain text",
            id="a short password in plain text",
        ),
        pytest.param(
            connections('a: {password: ""}').encode(),
            "4: error: phones:connections.a.password: must be at least",
            id="an empty password",
        ),
        pytest.param(
            config("telnyx:apiKey: KEY-fake-password-1\nphones:connections: {}").encode(),
            "3: error: telnyx:apiKey: stands here in plain text: remove it, then run `pulumi config set "
            "--secret telnyx:apiKey --stack dev`",
            id="a key in plain text",
        ),
        pytest.param(
            connections("a: {user_name: frontdesk}\nb: {user_name: FrontDesk}").encode(),
            "5: error: phones:connections.b.user_name: frontdesk is taken by phones:connections.a.user_name "
            "of the same stack (stacks/Pulumi.dev.yaml:4): user names are unique",
            id="a user name twice",
        ),
        pytest.param(
            config("phones:connections: {a: {password: {secure: v1:x}}}", salt=False).encode(),
            "2: error: phones:connections.a.password: cannot be decrypted, since the file has lost its "
            "encryptionsalt (or encryptedkey): put back that line as it was, or encrypt the value again, "
            "`pulumi config set --secret --path phones:connections.a.password --stack dev`",
            id="no salt",
        ),
        pytest.param(
            connections('"\\u001b[31m\\n": {}').encode(),
            "4: error: phones:connections has a connection whose name is no resource name",
            id="a name that a terminal obeys",
        ),
        pytest.param(
            connections('a: {"x\\u001b\\n": 1}').encode(),
            "4: error: phones:connections.a.x: is not a field of a credential connection",
            id="a field that a terminal obeys",
        ),
        pytest.param(connections('a: {"²": 1}').encode(), "4: error: phones:connections.a", id="no digit"),
    ],
)  # fmt: skip
def test_bad_input_is_one_error_with_its_line(tmp_path: Path, content: bytes, line: str) -> None:
    """Whatever is wrong with a file: one error that says where, and what to do; never a password."""
    write(tmp_path, dev=content)

    said = validate(tmp_path)

    errors = [each for each in said.lines if ": warning: " not in each]
    assert said.code == 2
    assert len(errors) == 1, errors
    assert errors[0].startswith(AT + line)
    assert errors[0].isprintable()


@pytest.mark.parametrize("text", ["9" * 400, "9" * 5000, "0x" + "f" * 300, "1e999", "0b", "-", "._1"])
def test_a_number_that_none_can_hold_is_judged_like_any_other(tmp_path: Path, text: str) -> None:
    """Where Python or Go cannot read it."""
    lines = found(tmp_path, connections(f"a: {{webhook_timeout_secs: {text}, {PROFILE}}}"))

    (line,) = lines
    assert line.startswith(f"{AT}4: error: phones:connections.a.webhook_timeout_secs: must be ")


def test_a_date_without_quotes_is_warned_of(tmp_path: Path) -> None:
    """The engine turns it into a time, and hands that over as another text."""
    (line,) = found(tmp_path, connections(f"a: {{rotate_password_when: 2026-01-31, {PROFILE}}}"))

    assert line.startswith(f"{AT}4: warning: a date without quotes")
    assert found(tmp_path, connections(f'a: {{rotate_password_when: "2026-01-31", {PROFILE}}}')) == []


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (
            "inbound: {channel_limit: -1}",
            "error: phones:connections.a.inbound.channel_limit: must be 0 or more",
        ),
        ("webhook_timeout_secs: 31", "error: phones:connections.a.webhook_timeout_secs: must be 30 or less"),
        ("user_name: abc", "error: phones:connections.a.user_name: must be at least 4 characters long"),
        ("user_name: 12345", "error: phones:connections.a.user_name: must be a string, not a number (put it"),
        ("dtmf_type: inband", "error: phones:connections.a.dtmf_type: must be one of 'RFC 2833', 'Inband', "),
        ("active: yes", "error: phones:connections.a.active: must be true or false, not a string"),
        ('protect: "true"', "error: phones:connections.a.protect: must be true or false"),
        (
            "webhook_event_failover_url: https://b.example.com",
            "error: phones:connections.a.webhook_event_failover_url: needs webhook_event_url",
        ),
        (
            "jitter_buffer: {jitterbuffer_msec_min: 300}",
            "error: phones:connections.a.jitter_buffer.jitterbuffer_msec_min: the minimum must not be above",
        ),
        (
            "rotate_password_when: 1, password: {secure: v1:x}",
            "error: phones:connections.a: rotate_password_when: rotates a generated password only",
        ),
        ("adopt: oldpbx01, user_name: oldpbx01", "warning: phones:connections.a: adopt: needs password"),
        (
            'adopt: "1234", password: {secure: v1:x}',
            "warning: phones:connections.a: adopt: needs user_name: one made here would log out",
        ),
        (
            "sip_uri_calling_preference: unrestricted",
            "warning: phones:connections.a: sip_uri_calling_preference unrestricted: anyone can call",
        ),
    ],
)
def test_ranges_and_rules_between_fields_are_those_of_the_provider(
    tmp_path: Path, settings: str, line: str
) -> None:
    """The same words as in a preview, and one finding for one mistake."""
    (shown,) = found(tmp_path, connections(f"a: {{{PROFILE}, {settings}}}"))

    assert shown.startswith(f"{AT}4: {line}")


def test_a_missing_outbound_profile_is_a_warning_at_the_connection(tmp_path: Path) -> None:
    """A connection may be for incoming calls only; one whose profile is encrypted has one."""
    assert found(tmp_path, connections("a: {active: true}")) == [
        f"{AT}4: warning: phones:connections.a: {WITHOUT_PROFILE}"
    ]
    secret = "a: {outbound: {outbound_voice_profile_id: {secure: v1:x}}}"
    assert found(tmp_path, connections(secret)) == []


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    """In the order of files and lines."""
    write(
        tmp_path,
        dev=connections("a: {actve: true}\nb:\n  inbound: {channel_limit: -1}\n  password: fake-password-1"),
        prod=connections("c: {dtmf_type: x}"),
    )

    said = validate(tmp_path)

    places = [line.partition(": ")[0] for line in said.lines if ": error: " in line]
    assert places == [*(f"{AT}{line}" for line in (4, 6, 7)), "stacks/Pulumi.prod.yaml:4"]
    assert said.summary == "2 stacks, 3 connections: 4 errors, 1 warning"


def test_what_is_encrypted_is_counted_and_not_judged(tmp_path: Path) -> None:
    """And the counts go to standard error."""
    text = f"a: {{{PROFILE}, password: {{secure: v1:x}}, user_name: {{secure: v1:y}}}}"
    write(tmp_path, dev=connections(text))

    assert validate(tmp_path) == (
        0, [], "1 stack, 1 connection: 0 errors, 0 warnings; 2 encrypted values not checked"
    )  # fmt: skip


def test_a_map_that_is_encrypted_as_a_whole_is_warned_of(tmp_path: Path) -> None:
    """Pulumi can use it, but nothing in it can be seen."""
    (line,) = found(tmp_path, config("phones:connections: {secure: v1:x}"))

    assert line.startswith(f"{AT}3: warning: phones:connections is encrypted as a whole")


@pytest.mark.parametrize(
    "key", ["encryptedkey: AQ", f"{SALT}dev", "encryptionsalt:", "secretsprovider: passphrase"]
)
def test_only_a_file_with_its_key_can_be_decrypted(tmp_path: Path, key: str) -> None:
    """A key is the salt of a passphrase, or the wrapped key of a key service; Pulumi Cloud's is elsewhere."""

    def lines(ciphertext: str) -> list[str]:
        secret = f"    a: {{{PROFILE}, password: {{secure: {ciphertext}}}}}\n"
        return found(tmp_path, f"{key}\nconfig:\n  phones:connections:\n{secret}")

    assert lines("AAABAFakeOfPulumiCloud") == []
    assert bool(lines("v1:nonce:fake")) is (key in {"encryptionsalt:", "secretsprovider: passphrase"})


def test_each_value_without_its_key_is_named(tmp_path: Path) -> None:
    """Also where one stands in a list, or below a setting of another program."""
    text = "phones:connections: {}\naws:x: {secure: v1:a}\nphones:list:\n  - secure: v1:b"

    assert [
        line.partition(": cannot be decrypted")[0] for line in found(tmp_path, config(text, salt=False))
    ] == [
        f"{AT}3: error: aws:x",
        f"{AT}5: error: phones:list[0]",
    ]


def test_a_value_copied_from_another_stack_is_found(tmp_path: Path) -> None:
    """Each stack has a key of its own: only a copy of the whole file keeps its values readable."""
    secret = f"config:\n  phones:connections:\n    a: {{{PROFILE}, password: {{secure: v1:x}}}}\n"
    write(tmp_path, dev=f"{SALT}dev\n{secret}", prod=f"{SALT}prod\n{secret}")

    (line,) = validate(tmp_path).lines
    assert line.startswith(
        "stacks/Pulumi.prod.yaml:4: error: phones:connections.a.password: the same encrypted value stands in "
        "stacks/Pulumi.dev.yaml:4, and each stack has a key of its own"
    )
    assert "--path phones:connections.a.password --stack prod`" in line
    assert "--path phones:connections.a.password --stack dev`" in line
    assert validate(tmp_path, "prod").lines == [line]

    write(tmp_path, prod=f"{SALT}dev\n{secret}")
    assert validate(tmp_path).lines == []
    # Then what it was copied from says nothing: the one mistake is the missing key.
    write(tmp_path, prod=secret)
    (line,) = validate(tmp_path).lines
    assert "cannot be decrypted, since the file has lost" in line


def test_one_user_name_in_two_stacks_is_found(tmp_path: Path) -> None:
    """User names are unique over all Telnyx customers, without regard to case."""
    write(
        tmp_path,
        dev=connections(f"a: {{user_name: frontdesk, {PROFILE}}}"),
        prod=connections(f"b: {{user_name: FrontDesk, {PROFILE}}}"),
    )

    (line,) = validate(tmp_path).lines
    assert line.startswith(
        "stacks/Pulumi.prod.yaml:4: error: phones:connections.b.user_name: frontdesk is taken by "
        "phones:connections.a.user_name of stack dev (stacks/Pulumi.dev.yaml:4)"
    )


def test_a_stack_that_is_named_is_the_only_one_reported_on(tmp_path: Path) -> None:
    """But names that the others have taken are found, also when those files have mistakes."""
    write(
        tmp_path,
        dev=connections(f"a: {{user_name: frontdesk, actve: true, {PROFILE}}}"),
        prod=connections(f"b: {{user_name: FRONTDESK, {PROFILE}}}"),
        broken="]",
    )

    said = validate(tmp_path, "prod")

    assert said == validate(tmp_path, "--stack", "prod")
    assert (said.code, said.summary) == (2, "1 stack, 1 connection: 1 error, 0 warnings")
    (line,) = said.lines
    assert line.startswith("stacks/Pulumi.prod.yaml:4: error: phones:connections.b.user_name: frontdesk is")
    assert "of stack dev" in line
    (line,) = validate(tmp_path, "broken").lines
    assert line.startswith("stacks/Pulumi.broken.yaml:1: error: is not YAML")


def test_the_exit_code_says_what_happened(tmp_path: Path) -> None:
    """0 nothing was found, 1 it could not look, 2 something was found; warnings count unless allowed."""
    write(tmp_path, good=GOOD, doubtful=connections("a: {}"), bad=connections("a: {actve: 1}"))

    assert validate(tmp_path, "good").code == 0
    assert validate(tmp_path, "doubtful").code == 2
    assert validate(tmp_path, "doubtful", "--allow-warnings").code == 0
    assert len(validate(tmp_path, "doubtful", "--allow-warnings").lines) == 1
    assert validate(tmp_path, "bad", "--allow-warnings").code == 2
    assert validate(tmp_path, "--all").code == 2
    assert validate(tmp_path).lines == validate(tmp_path, "--all").lines
    assert validate(tmp_path, "--all", "good").code == 2
    said = validate(tmp_path, "good", "god")
    assert (said.code, said.lines) == (1, [])
    assert said.summary == (
        "error: stack god has no file stacks/Pulumi.god.yaml (did you mean 'good'?); there are: bad, "
        "doubtful, good"
    )


def test_a_project_without_stack_files_is_no_success(tmp_path: Path) -> None:
    """A folder that is misspelt in `Pulumi.yaml` must not satisfy a pipeline."""
    write(tmp_path, project=PROJECT.replace(": stacks", ": stakcs"), dev=GOOD)

    said = validate(tmp_path)
    assert (said.code, said.lines) == (1, [])
    assert said.summary.startswith("error: no stack has a file in stakcs: run `pulumi stack init`, or")
    assert validate(tmp_path / "stacks").code == 1
    (tmp_path / "Pulumi.yaml").write_text("name: [")
    said = validate(tmp_path)
    assert (said.code, said.lines) == (1, [])
    assert said.summary.startswith("Pulumi.yaml:2: error: is not YAML")


def test_a_file_that_pulumi_does_not_read_is_found(tmp_path: Path) -> None:
    """It takes the ending of the project's own file; with both, the other one counts for nothing."""
    write(tmp_path)
    (tmp_path / "stacks" / "Pulumi.dev.yml").write_text(GOOD)

    assert validate(tmp_path).lines == [
        "stacks/Pulumi.dev.yml:1: error: is read by nobody, since Pulumi.yaml ends otherwise: rename it"
    ]
    write(tmp_path, dev=GOOD)
    assert validate(tmp_path).lines == []
    (tmp_path / "Pulumi.yaml").rename(tmp_path / "Pulumi.yml")
    (tmp_path / "stacks" / "Pulumi.dev.yml").unlink()
    assert validate(tmp_path).lines == [
        "stacks/Pulumi.dev.yaml:1: error: is read by nobody, since Pulumi.yml ends otherwise: rename it"
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are none on this system")
def test_what_is_no_regular_file_is_an_error(tmp_path: Path) -> None:
    """A folder, a link that leads nowhere, or to what never ends, or a pipe that nobody writes to."""
    write(tmp_path, dev=GOOD)
    stacks = tmp_path / "stacks"
    (stacks / "Pulumi.a.yaml").mkdir()
    (stacks / "Pulumi.b.yaml").symlink_to("nowhere")
    (stacks / "Pulumi.c.yaml").symlink_to("/dev/zero")
    os.mkfifo(stacks / "Pulumi.d.yaml")
    (stacks / "connections.dev.yaml").symlink_to("nowhere")

    assert validate(tmp_path).lines == [
        "stacks/Pulumi.a.yaml: error: cannot be read: Is a directory",
        "stacks/Pulumi.b.yaml: error: cannot be read: No such file or directory",
        "stacks/Pulumi.c.yaml: error: is no regular file: put one in its place, or remove it",
        "stacks/Pulumi.d.yaml: error: is no regular file: put one in its place, or remove it",
        "stacks/connections.dev.yaml: error: cannot be read: No such file or directory",
    ]


def passwords(settings: str, more: str = "") -> str:
    """Return a stack file with one connection, `desk`, on line 4, and a map of passwords on line 5."""
    return config(f"phones:connections:\n  desk: {{{PROFILE}{more}}}\nphones:passwords: {settings}")


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (
            "{dsk: {secure: v1:x}}",
            "phones:passwords.dsk: there is no connection dsk (did you mean 'desk'?): correct the name, or",
        ),
        ("[{secure: v1:x}]", "phones:passwords must be a map from connections to their passwords: "),
        (
            "{desk: fake-password-1}",
            "phones:passwords.desk: stands here in plain text: remove it, then run `pulumi config set",
        ),
        ("fake-password-1", "phones:passwords: stands here in plain text: remove it, then run `pulumi"),
    ],
)
def test_what_is_wrong_with_the_map_of_passwords_is_found(tmp_path: Path, settings: str, line: str) -> None:
    """As far as it is not encrypted."""
    (shown,) = found(tmp_path, passwords(settings))

    assert shown.startswith(f"{AT}5: error: {line}")


@pytest.mark.parametrize("settings", ["{desk: {secure: v1:x}}", "{secure: v1:x}", "{}", "{desk: null}", ""])
def test_a_map_of_passwords_that_can_be_used_is_not_found(tmp_path: Path, settings: str) -> None:
    """Nor one that is encrypted as a whole, or a name that somebody else may bring."""
    assert found(tmp_path, passwords(settings)) == []
    assert found(tmp_path, "environment: [prod]\n" + passwords("{fax: {secure: v1:x}}")) == []


def test_a_password_of_the_map_counts_as_one_of_the_connections_own(tmp_path: Path) -> None:
    """What does not go together with one does not go together with the other."""
    given = "{desk: {secure: v1:x}}"
    path = "phones:connections.desk"

    (line,) = found(tmp_path, passwords(given, ", rotate_password_when: May"))
    assert line.startswith(f"{AT}4: error: {path}: rotate_password_when: rotates a generated password only")
    assert found(tmp_path, passwords(given, ", adopt: oldpbx01, user_name: oldpbx01")) == []
    for value in ("true", "false"):
        (line,) = found(tmp_path, passwords(given, f", unmanaged_password: {value}"))
        unused = f"the password in {AT}5 is not used beside it: remove one of the two"
        assert line == f"{AT}4: warning: {path}: unmanaged_password: {unused}"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ("protect: {secure: v1:x}", "protect: TEXT true or false"),
        ("unmanaged_password: {secure: v1:x}", "unmanaged_password: TEXT true or false"),
        ("active: {secure: v1:x}", "active: TEXT true or false"),
        ("webhook_timeout_secs: {secure: v1:x}", "webhook_timeout_secs: TEXT a whole number"),
        ("inbound: {channel_limit: {secure: v1:x}}", "inbound.channel_limit: TEXT a whole number"),
        ("inbound: {codecs: {secure: v1:x}}", "inbound.codecs: TEXT a list: encrypt single items"),
        ("inbound: {secure: v1:x}", "inbound: TEXT a map: encrypt single values in it"),
        ("extra: {secure: v1:x}", "extra: TEXT a map: encrypt single values in it"),
        ("account: {secure: v1:x}", "account: NAME"),
        ("adopt: {secure: v1:x}", "adopt: NAME"),
    ],
)
def test_what_can_only_be_used_in_plain_text_is_not_encrypted(
    tmp_path: Path, settings: str, reason: str
) -> None:
    """It would come as a text, or show in messages anyway."""
    (line,) = found(tmp_path, connections(f"a: {{{PROFILE}, {settings}}}"))

    for short, words in (
        ("TEXT", "what is encrypted is always text, and this must be"),
        ("NAME", "it is a name, which previews and messages show: write it in plain text"),
    ):
        reason = reason.replace(short, f"cannot be encrypted: {words}")
    assert line == f"{AT}4: error: phones:connections.a.{reason}"


def test_what_is_text_can_be_encrypted(tmp_path: Path) -> None:
    """Also one of a closed list, an item, an id of digits, and what is to change with each rotation."""
    secret = "{secure: v1:x}"
    text = (
        f"dtmf_type: {secret}, tags: [a, {secret}], rotate_password_when: {secret}, extra: {{x: {secret}}}, "
        f"outbound: {{outbound_voice_profile_id: {secret}, ani_override: {secret}}}"
    )

    assert found(tmp_path, connections(f"a: {{{text}}}")) == []


@pytest.mark.parametrize("older", ["connections", "phones:config:connections"])
def test_a_setting_under_two_spellings_of_its_name_is_found(tmp_path: Path, older: str) -> None:
    """Pulumi takes one of the two, and not always the same."""
    lines = found(
        tmp_path, config(f"phones:connections: {{a: {{{PROFILE}}}}}\n{older}: {{a: {{{PROFILE}}}}}")
    )

    rest = "stands here twice, as in line 3, and Pulumi takes any of the two: remove one of them"
    assert lines == [f"{AT}4: error: {older}: phones:connections {rest}"]


def test_a_setting_of_the_project_under_two_spellings_is_found(tmp_path: Path) -> None:
    """In `Pulumi.yaml` as well."""
    below = f"{PROJECT}config:\n  phones:defaults: {{value: {{}}}}\n  defaults: {{value: {{}}}}\n"

    rest = "stands here twice, as in line 5, and Pulumi takes any of the two: remove one of them"
    assert found(tmp_path, GOOD, project=below) == [f"Pulumi.yaml:6: error: defaults: phones:defaults {rest}"]


def test_a_setting_of_the_project_that_is_no_value_is_found(tmp_path: Path) -> None:
    """Pulumi refuses the file, in twenty lines without a number; nobody reads what stands there."""
    below = f"{PROJECT}config:\n  defaults:\n    tags: [z]\n  telnyx:accounts: {{value: {{}}, emea: {{}}}}\n"
    rest = "is read by nobody: in this file a map stands below default or value"

    assert found(tmp_path, GOOD, project=below) == [
        f"Pulumi.yaml:6: error: phones:defaults.tags {rest}",
        f"Pulumi.yaml:7: error: telnyx:accounts.emea {rest}",
    ]


def test_json_is_one_array_with_four_fields_each(tmp_path: Path) -> None:
    """Empty where nothing was found; `line` is null where only the file is known."""
    write(tmp_path, dev=connections("a: {sip_uri_calling_preference: 1, active: true}\nb: {}"))
    (tmp_path / "stacks" / "Pulumi.folder.yaml").mkdir()

    said = validate(tmp_path, "--format", "json")

    choices = "must be one of 'disabled', 'unrestricted', 'internal', not a number"
    file = "stacks/Pulumi.dev.yaml"
    assert said.code == 2
    assert json.loads("\n".join(said.lines)) == [
        {
            "file": file,
            "line": 4,
            "level": "error",
            "message": f"phones:connections.a.sip_uri_calling_preference: {choices}",
        },
        {
            "file": file,
            "line": 5,
            "level": "warning",
            "message": f"phones:connections.b: {WITHOUT_PROFILE}",
        },
        {
            "file": "stacks/Pulumi.folder.yaml",
            "line": None,
            "level": "error",
            "message": "cannot be read: Is a directory",
        },
    ]
    write(tmp_path, good=GOOD)
    assert validate(tmp_path, "good", "--format", "json").lines == ["[]"]


def test_github_gets_an_annotation_for_each_finding(tmp_path: Path) -> None:
    """As a whole line; what would end it, or its properties, is escaped."""
    write(tmp_path, **{"a,b": connections('"50%": {dtmf_type: 1}\nb: {}')})

    said = validate(tmp_path, "--format", "github")

    assert said.code == 2
    choices = "'RFC 2833', 'Inband', 'SIP INFO', not a number"
    place = "file=stacks/Pulumi.a%2Cb.yaml"
    assert said.lines == [
        f'::error {place},line=4::phones:connections["50%25"].dtmf_type: must be one of {choices}',
        f"::warning {place},line=5::phones:connections.b: {WITHOUT_PROFILE}",
    ]


def test_github_finds_files_of_a_project_below_its_repository(tmp_path: Path) -> None:
    """Annotations are for paths of the repository, wherever in it the project is."""
    project = tmp_path / "infra" / "phones"
    project.mkdir(parents=True)
    write(project, dev=connections("b: {}"))

    def place(repository: Path) -> str:
        (line,) = validate(project, "--format", "github", GITHUB_WORKSPACE=str(repository)).lines
        return line.split("::")[1]

    assert place(tmp_path) == "warning file=infra/phones/stacks/Pulumi.dev.yaml,line=4"
    assert place(project) == "warning file=stacks/Pulumi.dev.yaml,line=4"
    assert place(tmp_path / "elsewhere") == "warning file=stacks/Pulumi.dev.yaml,line=4"
