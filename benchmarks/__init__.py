"""What the provider costs, measured: each script and package prints or writes what it found."""
