"""Workers on Apache Spark: the same functions of the same things, each in a task of its own on some machine of a cluster.

Spark is asked for what it is best at, which is to see a task through whatever dies under it, and for nothing else: no table
of ours becomes one of Spark's. So a thing done there is done by the same code as here, to the same bytes, and neither
pandas nor pyarrow is needed. A function and a thing go out pickled; a small answer comes back. What is large goes through
files on storage that all machines share, and is the function's own business.

Nothing heavy is imported here, polars least of all: a worker must be told first how many threads it may start.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar
from uuid import uuid4

from clean import allocator
from clean.engines.ordered import ordered
from clean.engines.remote import THREADS, portable
from clean.errors import TRACEBACK, CleanError, ClusterError, ConfigError, refusal

Item = TypeVar("Item")
Done = TypeVar("Done")

JAVA = 17  # the oldest that Spark 4 runs on
TRIES = 4  # of a task whose machine, process or storage fails; Spark's own number
MOST_WAITING = 1000  # things that are out at once, a thread each
REACH_SECONDS, STOP_SECONDS = 10, 10
SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.python.worker.reuse": "true",  # libraries are loaded once a core, not once a task
    "spark.scheduler.mode": "FIFO",  # the first that went out is the first that is waited for
}


@dataclass(frozen=True)
class Spark:
    """A cluster, and how much of it may be used.

    `master`: where it is, as Spark writes it; None: where Spark's own settings say, else this machine. At most `tasks` are out
    at a time; None: twice as many as there are cores, so that none waits for its next.
    """

    master: str | None = None
    tasks: int | None = None

    @contextmanager
    def workers(self, versions: Mapping[str, str], room: int = 1) -> Iterator[SparkWorkers]:
        """Connected, until the block ends. `versions`: of packages that must be the same on every machine; `room`: how many
        units of work this machine can hold, should it be the cluster.

        Raises ClusterError when the cluster cannot be reached.
        """
        check_reachable(self.master or "")
        session = _Session()
        # In a thread: in the main one, Spark would put its own handler of SIGINT in the place of ours.
        starting = Thread(target=session.start, args=[self, room], daemon=True)
        starting.start()
        try:
            starting.join()
            if session.failed is not None:
                raise ClusterError(f"Spark does not start: {reason(session.failed)}; {TRACEBACK}=1 shows its log")
            yield SparkWorkers(session.context, self.tasks, dict(versions))
        finally:
            session.stop()


class _Session:
    """A connection to a cluster, and the Java process that has it."""

    context: Any = None
    gateway: Any = None  # None: Spark was running already, and goes on
    failed: BaseException | None = None

    def start(self, spark: Spark, room: int) -> None:
        """Find or start Java, and connect."""
        try:
            self._connect(spark, room)
        except BaseException as error:  # noqa: BLE001 (it is raised in the thread that waits)
            self.failed = error

    def _connect(self, spark: Spark, room: int) -> None:
        from pyspark import SparkConf, SparkContext
        from pyspark.java_gateway import launch_gateway

        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        # Its log is for those who ask for it. In a session of its own, what the terminal sends to us does not reach it.
        quiet = {} if TRACEBACK in os.environ else {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        if SparkContext._active_spark_context is None:
            self.gateway = launch_gateway(popen_kwargs={**quiet, "start_new_session": True})
            SparkContext._ensure_initialized(gateway=self.gateway)
        conf = SparkConf()
        for name, value in SETTINGS.items():
            conf.setIfMissing(name, value)
        conf.setIfMissing(f"spark.executorEnv.{allocator.VARIABLE}", allocator.KEEPING)
        for name in THREADS:  # Spark gives a task one core, and runs as many side by side as there are
            conf.setIfMissing(f"spark.executorEnv.{name}", conf.get("spark.task.cpus", "1"))
        if conf.get("spark.app.name") in (None, "pyspark-shell"):  # the name that Spark itself makes up
            conf.setAppName("clean")
        conf.setMaster(address(spark.master or conf.get("spark.master", "local[*]"), spark.tasks, room))
        self.context = SparkContext.getOrCreate(conf)

    def stop(self) -> None:
        """Disconnect, and wait until Java, with all workers that are its children, has ended."""
        if self.gateway is None:
            return
        with suppress(Exception):
            if self.context is not None:
                self.context.stop()
        process = self.gateway.proc
        with suppress(Exception):
            self.gateway.shutdown()
        if process is not None:
            with suppress(Exception):
                process.stdin.close()
                process.wait(STOP_SECONDS)
            process.kill()


@dataclass(frozen=True)
class SparkWorkers:
    """Workers on a cluster that is connected."""

    context: Any
    tasks: int | None
    versions: Mapping[str, str]

    @property
    def elsewhere(self) -> bool:
        """They are on the machines of a cluster."""
        return True

    def each(self, function: Callable[[Item], Done], items: Iterable[Item]) -> Iterator[Done]:
        """A task each; the results in order. `items` are taken as there is room.

        Raises what `function` raised. A CleanError is raised at once; after anything else the task is tried again, on
        another machine if there is one. Raises ClusterError when Spark gives up.
        """
        from pyspark import cloudpickle

        name = f"clean-{uuid4()}"
        # Broadcast, as both may be of any size; what is part of a task the driver holds several times over.
        sent = self.context.broadcast((name, str(Path.cwd()), cloudpickle.dumps((self.versions, function))))
        try:
            yield from ordered(partial(self._one, name, sent), items, MOST_WAITING, self._room)
        finally:
            with suppress(Exception):
                # After a signal, or a fault in one of them, nobody wants what the others are working on.
                self.context.cancelJobsWithTag(name)
                sent.destroy()

    def _room(self) -> int:
        """Things that may be out. Asked each time, as a cluster's machines come one by one."""
        return min(self.tasks or 2 * int(self.context.defaultParallelism), MOST_WAITING)

    def _one(self, name: str, function: Any, item: object) -> Any:
        """One thing, in a job of one task, so that each comes back, and is tried again, by itself."""
        from py4j.protocol import Py4JError
        from pyspark import cloudpickle

        sent = None
        try:
            self.context.addJobTag(name)
            sent = self.context.broadcast(cloudpickle.dumps(item))
            del item
            answers = self.context.parallelize([0], 1).map(partial(_work, function, sent)).collect()
        except Py4JError as error:
            raise ClusterError(f"Spark gave up: {reason(error)}; {TRACEBACK}=1 shows its log") from None
        finally:
            if sent is not None:
                with suppress(Exception):
                    self.context.removeJobTag(name)
                    sent.destroy()
        value, raised = cloudpickle.loads(answers[0])
        if raised is not None:
            raise raised
        return value


