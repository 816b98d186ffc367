"""Contracts with other programs: schemas of topics' values, AsyncAPI, what a change breaks. See ``README.md``."""
