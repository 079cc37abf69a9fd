"""The `pulumi-telnyx` command, also as `python -m pulumi_telnyx`."""

from __future__ import annotations

import sys

# What a stack program does not need, and the extra `cli` brings.
_OF_THE_EXTRA = {"click", "jinja2", "rich", "ruamel"}


def main() -> None:
    """Run the command line; say how to install it where only the provider is installed."""
    try:
        from .cli import cli

        cli(prog_name="pulumi-telnyx")
    except ModuleNotFoundError as missing:
        # Also what a single command needs, where only the extra `emulator` is installed.
        if (missing.name or "").partition(".")[0] not in _OF_THE_EXTRA:
            raise
        sys.exit("error: the command line is an extra: pip install 'pulumi-telnyx[cli]'")


if __name__ == "__main__":
    main()
