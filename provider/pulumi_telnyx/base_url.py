"""Which base URLs a key may be sent to."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from urllib.parse import unquote, urlsplit

from .api.errors import SettingsError

DEFAULT_BASE_URL = "https://api.telnyx.com/v2"

# Strict, and ASCII only: where two readers could take different hosts from one URL, there is no key to send.
_LABEL = r"(?!-)[\w-]{1,63}(?<!-)"
_URL_FORM = re.compile(
    rf"(?P<scheme>https?)://(?:\[(?P<ipv6>[0-9a-f]*:[0-9a-f:.]*)\]|(?P<name>{_LABEL}(?:\.{_LABEL})*))"
    r"(?::(?P<port>\d{1,5}))?(?:/[\w.~!$&'()*+,;=:%/-]*)?",
    re.ASCII | re.IGNORECASE,
)
# `2130706433`, `0x7f.1` and `127.1` are spellings of addresses too, for some readers.
_NUMBER_LAST = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)", re.IGNORECASE)
_LAST_PORT = 65_535
_LONGEST_NAME = 253


def checked_url(value: object, source: str) -> str:
    """Return the base URL without a slash at its end.

    Args:
        value: what the setting holds.
        source: the setting's name, for the error.

    Raises:
        SettingsError: it is no URL that a key may be sent to.
    """
    # Never echoed: it may hold a password, or somebody has put the key there.
    text = str(value).strip()
    if "@" in unicodedata.normalize("NFKC", unquote(text)):
        raise SettingsError(f"{source} holds a user name or password: give the URL without it")
    if "?" in text or "#" in text:
        raise SettingsError(f"{source} must end with the path, without ? or #")
    form = _URL_FORM.fullmatch(text)
    host = form and (form["ipv6"] or form["name"])
    if not form or not host or not _is_host(host) or not 0 < int(form["port"] or 1) <= _LAST_PORT:
        raise SettingsError(f"{source} is not an http(s) URL of a host: expected like {DEFAULT_BASE_URL}")
    if form["scheme"].lower() == "http" and not _is_loopback(host):
        raise SettingsError(f"{source} would send the key unencrypted to {host}: use https")
    return text.rstrip("/")


def is_telnyx(base_url: str) -> bool:
    """Return whether a checked base URL is of Telnyx's own host."""
    parts, default = urlsplit(base_url), urlsplit(DEFAULT_BASE_URL)
    return (parts.scheme, parts.netloc) == (default.scheme, default.netloc)


def _is_host(host: str) -> bool:
    """Return whether a host of the right form is a name, or an address in its one usual spelling."""
    if ":" not in host and not _NUMBER_LAST.fullmatch(host):
        return len(host) <= _LONGEST_NAME
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
