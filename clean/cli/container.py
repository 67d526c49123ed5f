"""What a container leaves of the machine: the limits of the control groups that this process is in.

The system's own figures are the whole machine's: `/proc/meminfo` has its memory, the affinity its cores. What a container (or a
service, or a job of a scheduler) may use is written in its group, or in one around that; the tightest holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

# Of memory: what may be used, what is, and what of that is cache of files, which the system takes back before anything is short.
_MEMORY = (
    ("memory.max", "memory.current", "inactive_file"),  # version 2
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),  # version 1
)


def memory_left(root: Path = Path("/")) -> int | None:
    """Bytes of memory that the groups leave free; None: they set no limit."""
    left = [found for group in _groups(root, "memory") if (found := _memory_of(group)) is not None]
    return max(0, min(left)) if left else None


def cores(root: Path = Path("/")) -> int | None:
    """Cores that the groups leave, a part of one counted as one; None: they set no limit."""
    shares = [found for group in _groups(root, "cpu") if (found := _cores_of(group)) is not None]
    return max(1, min(shares)) if shares else None


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """The folders of the process's group and of those around it; inside a container the outermost is often its own."""
    mounts = root / "sys/fs/cgroup"
    with suppress(OSError, ValueError):
        for line in (root / "proc/self/cgroup").read_text("utf-8", "replace").splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers and controller not in controllers.split(","):
                continue
            mount = mounts / controller if controllers else mounts  # version 2 has one tree, and names no controller
            own = mount / path.lstrip("/")
            yield from (group for group in (own, *own.parents) if group.is_relative_to(mount))


def _memory_of(group: Path) -> int | None:
    for limit, used, cache in _MEMORY:
        with suppress(OSError, ValueError):  # no such file, or "max"
            allowed = int((group / limit).read_text())
            counts = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
            return allowed - int((group / used).read_text()) + int(counts.get(cache, 0))
    return None


def _cores_of(group: Path) -> int | None:
    for files in (("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us")):
        with suppress(OSError, ValueError):  # no such file, or "max"
            quota, period = map(int, " ".join((group / file).read_text() for file in files).split())
            if quota > 0 and period > 0:  # version 1 says -1 where there is no limit
                return -(-quota // period)
    return None
