"""A province's folder is looked at: taken up when it rests, refused where it is wrong, taken over by the engine."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from ioc.catalog import Catalogue, Content, load_folder
from ioc.tomlfile import ConfigError
from streams.province import CatalogueWatch, Generation
from streams.transport import BatchAgent
from streams.watched import FolderStamp

TABLES = Path(__file__).parents[1] / "data" / "second-province"


class Folder:
    """A source of one folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def paths(self) -> Sequence[Path]:
        return [self.path]

    def read(self) -> Content:
        return Content(load_folder(self.path))

    def catalogue(self, content: Content) -> Catalogue:
        return content.catalogue()


class Bench:
    """A watch over a copy of the second province."""

    def __init__(self, tmp_path: Path) -> None:
        self.folder = Path(shutil.copytree(TABLES, tmp_path / "province"))
        self.registry = CollectorRegistry()
        self.made: list[str] = []
        self.fails: Exception | None = None
        self.looked = 0
        source = Folder(self.folder)
        content = source.read()
        first = Generation(source.catalogue(content), [BatchAgent()], [self.look])
        self.version = first.catalogue.version
        self.watch = CatalogueWatch(source, content, first, self.make, self.registry)
        self.rest()

    def look(self) -> None:
        self.looked += 1

    def make(self, catalogue: Catalogue, content: Content) -> Generation:
        if self.fails is not None:
            raise self.fails
        self.made.append(catalogue.version)
        return Generation(catalogue, [BatchAgent()], [self.look])

    def rest(self) -> None:
        """Two looks, as the files must be the same at both."""
        self.watch.look()
        self.watch.look()

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    def up(self) -> float | None:
        return self.registry.get_sample_value("ioc_catalogue_up")

    def shown(self) -> list[str]:
        (family,) = (each for each in self.registry.collect() if each.name == "ioc_catalogue_info")
        return [sample.labels["version"] for sample in family.samples]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def unit(bench: Bench, name: str) -> None:
    path = bench.folder / "departments.csv"
    path.write_text(path.read_text().rstrip("\n") + f"\n{name},Tổ trực,,,\n")


def test_files_rest_before_they_are_taken_up(bench: Bench) -> None:
    assert bench.made == []
    unit(bench, "to-1")
    looked = bench.looked
    bench.watch.look()
    assert bench.made == []
    assert bench.looked == looked, "what hangs on the folder waits too"
    unit(bench, "to-2")
    bench.watch.look()
    assert bench.made == []
    bench.watch.look()
    assert len(bench.made) == 1
    assert bench.looked == looked + 1


def test_it_is_in_force_once_the_engine_has_taken_it(bench: Bench) -> None:
    assert bench.watch.successors() is None
    unit(bench, "to-1")
    bench.rest()
    assert bench.shown() == [bench.version]
    agents = bench.watch.successors()
    assert agents is not None
    assert bench.shown() == bench.made
    assert bench.watch.successors() is None


def test_only_the_newest_is_taken(bench: Bench) -> None:
    unit(bench, "to-1")
    bench.rest()
    unit(bench, "to-2")
    bench.rest()
    bench.watch.successors()
    assert bench.shown() == bench.made[1:]
    assert bench.watch.successors() is None


def test_what_only_looks_changed_is_not_made_anew(bench: Bench) -> None:
    path = bench.folder / "departments.csv"
    path.write_bytes(path.read_bytes())
    bench.rest()
    routes = bench.folder / "routes.yaml"
    routes.write_text(routes.read_text() + "\n# routes are exchanged without the rest\n")
    bench.rest()
    assert bench.made == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("Asia/", "Nowhere/", "province.toml, timezone: 'Nowhere/"),
        ('code = "', 'code = "9', "another province or time zone needs a restart"),
    ],
)
def test_what_is_wrong_is_refused_and_said_once(
    old: str, new: str, says: str, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.edit("province.toml", old, new)
    with caplog.at_level(logging.INFO):
        bench.rest()
        bench.rest()
    assert bench.up() == 0
    assert bench.watch.successors() is None
    (said,) = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert says in said
    assert said.endswith(f"catalogue {bench.version} stays in force")
    bench.edit("province.toml", new, old)
    bench.rest()
    assert bench.up() == 1
    assert bench.made == []


def test_a_centre_needs_a_restart(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    path = bench.folder / "centres.csv"
    path.write_text(path.read_text().rstrip("\n") + "\ndao-xa,Trung tâm đảo xa,city,,\n")
    bench.rest()
    assert "centres.csv: dao-xa came or went" in caplog.text
    assert bench.up() == 0


@pytest.mark.parametrize(
    "error", [ConfigError("liveness.toml", 3, "silence", "must be more than 1"), KeyError("commune")]
)
def test_what_no_table_can_be_worked_with_is_refused(
    error: Exception, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.fails = error
    unit(bench, "to-1")
    bench.rest()
    assert bench.up() == 0
    assert bench.watch.successors() is None
    assert ("liveness.toml:3: silence" if isinstance(error, ConfigError) else "(KeyError)") in caplog.text
    bench.fails = None
    unit(bench, "to-2")
    bench.rest()
    assert bench.up() == 1
    assert bench.watch.successors() is not None


def test_a_folder_that_is_away_is_waited_for(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    aside = bench.folder.with_name("aside")
    bench.folder.rename(aside)
    looked = bench.looked
    bench.rest()
    assert bench.up() == 0
    assert bench.looked == looked + 2, "the rest is looked at all the same"
    assert caplog.text.count("stays in force") == 1
    aside.rename(bench.folder)
    bench.rest()
    assert bench.up() == 1


def test_an_exchanged_folder_is_another(tmp_path: Path) -> None:
    one, other = (Path(shutil.copytree(TABLES, tmp_path / name)) for name in ("one", "other"))
    stamp = FolderStamp([one])
    assert [stamp.changed() for _ in range(3)] == [None, True, False]
    one.rename(tmp_path / "before")
    other.rename(one)
    assert [stamp.changed() for _ in range(3)] == [None, True, False]
    stamp.again()
    assert stamp.changed()
