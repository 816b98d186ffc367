"""A CPU cap for one process by the kernel's own means: cgroup v1 ``cpu.cfs_quota_us`` or v2 ``cpu.max``.

Both need write access to the hierarchy (root, or a delegated sub-tree). Stopping and continuing a process instead would
freeze it for whole periods and measure something else, so without cgroups there is no capped figure.
"""

import contextlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.peers import Absent

PERIOD_US = 20_000
_V1 = Path("/sys/fs/cgroup/cpu")
_V2 = Path("/sys/fs/cgroup")


@contextmanager
def cpu_cap(pids: list[int], cores: float) -> Iterator[None]:
    """Hold each process to so many cores, each in a group of its own, until the end of the block.

    Raises:
        Absent: The kernel's groups are not there or not writable.
    """
    groups: list[Path] = []
    try:
        try:
            for pid in pids:
                groups.append(_group(cores))
                (groups[-1] / "cgroup.procs").write_text(str(pid))
        except OSError as error:
            raise Absent(f"CPU groups of the kernel cannot be used: {error.strerror}") from error
        yield
    finally:
        for group in groups:
            with contextlib.suppress(OSError):
                _release(group)


def _group(cores: float) -> Path:
    name = f"ioc-bench-{os.getpid()}-{uuid.uuid4().hex[:6]}"
    quota = int(PERIOD_US * cores)
    if (_V1 / "cpu.cfs_quota_us").exists():
        group = _V1 / name
        group.mkdir()
        (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
        (group / "cpu.cfs_quota_us").write_text(str(quota))
        return group
    if "cpu" in (_V2 / "cgroup.subtree_control").read_text().split():
        group = _V2 / name
        group.mkdir()
        (group / "cpu.max").write_text(f"{quota} {PERIOD_US}")
        return group
    raise Absent("the kernel has no CPU controller here")


def _release(group: Path) -> None:
    """Give what is left back to the parent, then remove the group."""
    for pid in (group / "cgroup.procs").read_text().split():
        (group.parent / "cgroup.procs").write_text(pid)
    group.rmdir()
