"""What categories and subcategories are called, in every language, and which may be shown to everybody."""

from __future__ import annotations

from ioc.kinds.table import Kind, Kinds, Subkind, load_kinds, shipped_kinds

__all__ = ["Kind", "Kinds", "Subkind", "load_kinds", "shipped_kinds"]
