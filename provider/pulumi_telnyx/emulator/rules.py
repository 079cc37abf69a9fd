"""What a connection looks like after a request: checks, defaults, and what the API changes silently."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .checks import find_problem
from .errors import ApiError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .options import Options
    from .reference import Field, Place, Reference

Settings = dict[str, Any]

MASK = "*" * 8

_NUMBER = re.compile(r"\+?[0-9]+")


class Rules:
    """The API's rules over whole bodies.

    Both methods report everything that is wrong at once; fields that the API does not know, retired ones
    included, are dropped without a word.
    """

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def created(self, body: Mapping[str, Any], options: Options) -> Settings:
        """Return the settings of a new connection.

        Raises:
            ApiError: 422 with a problem for each field at fault.
        """
        problems: list[Problem] = []
        sent = self._read(body, "create", problems)
        problems += [
            Problem("10015", f"{name} is required", pointer=field.pointer)
            for name, field in self._reference.top.items()
            if field.required_on_create and name not in body
        ]
        return self._settled(self._reference.defaults(), sent, "create", options, problems)

    def updated(self, stored: Settings, body: Mapping[str, Any], options: Options) -> Settings:
        """Return the settings of a stored connection after a change; the stored ones stay as they are.

        Raises:
            ApiError: 422 with a problem for each field at fault.
        """
        problems: list[Problem] = []
        sent = self._read(body, "update", problems)
        return self._settled(stored, sent, "update", options, problems)

    def _read(self, body: Mapping[str, Any], place: Place, problems: list[Problem]) -> Settings:
        """Return the fields that count, and add what is wrong with them to the problems."""

        def read(values: Mapping[str, Any], fields: Mapping[str, Field]) -> Settings:
            taken: Settings = {}
            for name, value in values.items():
                field = fields.get(name)
                if field is None or place not in field.places:
                    continue
                # Seen in a real answer: a bare text where a list of codecs is meant leaves no codec at all.
                found: Any = [] if field.path == "inbound.codecs" and isinstance(value, str) else value
                problem = find_problem(field, found, place)
                if problem is not None:
                    problems.append(problem)
                elif field.type == "object":
                    taken[name] = read(found, self._reference.fields[name])
                else:
                    taken[name] = found
            return taken

        return read(body, self._reference.top)

    def _settled(
        self, base: Settings, sent: Settings, place: Place, options: Options, problems: list[Problem]
    ) -> Settings:
        settings = self._merged(base, sent, place, options)
        problems += _conflicts(settings, sent, place, options)
        if problems:
            raise ApiError(422, problems)
        _adjust(settings, sent, options)
        return settings

    def _merged(self, base: Settings, sent: Settings, place: Place, options: Options) -> Settings:
        defaults = self._reference.defaults()
        merged = dict(base)
        for name, value in sent.items():
            if not isinstance(value, dict):
                merged[name] = value
                continue
            fresh = place == "create" or options.nested_patch == "replace"
            if fresh:
                merged[name] = {**defaults[name], **self._dependent_defaults(name, value), **value}
            else:
                # A connection edited outside may lack the object, or fields of it.
                merged[name] = {**defaults[name], **(merged.get(name) or {}), **value}
        return merged

    def _dependent_defaults(self, name: str, sent: Settings) -> Settings:
        """The defaults of a nested object that follow from a value sent beside them."""
        found: Settings = {}
        for child, field in self._reference.fields[name].items():
            if field.default_by is not None:
                path, values = field.default_by
                decider = path.rpartition(".")[2]
                if decider in sent:
                    found[child] = values[sent[decider]]
        return found


def _conflicts(settings: Settings, sent: Settings, place: Place, options: Options) -> list[Problem]:
    """What is wrong between fields that are each right by themselves."""
    problems = []
    parked = sent.get("outbound", {}).get("call_parking_enabled") is True
    if place == "create" and sent.get("webhook_api_version") == "texml" and not parked:
        detail = "webhook_api_version texml needs outbound.call_parking_enabled in the same request"
        problems.append(Problem("10015", detail, pointer="/webhook_api_version"))
    smallest, largest = "jitterbuffer_msec_min", "jitterbuffer_msec_max"
    for name in (smallest, largest):
        if name in sent.get("jitter_buffer", {}):
            merged = settings["jitter_buffer"]
            # Numbers as text: an edit outside may have planted them, as old answers of the API had them.
            if int(merged[smallest]) > int(merged[largest]):
                detail = f"{smallest} must not be above {largest}"
                problems.append(Problem("10015", detail, pointer=f"/jitter_buffer/{name}"))
            break
    if options.refuse_masked_password and sent.get("password") == MASK:
        problems.append(Problem("10015", "password must not be a masked value", pointer="/password"))
    return problems


def _adjust(settings: Settings, sent: Settings, options: Options) -> None:
    """Change what the API has been seen to change without an error."""
    sent_outbound = sent.get("outbound", {})
    if sent_outbound:
        outbound = settings["outbound"]
        if not _NUMBER.fullmatch(sent_outbound.get("ani_override", "0")):
            outbound["ani_override"] = ""
        if outbound["generate_ringback_tone"] and outbound["instant_ringback_enabled"]:
            outbound["instant_ringback_enabled"] = False
        if not _exists(sent_outbound.get("outbound_voice_profile_id"), options.known_voice_profiles):
            outbound["outbound_voice_profile_id"] = None
    for name in ("android_push_credential_id", "ios_push_credential_id"):
        if not _exists(sent.get(name), options.known_push_credentials):
            settings[name] = None


def _exists(sent_id: str | None, known: frozenset[str] | None) -> bool:
    """Whether an id may stay: it was not sent, or is known, or all are."""
    return sent_id is None or known is None or sent_id in known
