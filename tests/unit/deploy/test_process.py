"""Children die with their parent, whatever kills it; and only then."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from deploy.local import process

SLEEPER = [sys.executable, "-I", "-S", "-c", "import time; print('up', flush=True); time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-I",
    "-S",
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
]
PARENT = """
import sys, time
from pathlib import Path
from deploy.local import process
with open(sys.argv[1], "wb") as log:
    print(process.spawn([sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"], log=log).pid, flush=True)
time.sleep(60)
"""


def wait_for(path: Path, text: str) -> None:
    deadline = time.monotonic() + 20
    while text not in path.read_text():
        assert time.monotonic() < deadline, f"{path} never said {text}"
        time.sleep(0.01)


def started(command: list[str], log_path: Path) -> subprocess.Popen[bytes]:
    with log_path.open("wb") as log:
        child = process.spawn(command, log=log)
    wait_for(log_path, "up")
    return child


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills a child when its parent dies")
def test_a_child_dies_when_its_parent_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, tmp_path / "log"], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.communicate()
    assert child.wait(timeout=20) is None  # not our child: gone is all that can be known


def test_a_child_outlives_the_thread_that_asked_for_it(tmp_path: Path) -> None:
    children: list[subprocess.Popen[bytes]] = []
    asker = threading.Thread(target=lambda: children.append(started(SLEEPER, tmp_path / "log")))
    asker.start()
    asker.join()
    with pytest.raises(subprocess.TimeoutExpired):
        children[0].wait(timeout=0.3)
    assert process.stop(children[0], grace_s=10) == -signal.SIGTERM


def test_a_child_does_not_hear_the_terminals_signals(tmp_path: Path) -> None:
    child = started(SLEEPER, tmp_path / "log")
    assert os.getpgid(child.pid) == child.pid != os.getpgid(0)
    process.stop(child, grace_s=10)


def test_stop_kills_what_does_not_listen(tmp_path: Path) -> None:
    child = started(STUBBORN, tmp_path / "log")
    assert process.stop(child, grace_s=0.1) == -signal.SIGKILL


def test_stop_reaches_a_frozen_child(tmp_path: Path) -> None:
    child = started(SLEEPER, tmp_path / "log")
    process.send(child, signal.SIGSTOP)
    assert process.stop(child, grace_s=10) == -signal.SIGTERM


def test_a_signal_to_a_child_that_is_gone_does_nothing(tmp_path: Path) -> None:
    child = started(SLEEPER, tmp_path / "log")
    process.stop(child, grace_s=10)
    process.send(child, signal.SIGKILL)
    assert child.returncode == -signal.SIGTERM


@pytest.mark.parametrize(
    ("code", "words"),
    [(0, "exit code 0"), (78, "exit code 78"), (-9, "killed by SIGKILL"), (-99, "killed by signal 99")],
)
def test_an_exit_is_told_in_words(code: int, words: str) -> None:
    assert process.describe_exit(code) == words
