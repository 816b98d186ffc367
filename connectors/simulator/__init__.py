"""A synthetic province as a source of events: seeded, repeatable, at a steady rate. Its devices do not exist."""
