"""What a start asks of the machine is answered in one sentence each."""

import os
import socket
from pathlib import Path

import pytest

from deploy.local.errors import EXIT_DISK, EXIT_UNAVAILABLE, UpError
from deploy.local.machine import about_folder, check_disk, check_ports, only_one
from deploy.local.ports import LOOPBACK, free_port, is_free


def listening(port: int) -> socket.socket:
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((LOOPBACK, port))
    server.listen()
    return server


def test_a_port_with_a_listener_is_not_free() -> None:
    port = free_port()
    assert is_free(port)
    with listening(port):
        assert not is_free(port)
    assert is_free(port)


def test_free_ports_lie_below_those_of_outgoing_connections() -> None:
    ports = [free_port() for _ in range(50)]
    assert all(15_000 <= port < 32_768 for port in ports)
    assert len(set(ports)) == len(ports), "who asks twice wants two"


def test_a_taken_port_is_named_with_the_variable_that_changes_it() -> None:
    port = free_port()
    with listening(port), pytest.raises(UpError) as caught:
        check_ports({port: "IOC_GATEWAY__PORT"})
    assert str(port) in str(caught.value)
    assert "IOC_GATEWAY__PORT" in str(caught.value)
    assert caught.value.exit_code == EXIT_UNAVAILABLE


def test_a_disk_without_room_is_called_full(tmp_path: Path) -> None:
    check_disk(tmp_path, needed=0)
    with pytest.raises(UpError, match="is full") as caught:
        check_disk(tmp_path, needed=1 << 62)
    assert caught.value.exit_code == EXIT_DISK


def test_a_folder_is_held_by_one_run(tmp_path: Path) -> None:
    with (
        only_one(tmp_path),
        pytest.raises(UpError, match=f"already running .*process {os.getpid()}"),
        only_one(tmp_path),
    ):
        pass
    with only_one(tmp_path):
        assert (tmp_path / "up.lock").read_text() == str(os.getpid())


def test_what_an_earlier_run_wrote_holds_nobody_back(tmp_path: Path) -> None:
    (tmp_path / "up.lock").write_text("99999999999999")
    with only_one(tmp_path):
        assert (tmp_path / "up.lock").read_text() == str(os.getpid())


def test_a_full_disk_is_told_from_other_trouble(tmp_path: Path) -> None:
    assert "is full" in about_folder(tmp_path, OSError(28, "No space left on device"))
    assert "Permission denied" in about_folder(tmp_path, PermissionError(13, "Permission denied", str(tmp_path)))
