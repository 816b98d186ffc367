"""Tells those outside: e-mail, web hooks and bots, from an outbox that a crash cannot empty or fill twice."""
