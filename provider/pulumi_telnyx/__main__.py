"""The `pulumi-telnyx` command, also as `python -m pulumi_telnyx`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; say how to install it where only the provider is installed."""
    try:
        from .cli import cli
    except ModuleNotFoundError as missing:
        if missing.name not in {"click", "rich"}:
            raise
        sys.exit("error: the command line is an extra: pip install 'pulumi-telnyx[cli]'")
    cli(prog_name="pulumi-telnyx")


if __name__ == "__main__":
    main()
