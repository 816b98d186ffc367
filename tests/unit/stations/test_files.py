"""The folder and the archive, on a real disk."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from connectors.stations import files
from connectors.stations.files import Archive, Found, Settling, read
from ioc.stations import Fault


def scan(folder: Path) -> list[Found]:
    """What is found; nothing is closed to us."""

    def closed(_: str, error: OSError) -> None:
        raise error

    return files.scan(folder, closed)


def put(folder: Path, path: str, content: bytes = b"x") -> Found:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return next(file for file in scan(folder) if file.path == path)


def test_data_files_are_found_in_folders_and_links_are_not_followed(tmp_path: Path) -> None:
    folder, outside = tmp_path / "drop", tmp_path / "outside"
    put(outside, "secret.txt")
    for path in ("a.txt", "s/b.TXT", "s/2026/11/c.txt", "s/d.part", ".hidden/e.txt", "s/.f.txt"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(b"x")
    (folder / "link.txt").symlink_to(outside / "secret.txt")
    (folder / "linked").symlink_to(outside)
    os.mkfifo(folder / "pipe.txt")
    assert sorted(file.path for file in scan(folder)) == ["a.txt", "s/2026/11/c.txt", "s/b.TXT"]


def test_a_folder_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        scan(tmp_path / "nowhere")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_folder_that_is_closed_is_told_and_hides_no_other(tmp_path: Path) -> None:
    put(tmp_path, "a/1.txt")
    put(tmp_path, "b/2.txt")
    (tmp_path / "a").chmod(0)
    told: list[str] = []
    try:
        found = files.scan(tmp_path, lambda folder, _: told.append(folder))
    finally:
        (tmp_path / "a").chmod(0o700)
    assert [file.path for file in found] == ["b/2.txt"]
    assert told == ["a"]


def test_a_file_rests_from_its_last_change(tmp_path: Path) -> None:
    settling = Settling()
    first = put(tmp_path, "a.txt", b"1")
    assert settling.look([first], 10.0) == {"a.txt": 0.0}
    assert settling.look([first], 12.5) == {"a.txt": 2.5}
    grown = put(tmp_path, "a.txt", b"12")
    assert settling.look([grown], 13.0) == {"a.txt": 0.0}
    assert settling.look([], 14.0) == {}
    assert settling.look([grown], 15.0) == {"a.txt": 0.0}


def test_what_changed_since_it_was_found_is_not_read(tmp_path: Path) -> None:
    file = put(tmp_path, "a.txt", b"12")
    assert read(tmp_path, file) == b"12"
    put(tmp_path, "a.txt", b"123")
    assert read(tmp_path, file) is None
    (tmp_path / "a.txt").unlink()
    assert read(tmp_path, file) is None
    (tmp_path / "b.txt").write_bytes(b"12")
    (tmp_path / "a.txt").symlink_to(tmp_path / "b.txt")
    assert read(tmp_path, file) is None


def test_two_files_of_one_name_and_day_do_not_displace_each_other(tmp_path: Path) -> None:
    folder, archive = tmp_path / "drop", Archive(tmp_path / "archive")
    shelves = []
    for content in (b"1", b"2", b"1", b"2"):
        file = put(folder, "s/a.txt", content)
        shelf = archive.place(file, content, "20261127", good=True)
        archive.take(folder, file, shelf)
        shelves.append(shelf)
    assert shelves[0] == shelves[2] == "done/20261127/s/a.txt"
    assert shelves[1] == shelves[3] != shelves[0]
    assert [(tmp_path / "archive" / shelf).read_bytes() for shelf in shelves] == [b"1", b"2", b"1", b"2"]
    assert scan(folder) == []


def test_a_file_may_go_to_another_disk(tmp_path: Path) -> None:
    disk = Path("/dev/shm")
    if not disk.is_dir() or disk.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second disk here")
    elsewhere = disk / f"ioc-test-{os.getpid()}"
    try:
        file = put(tmp_path, "a.txt", b"1")
        Archive(elsewhere).take(tmp_path, file, "done/x/a.txt")
        assert (elsewhere / "done/x/a.txt").read_bytes() == b"1"
        assert scan(tmp_path) == []
    finally:
        shutil.rmtree(elsewhere, ignore_errors=True)


def test_reasons_are_a_table_whatever_the_line_holds_and_can_be_taken_back(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.explain("quarantine/x/a.txt", [Fault(2, "type", "value: must be a number", "bụi\t\x1b[2J\r")])
    path = tmp_path / "quarantine/x/a.txt.reasons.tsv"
    assert path.read_text().splitlines()[1].split("\t") == ["2", "type", "value: must be a number", r"bụi\t\x1b[2J\r"]
    archive.retract("quarantine/x/a.txt")
    archive.retract("quarantine/x/a.txt")
    assert not path.exists()


def test_old_days_are_deleted(tmp_path: Path) -> None:
    for day in ("20260901", "20261001"):
        put(tmp_path, f"done/{day}/a.txt")
        put(tmp_path, f"quarantine/{day}/b.txt")
    assert Archive(tmp_path).prune("20261001") == 2
    assert sorted(file.path for file in scan(tmp_path)) == ["done/20261001/a.txt", "quarantine/20261001/b.txt"]
