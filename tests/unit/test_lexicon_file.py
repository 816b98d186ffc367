"""A changed lexicon is taken up between batches; a wrong one is refused and the old one stays."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from ioc.classify import LexiconError, shipped_model
from streams.lexicon import LexiconFile

LEXICON = """abstain_below: 0.4
groups:
  - {category: telecom, subcategory: bts, severity: normal, weight: 5, phrases: [blivet]}
masks: [tắc kè]
negations: [không]
cues: {high: [nguy hiểm]}
"""


def test_a_good_change_is_taken_up_and_a_wrong_one_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path, now = tmp_path / "lexicon.yaml", [0.0]
    path.write_text(LEXICON)
    file = LexiconFile(path, (), shipped_model(), lambda: now[0])
    first = file.live.classify("blivet")
    path.write_text(LEXICON.replace("[blivet]", "[blivet, gadget]"))
    file.refresh()
    assert file.live.classify("blivet").versions == first.versions  # it is too early to look
    now[0] = 3.0
    file.refresh()
    second = file.live.classify("gadget")
    assert second.versions["lexicon"] != first.versions["lexicon"]
    assert any(reason.why.startswith("telecom/bts") for reason in second.explanation)
    path.write_text(LEXICON.replace("telecom", "telefone"))
    now[0] = 6.0
    with caplog.at_level(logging.ERROR):
        file.refresh()
    assert "lexicon, line 3: 'telefone' is none of" in caplog.text
    assert file.live.classify("gadget") == second
    path.unlink()
    now[0] = 9.0
    file.refresh()
    assert file.live.classify("gadget") == second


def test_a_wrong_file_at_the_start_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.yaml"
    path.write_text("groups: []\n")
    with pytest.raises(LexiconError, match="missing"):
        LexiconFile(path, (), shipped_model(), lambda: 0.0)
