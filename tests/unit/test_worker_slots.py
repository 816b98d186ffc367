"""Workers of a machine get names that are theirs, and theirs again after a restart."""

import subprocess
import sys
from pathlib import Path

from streams.slots import Slot

CLAIM = "import sys, pathlib; from streams.slots import Slot; print(Slot(pathlib.Path(sys.argv[1])).name)"


def claim_in_a_process(folder: Path) -> str:
    done = subprocess.run([sys.executable, "-c", CLAIM, str(folder)], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_lowest_free_number_is_taken_and_kept_while_the_process_lives(tmp_path: Path) -> None:
    first, second = Slot(tmp_path), Slot(tmp_path)
    assert (first.number, second.number) == (0, 1)
    assert first.name != second.name


def test_a_worker_that_starts_again_has_its_name_back(tmp_path: Path) -> None:
    assert claim_in_a_process(tmp_path) == claim_in_a_process(tmp_path)


def test_two_homes_on_one_host_are_two_workers(tmp_path: Path) -> None:
    assert Slot(tmp_path / "a").name != Slot(tmp_path / "b").name
