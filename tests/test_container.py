"""What a container leaves of the machine, by the files of made-up control groups."""

from __future__ import annotations

from pathlib import Path

import pytest

from clean.cli import container, machine

GB = 1 << 30
UNLIMITED = {
    "memory.limit_in_bytes": "9223372036854771712",
    "memory.usage_in_bytes": f"{GB}",
    "memory.stat": "total_inactive_file 0",
}


def root(tmp_path: Path, groups: str, files: dict[str, str]) -> Path:
    """A system of 16 free GB: the process's groups, and files below the mount of all."""
    for name, text in {"proc/self/cgroup": groups, "proc/meminfo": f"MemTotal: 1 kB\nMemAvailable: {16 << 20} kB"}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text + "\n")
    for name, text in files.items():
        file = tmp_path / "sys/fs/cgroup" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n")
    return tmp_path


def memory(group: str, limit: str, used: int, cache: int = 0) -> dict[str, str]:
    """What version 2 says of a group's memory."""
    stat = f"anon {used - cache}\nfile {cache}\ninactive_file {cache}"
    return {f"{group}memory.max": limit, f"{group}memory.current": str(used), f"{group}memory.stat": stat}


@pytest.mark.parametrize(
    ("groups", "files", "left", "cores"),
    [
        pytest.param("0::/", {}, None, None, id="no container"),
        pytest.param("", {}, None, None, id="no groups"),
        pytest.param("0::/", memory("", "max", GB) | {"cpu.max": "max 100000"}, None, None, id="a container without limits"),
        pytest.param("0::/", memory("", f"{4 * GB}", GB) | {"cpu.max": "200000 100000"}, 3 * GB, 2, id="a container"),
        pytest.param("0::/", memory("", f"{4 * GB}", 3 * GB, 2 * GB), 3 * GB, None, id="files in the cache are free"),
        pytest.param(
            "0::/", memory("", f"{GB}", 2 * GB) | {"cpu.max": "50000 100000"}, 0, 1, id="half a core, and over the limit"
        ),
        pytest.param("0::/", {"cpu.max": "150000 100000"}, None, 2, id="a core and a half"),
        pytest.param(
            "0::/a/b",
            memory("a/b/", f"{8 * GB}", GB)
            | memory("a/", f"{2 * GB}", GB)
            | memory("c/", "0", 0)
            | {"a/b/cpu.max": "400000 100000", "a/cpu.max": "300000 100000", "c/cpu.max": "100000 100000"},
            GB,
            3,
            id="the tightest of those around, and no other's",
        ),
        pytest.param("0::/../x", memory("", f"{4 * GB}", GB), 3 * GB, None, id="a group outside of what is seen"),
        pytest.param(
            "4:memory:/docker/x\n3:cpu,cpuacct:/docker/x\n0::/docker/x",
            {"memory/memory.limit_in_bytes": f"{4 * GB}", "memory/memory.usage_in_bytes": f"{2 * GB}"}
            | {"memory/memory.stat": f"inactive_file 0\ntotal_inactive_file {GB}"}
            | {"cpu/cpu.cfs_quota_us": "250000", "cpu/cpu.cfs_period_us": "100000"},
            3 * GB,
            3,
            id="version 1, its own group mounted as the outermost",
        ),
        pytest.param(
            "4:memory:/\n1:cpu:/\n2:cpuset:/x\n1:name=systemd:/",
            {f"memory/{name}": text for name, text in UNLIMITED.items()}
            | {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"},
            9223372036854771712 - GB,
            None,
            id="version 1 without limits",
        ),
        pytest.param("nonsense", memory("", "none of it", GB), None, None, id="what nobody can read"),
    ],
)
def test_the_tightest_group_around_the_process_holds(
    tmp_path: Path, groups: str, files: dict[str, str], left: int | None, cores: int | None
) -> None:
    """Of both versions; memory is no more than the machine has free."""
    there = root(tmp_path, groups, files)
    assert (container.memory_left(there), container.cores(there)) == (left, cores)
    assert machine.free_memory(there) == min(16 * GB, 16 * GB if left is None else left)


def test_workers_are_no_more_than_the_cores_of_the_container(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for or not."""
    monkeypatch.setenv(machine.THREADS, "")
    monkeypatch.setattr(container, "cores", lambda: 1)
    assert [machine.use_threads(None), machine.use_threads(5)] == [1, 1]
