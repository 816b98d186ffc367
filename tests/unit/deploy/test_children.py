"""A process is kept up, but not for ever, and its end is told in one sentence."""

import signal
import socket
import sys
import time
from pathlib import Path

import pytest

from deploy.local.children import Child, ChildSpec, end, rotate
from deploy.local.errors import EXIT_CONFIG, EXIT_SOFTWARE, UpError
from deploy.local.ports import LOOPBACK, free_port


def child(tmp_path: Path, script: str, *, restart: bool = True, ready: tuple[str, int, str] | None = None) -> Child:
    command = [sys.executable, "-I", "-S", "-c", script]
    return Child(ChildSpec("worker", command, {}, ready, restart), tmp_path / "worker.log")


def wait_until_ended(process: Child) -> int:
    deadline = time.monotonic() + 20
    while (code := process.ended()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return code


def test_a_crash_is_healed_after_a_growing_pause_and_given_up_after_five(tmp_path: Path) -> None:
    process = child(tmp_path, "print('out of cheese'); raise SystemExit(3)")
    process.start()
    now, pauses = 1000.0, []
    for _ in range(5):
        wait_until_ended(process)
        said = process.keep_up(now)
        assert said is not None
        assert "worker ended (exit code 3)" in said
        pauses.append(said.split()[-2])
        assert process.keep_up(now) is None  # its time has not come
        assert process.ended() is None
        now += 8
        assert process.keep_up(now) is None  # started
    wait_until_ended(process)
    with pytest.raises(UpError) as caught:
        process.keep_up(now)
    assert pauses == ["0.5", "1", "2", "4", "8"]
    assert caught.value.exit_code == EXIT_SOFTWARE
    assert "6th time" in str(caught.value)
    assert "out of cheese" in str(caught.value)
    assert str(tmp_path / "worker.log") in str(caught.value)


def test_crashes_of_more_than_a_minute_ago_are_forgotten(tmp_path: Path) -> None:
    process = child(tmp_path, "raise SystemExit(3)")
    process.start()
    for round_ in range(8):
        wait_until_ended(process)
        said = process.keep_up(round_ * 61.0)
        assert said is not None
        assert said.endswith("in 0.5 s.")
        process.keep_up(round_ * 61.0 + 0.5)
    wait_until_ended(process)


def test_a_refused_configuration_is_not_tried_again(tmp_path: Path) -> None:
    process = child(tmp_path, f"print('IOC_X is wrong'); raise SystemExit({EXIT_CONFIG})")
    process.start()
    wait_until_ended(process)
    with pytest.raises(UpError, match="IOC_X is wrong") as caught:
        process.keep_up(0.0)
    assert caught.value.exit_code == EXIT_CONFIG


def test_what_is_not_kept_up_ends_the_run(tmp_path: Path) -> None:
    process = child(tmp_path, "import os; os.kill(os.getpid(), 9)", restart=False)
    process.start()
    wait_until_ended(process)
    with pytest.raises(UpError, match="killed by SIGKILL"):
        process.keep_up(0.0)


def test_ready_is_what_the_process_says(tmp_path: Path) -> None:
    port = free_port()
    assert child(tmp_path, "").is_ready()
    asked = child(tmp_path, "", ready=(LOOPBACK, port, "/readyz"))
    assert not asked.is_ready()
    for status, expected in (("200 OK", True), ("503 Service Unavailable", False)):
        script = (
            "import socket; s = socket.socket(); s.setsockopt(1, 2, 1); "
            f"s.bind(('{LOOPBACK}', {port})); s.listen(); print('up', flush=True); c = s.accept()[0]; c.recv(999); "
            f"c.sendall(b'HTTP/1.1 {status}\\r\\nContent-Length: 0\\r\\n\\r\\n'); c.close()"
        )
        server = child(tmp_path, script)
        server.log_path.unlink(missing_ok=True)
        server.start()
        deadline = time.monotonic() + 20
        while server.last_line() != "up":
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert asked.is_ready() is expected
        wait_until_ended(server)


def test_a_server_that_says_nothing_is_not_ready(tmp_path: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        asked = child(tmp_path, "", ready=(LOOPBACK, server.getsockname()[1], "/readyz"))
        assert not asked.is_ready()


def test_the_end_is_graceful_until_the_deadline_and_sudden_in_a_hurry(tmp_path: Path) -> None:
    stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    for deadline, hurry in ((0.0, False), (3600.0, True)):
        process = child(tmp_path, stubborn)
        process.log_path.unlink(missing_ok=True)
        process.start()
        while process.last_line() != "up":
            time.sleep(0.01)
        end([process], deadline=time.monotonic() + deadline, hurry=lambda hurry=hurry: hurry)
        assert process.ended() == -signal.SIGKILL
    polite = child(tmp_path, "import time; time.sleep(60)")
    polite.start()
    end([polite], deadline=time.monotonic() + 20, hurry=lambda: False)
    assert polite.ended() == -signal.SIGTERM


def test_a_planned_start_is_given_up_at_the_end(tmp_path: Path) -> None:
    process = child(tmp_path, "raise SystemExit(1)")
    process.start()
    wait_until_ended(process)
    process.keep_up(0.0)
    end([process], deadline=time.monotonic() + 20, hurry=lambda: False)
    assert process.pid is None


def test_logs_of_the_last_three_runs_are_kept(tmp_path: Path) -> None:
    for run in range(6):
        rotate(tmp_path / "a.log").write_text(str(run))
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "a.log": "5",
        "a.log.1": "4",
        "a.log.2": "3",
        "a.log.3": "2",
    }
