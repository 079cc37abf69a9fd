"""Many connections as one resource, `CredentialConnectionSet`.

Each member is treated as a single connection is, by the same provider: what stands here is only what many of
them need, such as the way that they lie in the state, and what happens when some of them fail.
"""
