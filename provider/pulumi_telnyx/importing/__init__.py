"""Connections that exist at Telnyx, brought under code: names, settings, and what `pulumi import` reads."""
