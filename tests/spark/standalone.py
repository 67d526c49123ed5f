"""A standalone cluster on 127.0.0.1: a master, and workers of one core each, all processes of this one."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyspark
from watching import children, until

HOME = Path(pyspark.__file__).parent
EXECUTOR = "CoarseGrainedExecutorBackend"


class Standalone:
    """A cluster that runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"spark://127.0.0.1:{self.port}"
        self._processes = [self._start("master.Master", "--port", str(self.port), log="master")]
        self.workers: list[subprocess.Popen[bytes]] = []
        until(self._answers, "the master")

    def add_worker(self) -> None:
        """One more machine, of one core."""
        number = str(len(self._processes))
        options = ["--cores", "1", "--memory", "1g", "--work-dir", str(self.folder / number)]
        worker = self._start("worker.Worker", *options, self.address, log=f"worker-{number}")
        self._processes.append(worker)
        self.workers.append(worker)
        log = self.folder / f"worker-{number}.log"
        until(lambda: "Successfully registered with master" in log.read_text("utf-8", "replace"), "a worker")

    def executors(self) -> list[int]:
        """The processes in which tasks are done."""
        return [child for worker in self.workers for child in children(worker.pid) if EXECUTOR in command(child)]

    def kill_executor(self) -> None:
        """One of them, at once; the cluster starts another."""
        os.kill(until(self.executors, "an executor")[0], signal.SIGKILL)

    def kill_worker(self) -> None:
        """A machine with all that is on it; nothing takes its place."""
        until(self.executors, "an executor")
        worker = self.workers.pop(0)
        for process in (worker.pid, *children(worker.pid)):
            os.kill(process, signal.SIGKILL)

    def close(self) -> None:
        """Nothing of it goes on."""
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            process.wait()

    def _start(self, kind: str, *options: str, log: str) -> subprocess.Popen[bytes]:
        command = [HOME / "bin" / "spark-class", f"org.apache.spark.deploy.{kind}", "--host", "127.0.0.1", "--webui-port", "0"]
        environment = os.environ | {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_DAEMON_MEMORY": "256m"}
        with (self.folder / f"{log}.log").open("wb") as file:
            return subprocess.Popen([*map(str, command), *options], stdout=file, stderr=file, env=environment)

    def _answers(self) -> bool:
        with socket.socket() as asked:
            return asked.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def standalone(folder: Path, workers: int = 2) -> Iterator[Standalone]:
    """A cluster, until the block ends."""
    cluster = Standalone(folder)
    try:
        for _ in range(workers):
            cluster.add_worker()
        yield cluster
    finally:
        cluster.close()


def command(process: int) -> str:
    """The command line of a process; nothing when it has gone."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
