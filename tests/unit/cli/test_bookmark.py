from __future__ import annotations

from pathlib import Path

import pytest

from connectors.cli.bookmark import Bookmark, places
from connectors.cli.errors import CommandError


def test_where_one_ended_the_next_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "watch.place"
    assert Bookmark(path).read() is None
    Bookmark(path).move("north=3.4;south=0.1")
    assert Bookmark(path).read() == "north=3.4;south=0.1"
    assert places("north=3.4", path)["ioc.alerts.north", 1] == 4
    assert [each.name for each in tmp_path.iterdir()] == ["watch.place"]


@pytest.mark.parametrize("content", [b"nonsense", b"\xff\xfe", b"north=x"])
def test_another_file_is_not_taken_for_one(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(CommandError) as caught:
        Bookmark(path).read()
    assert caught.value.exit_code == 2


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written"):
        Bookmark(tmp_path / "nowhere" / "place").move("north=1")
