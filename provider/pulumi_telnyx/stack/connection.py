"""One connection of a stack: what its settings may hold, and the arguments that they become."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from pulumi.output import UNKNOWN
from pydantic import BaseModel, ConfigDict, ValidationError

from ..api.connection_settings import ConnectionSettings
from ..connection.passwords import GENERATED, UNMANAGED
from ..connection.properties import DERIVED_NAMES
from ..connection.rules import doubtful, unfit_for_adoption, unfit_for_rotation, unfit_to_stay_unmanaged
from ..connection.validation import validated
from ..words import nearest
from .located import Finding, Located, Path, Secret, plain, secrets, spelled

_NAMED_BY_DEFAULT: Final = ("connection_name", "user_name", "password")


class ConnectionOptions(BaseModel):
    """What a stack file says of a connection beside the API's own fields."""

    model_config = ConfigDict(strict=True, extra="forbid")

    protect: bool = False
    """Whether Pulumi refuses to delete it."""
    account: str | None = None
    adopt: str | None = None
    rotate_password_when: str | int | float | None = None
    unmanaged_password: bool = False


_OPTIONS: Final = frozenset(ConnectionOptions.model_fields)
_KNOWN: Final = (*ConnectionSettings.model_fields, "extra", *ConnectionOptions.model_fields)
_EXPECTED: Final = {
    "protect": "true or false",
    "account": "the name of an account below telnyx:accounts",
    "adopt": "the id (in quotes) or the user name of an existing connection",
    "rotate_password_when": "a text or a number",
    "unmanaged_password": "true or false",
}
PLAIN_OPTIONS: Final = frozenset({"protect", "unmanaged_password", "account", "adopt"})
"""Options that say how the program works, so that it has to know them."""
_NO_TEXT: Final = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "list_type": "a list: encrypt single items",
    "model_type": "a map: encrypt single values in it",
}
"""What a field must be, by the error for a text in its place."""
_TEXT: Final = "what is encrypted is always text, and this must be"
_NAME: Final = "it is a name, which previews and messages show: write it in plain text"
_IN_VAIN: Final[Mapping[Path, str]] = {
    ("protect",): f"{_TEXT} {_EXPECTED['protect']}",
    ("unmanaged_password",): f"{_TEXT} {_EXPECTED['unmanaged_password']}",
    ("account",): _NAME,
    ("adopt",): _NAME,
    ("extra",): f"{_TEXT} {_NO_TEXT['model_type']}",
}


def findings_of(path: Path, connection: Located) -> Iterator[Finding]:
    """Yield everything that is wrong with a connection, and every choice that is probably not meant.

    Args:
        path: where the connection stands, for the messages.
        connection: its effective settings.
    """
    settings = connection.entries()
    given = {name: plain(each, lambda _: UNKNOWN) for name, each in settings.items()}
    # In plain text it is refused wherever it stands: its other rules are not news then.
    if given.get("password", "") != "":
        given["password"] = UNKNOWN
    yield from _encrypted_in_vain(path, connection)
    options = {name: given.pop(name) for name in _OPTIONS & given.keys()}
    yield from _wrong_options(path, connection, options)
    # A misspelt `protect` is no field of the API: the hint knows the options too.
    unknown = [name for name in given if name not in _KNOWN and nearest(name, _KNOWN)]
    for name in unknown:
        del given[name]
        message = f"{spelled((*path, name))}: is not a setting of a connection{nearest(name, _KNOWN)}"
        yield Finding(settings[name].origin, message)
    yield from _unfit(path, connection, options, given)
    for name in _NAMED_BY_DEFAULT:
        given.setdefault(name, UNKNOWN)
    normalised, problems = validated(given)
    for problem in problems:
        field, _, reason = problem.partition(": ")
        steps = _steps(field)
        yield Finding(connection.at(steps).origin, f"{spelled((*path, *steps))}: {reason}")
    if not problems:
        for sentence in doubtful(normalised, {}):
            yield Finding(_spoken_of(connection, sentence), f"{spelled(path)}: {sentence}", "warning")


def in_plain_text(path: Path, value: Located, command: Callable[[Path], str]) -> Iterator[Finding]:
    """Yield that a value is not encrypted, and the command that does it; nothing where there is no value."""
    if value.value is not None and not isinstance(value.value, Secret):
        yield Finding(
            value.origin,
            f"{spelled(path)}: stands here in plain text: remove it, then run `{command(path)}`",
        )


def _encrypted_in_vain(path: Path, connection: Located) -> Iterator[Finding]:
    """Yield what cannot be encrypted: it could not be used."""
    # Of settings that were encrypted together, each is what it was.
    encrypted = {
        steps: origin
        for steps, origin, secret in secrets(connection)
        if isinstance(secret.value, str | None) and steps != ("password",)
    }
    if not encrypted:
        return
    reasons = dict(_IN_VAIN)
    try:
        ConnectionSettings.model_validate(plain(connection, lambda _: ""))
    except ValidationError as error:
        for each in error.errors(include_url=False, include_input=False):
            if each["type"] in _NO_TEXT:
                reasons[each["loc"]] = f"{_TEXT} {_NO_TEXT[each['type']]}"
    for steps, origin in encrypted.items():
        if steps in reasons:
            yield Finding(origin, f"{spelled((*path, *steps))}: cannot be encrypted: {reasons[steps]}")


def _wrong_options(path: Path, connection: Located, options: Mapping[str, Any]) -> Iterator[Finding]:
    try:
        # What is encrypted is not checked.
        ConnectionOptions.model_validate(
            {name: value for name, value in options.items() if value is not UNKNOWN}
        )
    except ValidationError as error:
        for name in dict.fromkeys(str(each["loc"][0]) for each in error.errors(include_input=False)):
            message = f"{spelled((*path, name))}: must be {_EXPECTED[name]}"
            yield Finding(connection.at((name,)).origin, message)


def _unfit(
    path: Path, connection: Located, options: Mapping[str, Any], given: Mapping[str, Any]
) -> Iterator[Finding]:
    """Yield what is wrong with options that do not fit to what else is given."""
    unmanaged = options.get(UNMANAGED) is True
    password = given.get("password", None if unmanaged else GENERATED)
    if unmanaged:
        # Whether the connection exists is not known here.
        for sentence in unfit_to_stay_unmanaged({**options, **given}, exists=True):
            yield Finding(connection.at((UNMANAGED,)).origin, f"{spelled(path)}: {sentence}")
    else:
        for sentence in unfit_for_rotation(options.get("rotate_password_when"), password):
            origin = connection.at(("rotate_password_when",)).origin
            yield Finding(origin, f"{spelled(path)}: {sentence}")
    if isinstance(options.get("adopt"), str):
        derived = [name for name in _NAMED_BY_DEFAULT if name not in given]
        adoption = {"adopt": options["adopt"], "password": password, DERIVED_NAMES: derived}
        for sentence in unfit_for_adoption(adoption):
            # A warning: of a connection that was taken over long ago, it is no longer true.
            yield Finding(connection.at(("adopt",)).origin, f"{spelled(path)}: {sentence}", "warning")


def _steps(dotted: str) -> Path:
    # Python takes other digits for digits as well, and not all of them for numbers.
    return tuple(int(step) if step.isascii() and step.isdigit() else step for step in dotted.split("."))


def _spoken_of(connection: Located, sentence: str) -> Any:
    """Return where the first field stands that a sentence names, or the connection itself."""
    for word in sentence.replace(":", " ").split():
        found = connection.at(_steps(word))
        if found is not connection:
            return found.origin
    return connection.origin
