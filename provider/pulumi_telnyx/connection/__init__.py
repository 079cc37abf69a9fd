"""One connection: what a program may say of it, what is sent and compared, and how it is found again."""
