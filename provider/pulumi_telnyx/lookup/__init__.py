"""Connections that exist already, as stack programs look them up."""
