"""What the HTTP client's own errors become: what they say, and whether the request may be sent again."""

from __future__ import annotations

import ssl
from typing import Any

import pytest
import requests.exceptions as of_requests
import urllib3.exceptions as of_urllib3

from pulumi_telnyx.api.errors import TransportError
from pulumi_telnyx.api.transport import Transport

UNTRUSTED = "no trusted TLS connection; check the host, or name your CA bundle in REQUESTS_CA_BUNDLE"
PROXY = "the proxy refused the connection; check HTTPS_PROXY and NO_PROXY"
UNREACHED = "no connection; check that this host can be reached from here, then run again"
LATE = "no answer in time; check the network, then run again"
BROKEN = "the connection broke before the answer was complete; check the network, then run again"

POOL: Any = None
CERTIFICATE = ssl.SSLCertVerificationError("certificate verify failed: KEY-quoted-not-a-secret")
REFUSED = of_urllib3.NewConnectionError(POOL, "refused")


def given_up(reason: Exception) -> of_urllib3.MaxRetryError:
    """Return what urllib3 wraps the error of its only try in."""
    return of_urllib3.MaxRetryError(POOL, "/", reason)


@pytest.mark.parametrize(
    ("error", "text", "sent", "transient"),
    [
        (of_requests.SSLError(given_up(of_urllib3.SSLError(CERTIFICATE))), UNTRUSTED, False, False),
        (of_requests.SSLError(given_up(CERTIFICATE)), UNTRUSTED, False, False),
        (of_requests.SSLError(of_urllib3.SSLError(CERTIFICATE)), UNTRUSTED, False, False),
        (of_requests.SSLError(CERTIFICATE), UNTRUSTED, False, False),
        (OSError("no such CA bundle"), UNTRUSTED, False, False),
        (of_requests.SSLError(given_up(of_urllib3.SSLError(ssl.SSLError("EOF")))), BROKEN, True, True),
        (of_requests.SSLError(), BROKEN, True, True),
        (of_requests.ConnectionError(CERTIFICATE), BROKEN, True, True),
        (of_requests.ProxyError("tunnel"), PROXY, False, True),
        (of_requests.ConnectTimeout("slow"), UNREACHED, False, True),
        (of_requests.ConnectionError(given_up(REFUSED)), UNREACHED, False, True),
        (of_requests.ConnectionError(REFUSED), UNREACHED, False, True),
        (of_requests.ReadTimeout("slow"), LATE, True, True),
        (of_requests.ConnectionError(of_urllib3.ReadTimeoutError(POOL, "/", "slow")), LATE, True, True),
        (of_urllib3.ReadTimeoutError(POOL, "/", "slow"), LATE, True, True),
        (TimeoutError(), LATE, True, True),
        (of_requests.ConnectionError(), BROKEN, True, True),
        (of_urllib3.ProtocolError("cut off"), BROKEN, True, True),
    ],
)
def test_a_foreign_error_says_what_to_check_and_whether_anything_was_sent(
    transport: Transport,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    text: str,
    sent: bool,
    transient: bool,
) -> None:
    """A request that may have arrived must not be sent twice, and a certificate does not mend by waiting."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(transport._session(), "request", fail)

    with pytest.raises(TransportError) as caught:
        transport.call("create", "POST", "/things", body={})

    assert str(caught.value) == f"create: {transport._host}: {text}"
    assert (caught.value.sent, caught.value.transient) == (sent, transient)
