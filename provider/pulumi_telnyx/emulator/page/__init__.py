"""The page that the emulator shows in a browser: connections as a portal would, the request log, faults.

It is written by the server and needs no scripts. Everything that it shows may be hostile: names, settings and
requests are whatever a stack or a test has sent.
"""
