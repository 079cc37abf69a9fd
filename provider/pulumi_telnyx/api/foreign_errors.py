"""The border for foreign errors: what those of requests, urllib3 and the system say about a request."""

from __future__ import annotations

import ssl

import requests
import urllib3.exceptions

from .errors import TransportError


def translated(action: str, host: str, error: Exception) -> TransportError:
    """Return our error for a foreign one, without its text: that may hold the key or a body.

    Args:
        action: what was tried, for the message.
        host: who was asked, for the message.
        error: of requests, urllib3 or the system.
    """
    sent, transient = False, True
    # A plain OSError is how requests says that a CA bundle is no file. Any other TLS error, such as a broken
    # record, may have come after the request.
    if _untrusted(error) or type(error) is OSError:
        transient = False
        what = "no trusted TLS connection; check the host, or name your CA bundle in REQUESTS_CA_BUNDLE"
    elif isinstance(error, requests.exceptions.ProxyError):
        what = "the proxy refused the connection; check HTTPS_PROXY and NO_PROXY"
    elif isinstance(error, requests.exceptions.ConnectTimeout) or _never_connected(error):
        what = "no connection; check that this host can be reached from here, then run again"
    elif _timed_out(error):
        sent = True
        what = "no answer in time; check the network, then run again"
    else:
        sent = True
        what = "the connection broke before the answer was complete; check the network, then run again"
    return TransportError(f"{action}: {host}: {what}", sent=sent, transient=transient)


def _untrusted(error: Exception) -> bool:
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    inner = reason.args[0] if isinstance(reason, Exception) and reason.args else None
    return isinstance(error, requests.exceptions.SSLError) and any(
        isinstance(each, ssl.SSLCertVerificationError) for each in (cause, reason, inner)
    )


def _never_connected(error: Exception) -> bool:
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", cause), urllib3.exceptions.NewConnectionError)


def _timed_out(error: Exception) -> bool:
    # While the answer is read, requests passes urllib3's error on, inside one of its own or as it is.
    cause = error.args[0] if error.args else None
    kinds = (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
    return isinstance(error, kinds) or isinstance(cause, kinds)
