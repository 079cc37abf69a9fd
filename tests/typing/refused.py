"""Programs that a type checker must refuse: a line ending in `# refused: CODE` has exactly that error."""

from pulumi_telnyx import (
    CredentialConnection,
    CredentialConnectionSet,
    get_credential_connection,
    list_credential_connections,
    list_credential_connections_output,
)

CredentialConnection("a", pasword="correct-horse")  # refused: call-arg
CredentialConnection("b", dtmf_type="RFC2833")  # refused: arg-type
CredentialConnection("c", active="yes")  # refused: arg-type
CredentialConnection("d", webhook_timeout_secs="10")  # refused: arg-type
CredentialConnection("e", inbound={"codex": ["G722"]})  # refused: arg-type
CredentialConnection("f", inbound={"codecs": ["G.722"]})  # refused: arg-type
CredentialConnection("g", outbound={"t38_reinvite_source": "me"})  # refused: arg-type
CredentialConnection("h", inbound=["G722"])  # refused: arg-type
CredentialConnection(password="correct-horse")  # refused: call-arg
get_credential_connection("oldpbx01")  # refused: call-arg
get_credential_connection(id=CredentialConnection("i").id)  # refused: arg-type
password = get_credential_connection(id="1").password  # refused: attr-defined
codecs = get_credential_connection(id="1").inbound.codex  # refused: attr-defined
get_credential_connection(id="1").active = True  # refused: misc
list_credential_connections(user="oldpbx01")  # refused: call-arg
list_credential_connections_output(active="yes")  # refused: arg-type
CredentialConnectionSet("j", members={"desk": {"dtmf_type": "RFC2833"}})  # refused: dict-item
CredentialConnectionSet("k", members={"desk": {"inbound": {"codecs": ["G.722"]}}})  # refused: dict-item
CredentialConnectionSet("l", members={"desk": {"pasword": "correct-horse"}})  # refused: dict-item
CredentialConnectionSet("m", members={}, defaults={"encrypted_media": "srtp"})  # refused: arg-type
CredentialConnectionSet("n", members={}, defaults={"inbound": {"codecs": ["G.722"]}})  # refused: arg-type
CredentialConnectionSet("o", members={}, defaults={"user_name": "frontdeskprod"})  # refused: arg-type
