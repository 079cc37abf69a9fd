"""Where the key, the base URL and the rest of the settings come from, and which combinations are refused."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr

from .api.connections import CredentialConnections
from .api.errors import SettingsError, printable
from .api.transport import Transport

DEFAULT_BASE_URL = "https://api.telnyx.com/v2"
KEY_VARIABLE = "TELNYX_API_KEY"
URL_VARIABLE = "TELNYX_BASE_URL"
KEY_OPTION = "telnyx:apiKey"
URL_OPTION = "telnyx:baseUrl"

_KEY_FORM = re.compile(r"[\x21-\x7e]+")


class Settings(BaseModel):
    """All settings of one process, checked; made only by `load_settings`."""

    model_config = ConfigDict(frozen=True)

    api_key: SecretStr
    base_url: str


def load_settings(environ: Mapping[str, str], config: Callable[[str], object] | None = None) -> Settings:
    """Return the settings of this process.

    The key: environment before stack config, so that a pipeline can hand in its own. The base URL: the same
    order, but a stack file may redirect only the key that it brings itself; otherwise whoever edits the file
    could have the operator's key sent to a host of their choice.

    Args:
        environ: the process environment.
        config: looks up a stack config value by its full name, plain text or None; left out where there is
            no stack.

    Raises:
        SettingsError: a setting is missing or unusable; the text says which and how to set it.
    """
    of_stack = config or (lambda _: None)
    how_to_set = f"set {KEY_VARIABLE}" + (
        f", or run `pulumi config set --secret {KEY_OPTION}` (refresh and destroy use it after the next `up`)"
        if config
        else ""
    )
    key, key_source = _first(
        (environ.get(KEY_VARIABLE), KEY_VARIABLE),
        (of_stack(KEY_OPTION), KEY_OPTION),
    )
    if key is None:
        raise SettingsError(f"no Telnyx API key: {how_to_set}")
    api_key = _checked_key(key, key_source, how_to_set)

    url, url_source = _first(
        (environ.get(URL_VARIABLE), URL_VARIABLE),
        (of_stack(URL_OPTION), URL_OPTION),
        (DEFAULT_BASE_URL, "the default"),
    )
    base_url = _checked_url(url, url_source)
    if url_source == URL_OPTION and key_source == KEY_VARIABLE and not _is_telnyx(base_url):
        raise SettingsError(
            f"{URL_OPTION} would send the key from {KEY_VARIABLE} to {urlsplit(base_url).netloc}: "
            f"set {URL_VARIABLE} beside {KEY_VARIABLE}, or put the key into the stack too ({KEY_OPTION})"
        )
    return Settings(api_key=SecretStr(api_key), base_url=base_url)


def connect(
    environ: Mapping[str, str], config: Callable[[str], object] | None = None
) -> CredentialConnections:
    """Return the API that the settings name; arguments and errors are those of `load_settings`."""
    settings = load_settings(environ, config)
    return CredentialConnections(Transport(settings.base_url, settings.api_key.get_secret_value()))


def _first(*candidates: tuple[object, str]) -> tuple[object, str]:
    """Return the first value that was set at all; an empty one counts, so that it can be refused by name."""
    return next((each for each in candidates if each[0] is not None), (None, ""))


def _checked_key(value: object, source: str, how_to_set: str) -> str:
    # Surrounding white space is what a CI secret picks up on its way; inside a key it is a mistake.
    key = str(value).strip()
    if not key:
        raise SettingsError(f"{source} is empty: {how_to_set}")
    if not _KEY_FORM.fullmatch(key):
        raise SettingsError(
            f"{source} has a space, a line break or another character that no API key has: copy the key again"
        )
    return key


def _checked_url(value: object, source: str) -> str:
    text = str(value).strip()
    # Never echoed before this point is passed: the user part may be a password.
    if "@" in text:
        raise SettingsError(f"{source} holds a user name or password: give the URL without it")
    shown = printable(text)
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise SettingsError(f"{source} is not a URL: {shown}; expected like {DEFAULT_BASE_URL}") from None
    if parts.scheme not in {"http", "https"} or not host or re.search(r"[\s\\\x00-\x1f\x7f]", text):
        raise SettingsError(
            f"{source} is not an http(s) URL: {shown or 'empty'}; expected like {DEFAULT_BASE_URL}"
        )
    if parts.query or parts.fragment:
        raise SettingsError(f"{source} must end with the path, without ? or #: {shown}")
    if parts.scheme == "http" and not _is_loopback(host):
        raise SettingsError(f"{source} would send the key unencrypted to {printable(host)}: use https")
    return text.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_telnyx(base_url: str) -> bool:
    parts, default = urlsplit(base_url), urlsplit(DEFAULT_BASE_URL)
    return (parts.scheme, parts.netloc) == (default.scheme, default.netloc)
