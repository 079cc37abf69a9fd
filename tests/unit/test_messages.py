"""What users read is collected in messages.txt, to be read as they would, and has one word for each thing.

A message says what happened, to which resource, field or file, why, and what to do next. A new one shows as a
difference, and `make messages` writes the file.

| what is meant | in a message | never |
| --- | --- | --- |
| a Telnyx Credential Connection | credential connection, then connection | trunk, SIP connection |
| what logs in on it | phone | device, endpoint, handset |
| whose number of letters it logs in with | user name, `user_name` | username, login name |
| what the provider logs in with | API key, key | token, credentials |
| to end a connection at Telnyx | delete | erase, destroy it, remove at Telnyx |
| to end a line, argument or resource in a file, program or state | remove | take out, drop, strip |
| to make a connection a second time | make anew | recreate, create anew |
| to bring a connection under a resource | take over, `adopt` | assume, absorb |
| not given | left out | omitted, unspecified |
| a command that has to follow | run again, `pulumi up` in backquotes | try again, rerun, re-run, pulumi up |
| values | text, whole number, folder | string, integer, directory |
| what is not allowed | must, cannot | invalid, illegal, unable, can't, failed to |
| where a command reads and prints | standard input, output and error | stdin, stdout, stderr |
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from tests.golden import assert_golden

from .messages import as_text, messages

COLLECTED: Final = Path(__file__).with_name("messages.txt")
NEVER: Final = {
    r"\btrunks?\b|\bSIP connections?\b": "connection",
    r"\bdevices?\b|\bendpoints?\b|\bhandsets?\b": "phone",
    r"(?<!sip_)\busernames?\b|\blogin names?\b": "user name",
    r"\btokens?\b|(?<!\bpush )\bcredentials\b": "key",
    r"\berased?\b|\bremoved? (it )?at Telnyx": "delete",
    r"\b(take|taken|takes) (?!over)([^,;:.]{1,50} )?out\b|\bdropped\b|\bstripped\b": "remove",
    r"\bre-?creat|\bcreated? (it )?anew": "make anew",
    r"\bomit|\bunspecified\b": "left out",
    r"\btry (it )?again\b|\bre-?run\b|\brun (it|this) again\b": "run again",
    r"(?<!^)(?<![`\w/.-])(?-i:pulumi) (up|preview|refresh|destroy|config|state|import|stack)\b": "`pulumi …`",
    r"\bstrings?\b|\bintegers?\b|\bdirector(y|ies)\b": "text, whole number, folder",
    r"\binvalid\b|\billegal\b|\bunable\b|\b(ca|wo|do|does|is|was)n't\b|\bfailed to\b": "must, cannot",
    r"\bstd(in|out|err)\b|\berror output\b": "standard input, output, error",
    r"\bplease\b|\bsorry\b|\boops\b|!(?=$|\s)": "neither please nor shouting",
}


@pytest.fixture(scope="module")
def found() -> dict[str, list[str]]:
    return messages()


def test_every_message_is_one_that_somebody_has_read(found: dict[str, list[str]]) -> None:
    """A new or changed message shows in messages.txt, where a review sees it; the docstring above has how."""
    assert_golden(COLLECTED, as_text(found))


@pytest.mark.parametrize(("never", "instead"), NEVER.items(), ids=NEVER.values())
def test_one_thing_has_one_word(found: dict[str, list[str]], never: str, instead: str) -> None:
    """Whoever reads of a device here and of a phone there asks what the difference is."""
    others = [text for texts in found.values() for text in texts if re.search(never, text, re.IGNORECASE)]

    assert others == [], f"say: {instead}"
