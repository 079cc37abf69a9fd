"""Why one way to a Pulumi CLI is closed, and why all are."""


class UnavailableError(Exception):
    """One way to a Pulumi CLI is closed; the message says why, in one line."""


class NoEngineError(Exception):
    """There is no Pulumi CLI; the message is the whole text for the user."""
