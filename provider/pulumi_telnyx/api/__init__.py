"""The Telnyx API for Credential Connections; knows nothing of Pulumi."""