# ---------------------------------------------------------------- in a task


_ready: dict[str, Any] = {}  # the function that this process was last asked for, by name: tables may hang on it


def _work(function: Any, thing: Any, _: int) -> Any:
    """What one task does, on whatever machine: what the function said, or what it raised, pickled."""
    from pyspark import TaskContext, cloudpickle

    context = TaskContext.get()
    assert context is not None
    for name in THREADS:  # where the cluster was there before us, and has not been told
        os.environ.setdefault(name, context.getLocalProperty("spark.task.cpus") or "1")
    try:
        name, here, pickled = function.value
        with suppress(OSError):
            os.chdir(here)  # where relative names, of inputs, lead to what they lead to on the driver
        if name not in _ready:
            versions, do = cloudpickle.loads(pickled)
            check_versions(versions)
            _ready.clear()
            _ready[name] = do
        return cloudpickle.dumps((_ready[name](cloudpickle.loads(thing.value)), None))
    except BaseException as error:
        final = isinstance(error, CleanError) or context.attemptNumber() + 1 >= TRIES
        if not final or isinstance(error, (SystemExit, KeyboardInterrupt)):
            raise
        return cloudpickle.dumps((None, portable(error)))


def check_versions(versions: Mapping[str, str]) -> None:
    """Raise ClusterError when this machine has another version of a package than the one that sent the task."""
    from importlib import metadata

    for package, version in versions.items():
        try:
            found = metadata.version(package)
        except metadata.PackageNotFoundError:
            found = "none"
        if found != version:
            raise ClusterError(
                f"{socket.gethostname()} has {package} {found}, and the machine that the run is started on has {version}:"
                " install the same on all"
            )


# ---------------------------------------------------------------- before the first


def check_installed() -> None:
    """Raise ConfigError unless Spark and a Java that it runs on are here."""
    if find_spec("pyspark") is None:
        raise ConfigError("--engine spark needs pyspark, the extra 'spark': pip install '.[spark]' in a checkout of clean")
    if "PYSPARK_GATEWAY_PORT" in os.environ:
        return  # spark-submit has started Java already
    home = os.environ.get("JAVA_HOME")
    java = shutil.which(os.path.join(home, "bin", "java") if home else "java")  # noqa: PTH118 (as Spark's own script has it)
    found = java_version(java) if java else None
    if found is None or found < JAVA:
        where = f"JAVA_HOME={home} has" if home else "this machine has"
        what = "none" if found is None else f"Java {found}"
        raise ConfigError(f"--engine spark needs Java {JAVA} or newer, and {where} {what}: install openjdk-17-jre-headless")


def java_version(java: str) -> int | None:
    """The number of a Java, such as 17; None when it does not run."""
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60, check=False).stderr
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found[1]) if found else None


def check_reachable(master: str) -> None:
    """Raise ClusterError when nobody answers at a standalone cluster's address: Spark would try for a minute."""
    if not master.startswith("spark://"):
        return
    refused = ""
    for address in master.removeprefix("spark://").split(","):
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), REACH_SECONDS).close()
            return
        except (OSError, ValueError) as error:
            refused = refusal(error)
    raise ClusterError(f"--master {master}: no cluster answers there ({refused})")


def address(master: str, tasks: int | None, room: int) -> str:
    """A master's address; of this machine, with so many workers, and as many tries as a cluster gives to a task."""
    found = re.fullmatch(r"local(?:\[(\*|\d+)\])?", master)
    if found is None:
        return master
    asked = room if found[1] == "*" else found[1] or 1
    return f"local[{tasks or asked},{TRIES}]"


def reason(error: BaseException) -> str:
    """What went wrong, in a line, of the pages that Spark tells: Python's own last line, or else the first of Java's."""
    java = getattr(error, "java_exception", None)
    told = str(java.getMessage() if java is not None else error)
    told = re.split(r"\n\s*at |\nDriver stacktrace", told)[0]
    lost = re.search(r"failed (\d+) times, most recent failure: Lost task .*? \(TID \d+\) \(([^ )]+)[^)]*\): ", told)
    lines = [line.strip() for line in told[lost.end() if lost else 0 :].splitlines() if line.strip()] or [type(error).__name__]
    last = lines[-1] if "Traceback" in told else lines[0].partition(". Consider ")[0]
    last = last.removeprefix("org.apache.spark.SparkException: ")
    return f"a task failed {lost[1]} times, at last on {lost[2]}: {last}" if lost else last
