"""A changed lexicon is taken up; a wrong one is refused, said once, and the old one stays."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import NamedTuple

import pytest
from prometheus_client import CollectorRegistry

from ioc.classify import LexiconError, LiveClassifier, shipped_model
from streams.lexicon import LexiconFigures, shipped_classifier, watched_classifier
from streams.watched import FileWatch

LEXICON = """abstain_below: 0.4
groups:
  - {category: telecom, subcategory: bts, severity: normal, weight: 5, phrases: [blivet]}
masks: [tắc kè]
negations: [không]
cues: {high: [nguy hiểm]}
"""


class LexiconFile(NamedTuple):
    live: LiveClassifier
    look: Callable[[], None]


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def file(tmp_path: Path, registry: CollectorRegistry) -> LexiconFile:
    path = tmp_path / "lexicon.yaml"
    path.write_text(LEXICON)
    figures = LexiconFigures(registry, shipped_model().version)
    return LexiconFile(*watched_classifier(path, (), shipped_model(), figures))


def shown(registry: CollectorRegistry) -> tuple[list[str], float | None]:
    """The versions that are shown as in force, and whether the file is the one."""
    samples = [sample for family in registry.collect() for sample in family.samples]
    versions = [sample.labels["lexicon"] for sample in samples if sample.name == "ioc_classifier_info"]
    return versions, registry.get_sample_value("ioc_lexicon_up")


def version(file: LexiconFile) -> str:
    return file.live.classify("blivet").versions["lexicon"]


def test_a_good_change_is_taken_up_and_a_wrong_one_refused(
    file: LexiconFile, tmp_path: Path, registry: CollectorRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    path, first = tmp_path / "lexicon.yaml", version(file)
    assert shown(registry) == ([first], 1)
    path.write_text(LEXICON.replace("[blivet]", "[blivet, gadget]"))
    file.look()
    second = file.live.classify("gadget")
    assert second.versions["lexicon"] != first
    assert any(reason.why.startswith("telecom/bts") for reason in second.explanation)
    assert shown(registry) == ([second.versions["lexicon"]], 1)
    path.write_text(LEXICON.replace("telecom", "telefone"))
    with caplog.at_level(logging.ERROR):
        file.look()
        file.look()
    (record,) = caplog.records
    said = record.getMessage()
    assert said.startswith(f"{path} was refused: lexicon, line 3: 'telefone' is none of traffic, ")
    assert said.endswith(f"; lexicon {second.versions['lexicon']} stays in force")
    assert file.live.classify("gadget") == second
    assert shown(registry) == ([second.versions["lexicon"]], 0)


def test_a_file_that_goes_away_and_comes_back(
    file: LexiconFile, tmp_path: Path, registry: CollectorRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    path, first = tmp_path / "lexicon.yaml", version(file)
    path.unlink()
    with caplog.at_level(logging.INFO):
        file.look()
        file.look()
    assert [record.getMessage() for record in caplog.records] == [
        f"{path} cannot be read: No such file or directory; lexicon {first} stays in force"
    ]
    assert (version(file), shown(registry)) == (first, ([first], 0))
    path.write_text(LEXICON)
    file.look()
    assert (version(file), shown(registry)) == (first, ([first], 1))


def test_another_file_in_its_place_is_seen_though_time_and_size_are_the_same(file: LexiconFile, tmp_path: Path) -> None:
    path, first = tmp_path / "lexicon.yaml", version(file)
    other = tmp_path / "other.yaml"
    other.write_text(LEXICON.replace("blivet", "gadget"))
    found = path.stat()
    os.utime(other, ns=(found.st_atime_ns, found.st_mtime_ns))
    other.replace(path)
    file.look()
    assert version(file) != first


@pytest.mark.parametrize("raw", [b"\xff", b"masks: [a\x07]", LEXICON.encode() + b"groups: []\n", b"[" * 100_000])
def test_nothing_that_a_file_may_hold_ends_the_watch(file: LexiconFile, tmp_path: Path, raw: bytes) -> None:
    first = version(file)
    (tmp_path / "lexicon.yaml").write_bytes(raw)
    file.look()
    assert version(file) == first


def test_a_wrong_file_at_the_start_is_an_error(tmp_path: Path, registry: CollectorRegistry) -> None:
    path = tmp_path / "lexicon.yaml"
    path.write_text("groups: []\n")
    with pytest.raises(LexiconError, match="missing"):
        watched_classifier(path, (), shipped_model(), LexiconFigures(registry, "model"))


def test_the_shipped_lexicon_is_shown_too(registry: CollectorRegistry) -> None:
    live = shipped_classifier((), shipped_model(), LexiconFigures(registry, shipped_model().version))
    assert shown(registry) == ([live.classify("blivet").versions["lexicon"]], 1)


def test_the_watch_looks_again_and_again_until_it_is_closed() -> None:
    looks: list[int] = []
    twice = Event()

    def look() -> None:
        looks.append(1)
        if len(looks) == 2:
            twice.set()

    watch = FileWatch([look], every_s=0.001)
    watch.start()
    assert twice.wait(10)
    watch.close()
    assert not watch.running
