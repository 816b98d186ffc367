"""What an audit of the pinned packages says: a hole is a failure, a package that nobody knows is no clean one."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.audit import HOLES, NOT_ASKED, audit, verdict

CLEAN = {"name": "orjson", "version": "3.11.0", "vulns": []}
HOLED = {"name": "old", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1", "2.0"]}]}
UNKNOWN = {"name": "rare", "skip_reason": "not found"}


def test_all_asked_and_none_found_is_clean() -> None:
    assert verdict([CLEAN]) == (0, ["1 of 1 pinned packages were audited, 0 known vulnerabilities"])


def test_a_hole_is_named_with_the_release_that_mends_it() -> None:
    found = verdict([CLEAN, HOLED, UNKNOWN])
    assert found.code == HOLES
    assert found.lines[0] == "old 1.0: PYSEC-1, mended in 1.1, 2.0"
    assert found.lines[1].startswith("2 of 3 pinned packages")


@pytest.mark.parametrize("dependencies", [[], [CLEAN, UNKNOWN]])
def test_what_nobody_was_asked_about_is_not_clean(dependencies: list[dict[str, object]]) -> None:
    found = verdict(dependencies)
    assert found.code == NOT_ASKED
    assert "no answer" in found.lines[-1]


def test_no_answer_at_all_is_said(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere.lock"
    found = audit(str(missing))
    assert found.code == NOT_ASKED
    assert found.lines[0].startswith("Nothing was audited: ")
