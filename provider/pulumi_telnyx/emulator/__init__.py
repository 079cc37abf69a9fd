"""Imitate Telnyx's Credential Connections API on this machine.

For tests, demonstrations and trying things out: no account, no network, no calls. It listens on 127.0.0.1
only and keeps what it was told, in memory or in a SQLite file. It follows its own reading of the vendor's
documents (reference.json), so that it does not share the client's mistakes.

Imitated:

- create, retrieve, update, delete, list and check_registration_status of credential connections, and the
  number of connections in /v2/connections/count
- every field with its type, range, default and place; all mistakes of a request are reported at once,
  each with a JSON pointer, in the API's error envelope
- user names unique over all accounts, whatever the letter case; other accounts' connections are 404
- passwords that read back as asterisks, as on accounts created since 2026-09-08 (switchable)
- nested objects merged or replaced by an update (switchable, since the documents do not say)
- paging, filters and sorting of lists; Bearer keys, keys without rights or revoked, rate limits, latency
- new connections that lists and retrieves show late, and lists that ignore the name they are asked for,
  both by option
- what the API changes silently: caller numbers that are none, a single codec given as text, both outbound
  ringback flags at once, ids of profiles and push credentials that do not exist

Faults, when asked for: errors, resets, timeouts, cut and slow answers, proxy pages and more, at requests that
are chosen by method, path, number or chance, before or after the API has acted. docs/emulator-faults.md is
their guide.

Not imitated:

- calls, registrations, webhooks, phone numbers, push credentials and voice profiles themselves; whether
  a profile exists is asked only if the options list the known ones
- other kinds of connections, which at Telnyx share user names and the account's limit with this one
- roles of keys, transport encryption

Guesses, where the documents are silent:

- types are taken strictly: no number as text, no 10.0 for 10; fields that are not known are ignored
- null is accepted for a field that answers may hold null for, and refused for all others
- a codec outside the documented names, a blank connection_name and a page size outside 1 to 250 are refused
- names are sorted by code point, equal rows by id; a page past the end is empty
- a user name that is taken gives 422 with code 10015 (other answers by option), attached phone numbers 400
  with 10021, the account's limit 403 with 10039, a malformed id 400 with 10006

A browser finds a page at / of the same address: connections with a search and their settings, deleting, the
request log, and switches for faults. It takes its forms from itself only. docs/emulator.md is its guide.

Beside the API there are control paths under /_emulator, which the real API does not have: health, reset,
settings, the request log, faults, and connections edited behind the client's back. PATCH of
/_emulator/connections/ID with {"registration": {"status": "Registered", "ip_address": …}} sets what
check_registration_status tells of a connection. They are closed to web pages in a browser on this machine;
other programs on it can use them without a key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .faults import Fault
from .options import DEFAULT_ACCOUNT, DEFAULT_API_KEY, Options

if TYPE_CHECKING:
    from .server import EmulatorServer

__all__ = ["DEFAULT_ACCOUNT", "DEFAULT_API_KEY", "EmulatorServer", "Fault", "Options"]


def __getattr__(name: str) -> Any:
    """Import the server when it is asked for: it needs the extra `emulator`, the help text does not."""
    if name == "EmulatorServer":
        from .server import EmulatorServer

        return EmulatorServer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
