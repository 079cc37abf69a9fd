"""What an editor shows for an argument, without a look into the documentation."""

from __future__ import annotations

import ast
import inspect
import textwrap
from pathlib import Path

from pydantic import BaseModel

from pulumi_telnyx import CredentialConnection, CredentialConnectionSet
from pulumi_telnyx.api.connection_settings import ConnectionSettings
from pulumi_telnyx.api.schema import nested_model
from pulumi_telnyx.connection import arguments

from .language_server import language_server

_TYPED: dict[str, type] = {
    "inbound": arguments.InboundArgs,
    "outbound": arguments.OutboundArgs,
    "rtcp_settings": arguments.RtcpSettingsArgs,
    "jitter_buffer": arguments.JitterBufferArgs,
    "noise_suppression_details": arguments.NoiseSuppressionDetailsArgs,
    "members": arguments.MemberArgs,
    "defaults": arguments.MemberDefaults,
}
_NESTED = [name for name in _TYPED if name in ConnectionSettings.model_fields]
_CALLS = {
    **{name: f"CredentialConnection('a', {name}={{…}})" for name in _NESTED},
    "members": "CredentialConnectionSet('a', members={'desk': {…}})",
    "defaults": "CredentialConnectionSet('a', members={}, defaults={…})",
}


def test_each_argument_has_a_text_of_its_own_in_the_editor(tmp_path: Path) -> None:
    """Of the constructor, of each nested object, and of the output: not only its type."""
    lines = ["from pulumi_telnyx import CredentialConnection, CredentialConnectionSet"]
    places: dict[str, tuple[int, int]] = {}
    # A call for each: the editor must know which object a key belongs to.
    for kind in (CredentialConnection, CredentialConnectionSet):
        for name in list(inspect.signature(kind.__init__).parameters)[1:]:
            places[f"{kind.__name__}.{name}"] = (len(lines), len(f"{kind.__name__}("))
            lines.append(f"{kind.__name__}({name}=None)")
    for name, call in _CALLS.items():
        for field in _texts_below(_TYPED[name]):
            before, after = call.split("…")
            places[f"{name}.{field}"] = (len(lines), len(before) + 1)
            lines.append(f"{before}'{field}': None{after}")

    with language_server(tmp_path) as editor:
        editor.open("\n".join(lines) + "\n")
        # The first line is the type.
        texts = {name: editor.hover(*place).partition("\n")[2].strip() for name, place in places.items()}

    assert [name for name, text in texts.items() if not text] == []
    for outer in {name.partition(".")[0] for name in texts}:
        of_one = [text for name, text in texts.items() if name.startswith(f"{outer}.")]
        assert len({*of_one}) == len(of_one)


def test_a_nested_argument_reads_as_in_the_documentation() -> None:
    """One fact, one text: the tables are made of the models, and so is what the editor shows."""
    for name in _NESTED:
        model = nested_model(ConnectionSettings, name)
        assert model
        assert _texts_below(_TYPED[name]) == _descriptions(model)
    assert _texts_below(arguments.MemberArgs).items() >= _descriptions(ConnectionSettings).items()


def test_what_members_have_in_common_is_said_of_each_in_the_same_words() -> None:
    """They are written twice, for the editor: every key of `defaults` is one of a member, with its type."""
    members, defaults = arguments.MemberArgs, arguments.MemberDefaults
    of_one_member = {"connection_name", "user_name", "password", "adopt"}

    assert members.__annotations__.items() >= defaults.__annotations__.items()
    assert members.__annotations__.keys() - defaults.__annotations__.keys() == of_one_member
    assert _texts_below(members).items() >= _texts_below(defaults).items()


def test_an_output_reads_as_in_the_documentation() -> None:
    """All but the password: its output has more to tell."""
    texts = _texts_below(CredentialConnection)

    wanted = _descriptions(ConnectionSettings)
    del wanted["password"]
    assert {name: texts[name] for name in wanted} == wanted
    assert all(texts.values())


def _descriptions(model: type[BaseModel]) -> dict[str, str]:
    return {name: field.description or "" for name, field in model.model_fields.items()}


def _texts_below(kind: type) -> dict[str, str]:
    """Return the text below each attribute of a class, where editors look for it."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(tree, ast.ClassDef)
    found = {}
    for statement, following in zip(tree.body, tree.body[1:], strict=False):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            is_text = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
            text = ast.literal_eval(following.value) if is_text else ""  # type: ignore[attr-defined] # is_text
            found[statement.target.id] = " ".join(text.split())
    return found
