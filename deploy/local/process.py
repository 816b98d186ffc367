"""Child processes that cannot outlive their parent.

A child is started in a session of its own, so that Ctrl-C in the terminal reaches the supervisor alone and the
supervisor decides the order. On Linux the kernel is asked to kill the child when its parent dies
(``PR_SET_PDEATHSIG``), kill -9 included. Elsewhere that promise is void: what an earlier run left is found by the locks
that it holds.
"""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

# Runs in the child before the program replaces it; a preexec_fn would do the same inside a forked copy of a process
# with threads, which Python calls unsafe. The second check covers a parent that died before the request was made.
_BIND_AND_EXEC = """
import os, sys
parent, program = int(sys.argv[1]), sys.argv[2:]
if sys.platform == "linux":
    import ctypes, signal
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)
os.execv(program[0], program)
"""


@functools.cache
def _spawner() -> ThreadPoolExecutor:
    """The one thread that starts children: the kernel takes the end of the *thread* that started a child for the
    death of its parent, so no short-lived thread may do it.
    """
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")


def spawn(
    command: Sequence[str | Path],
    *,
    log: IO[bytes],
    env: Mapping[str, str] | None = None,
    keep_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a program that dies with this process; its output goes to ``log``, its input is empty.

    Args:
        command: Absolute path of the program, then its arguments.
        log: Open file that takes stdout and stderr.
        env: Whole environment; that of this process if not given.
        keep_fds: File descriptors that the program inherits.

    """
    arguments = [sys.executable, "-I", "-S", "-c", _BIND_AND_EXEC, str(os.getpid()), *map(str, command)]

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=env,
            pass_fds=keep_fds,
            start_new_session=True,
        )

    return _spawner().submit(start).result()


def send(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal a child and all that it started; nothing happens if it is gone."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)


def stop(process: subprocess.Popen[bytes], *, grace_s: float) -> int:
    """End a child: SIGTERM, and SIGKILL when the grace has passed. Returns its exit code (negative: a signal's)."""
    send(process, signal.SIGTERM)
    send(process, signal.SIGCONT)  # a stopped process handles no SIGTERM
    try:
        return process.wait(grace_s)
    except subprocess.TimeoutExpired:
        send(process, signal.SIGKILL)
        return process.wait()


def describe_exit(code: int) -> str:
    """``exit code 3`` or ``killed by SIGKILL``."""
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return f"killed by {signal.Signals(-code).name}"
    return f"killed by signal {-code}"
