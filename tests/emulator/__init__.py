"""The local Telnyx API, over real HTTP."""
