"""The figures that the provider's promises are measured by; each module is a script of its own."""
