"""What somebody who runs `pulumi` can do about an error of the API."""

from __future__ import annotations

from .api.errors import ApiError, AuthError, InvalidInputError, NotFoundError, RateLimitError, TelnyxError
from .named_accounts import KEY_SETTING, key_variable, option


def remedy_of(error: ApiError, account: str | None = None) -> str:
    """Return the remedy, where the engine and the stack matter for it; else the error's own.

    Args:
        error: what the API answered.
        account: the name of the account that was asked; None for the stack's own.
    """
    if _is_about_key(error):
        return (
            f"check the API key{_places_of_key(account)} and what it may do; refresh and destroy use the key "
            "that the last `up` found in the stack's config"
        )
    if isinstance(error, NotFoundError) and not error.action.startswith("read "):
        return "it was deleted outside this stack: run `pulumi refresh`, then `pulumi up`"
    if isinstance(error, RateLimitError):
        return f"{error.remedy}, or with fewer calls at a time (-p)"
    if error.is_account_limit:
        return (
            "the account has reached a limit: delete what it does not need, or ask Telnyx to raise the limit"
        )
    if error.is_in_use:
        return "move its phone numbers to another connection first"
    if error.user_name_taken:
        return "user names are unique over all Telnyx customers: choose another user_name"
    if type(error) is InvalidInputError and not any(problem.field for problem in error.problems):
        return "no argument is named: see which one can be meant, change it and run again"
    return error.remedy


def naming_account(error: TelnyxError, account: str | None) -> TelnyxError:
    """Return the error to put into another one: the remedy for a named account's key says which account."""
    if account is None or not isinstance(error, ApiError) or not _is_about_key(error):
        return error
    return error.advising(remedy_of(error, account))


def _is_about_key(error: ApiError) -> bool:
    return isinstance(error, AuthError) and not error.is_account_limit


def _places_of_key(account: str | None) -> str:
    if account is None:
        return " (TELNYX_API_KEY, or `pulumi config set --secret telnyx:apiKey`)"
    path = option(account, KEY_SETTING)
    return (
        f" of account '{account}' ({key_variable(account)}, or `pulumi config set --secret --path '{path}'`)"
    )
