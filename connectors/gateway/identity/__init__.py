"""People: local accounts with passwords and sessions, and tokens of identity providers."""
