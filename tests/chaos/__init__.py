"""Fault injection: workers that are killed, frozen and cut off, and the books that must balance afterwards."""
