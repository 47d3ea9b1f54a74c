"""
Mixed load over HTTP on several processes of gunicorn and a PostgreSQL server of its own, for a bounded time.

    python -m tests.soak --seconds 600

Exits with 1 if any request failed, a write was lost or the processes' memory grew.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles
from threading import Event
from time import monotonic, sleep
from typing import Any

from tests.concurrency.servers import Postgresql, free_port, wait_for_port
from tests.processes.acts import operating
from tests.processes.rig import ROOT, Worker, nursery
from tests.results import as_table, write_section
from tests.soak import acts
from tests.soak.load import Client

WORKERS, THREADS, CLIENTS = 3, 4, 6
# By so much of itself may the memory of a process be more in the last third than in the second.
GROWTH = 1.05


@contextmanager
def gunicorn(settings: dict[str, Any], port: int, log: Path) -> Iterator[int]:
    """Serve the host project for the time of the block; yield the id of the process whose children are the workers."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.processes.settings",
        "PROCESS_SETTINGS": json.dumps(settings),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "api")]),
    }
    flags = [f"--bind=127.0.0.1:{port}", f"--workers={WORKERS}", f"--threads={THREADS}", "--worker-class=gthread"]
    flags += ["--log-level=warning", "--keep-alive=30", "--no-control-socket"]
    command = [sys.executable, "-m", "gunicorn", *flags, "django.core.wsgi:get_wsgi_application()"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        wait_for_port(port, process)
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=40)


def memory_of_children(process: int) -> dict[int, int]:
    """Return the resident memory of each child, in KiB."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    found = {}
    for child in map(int, children):
        lines = dict(line.split(":", 1) for line in Path(f"/proc/{child}/status").read_text().splitlines())
        found[child] = int(lines["VmRSS"].split()[0])
    return found


def growth(samples: list[dict[int, int]]) -> float:
    """Return by what factor the processes have grown from the second third of the samples to the last, at most."""
    third = len(samples) // 3
    processes = set.intersection(*(set(sample) for sample in samples))
    return max(
        median(sample[process] for sample in samples[-third:])
        / median(sample[process] for sample in samples[third:-third])
        for process in processes
    )


def put_load(port: int, server: int, seconds: float) -> tuple[list[Client], list[dict[int, int]]]:
    """Let the clients ask for so long; return them, and the memory of the processes each second."""
    ends = Event()
    clients = [Client(port, seed, ends) for seed in range(CLIENTS)]
    deadline = monotonic() + seconds
    samples = []
    for client in clients:
        client.start()
    try:
        while monotonic() < deadline:
            sleep(1.0)
            samples.append(memory_of_children(server))
    finally:
        ends.set()
        for client in clients:
            client.join()
    return clients, samples


def latencies(clients: list[Client]) -> list[list[Any]]:
    """Return a row per kind of request: how many, and percentiles in milliseconds."""
    rows = []
    for name in sorted({name for client in clients for name in client.seconds}):
        taken = [1000 * each for client in clients for each in client.seconds[name]]
        cuts = quantiles(taken, n=100, method="inclusive")
        rows.append([name, len(taken), *(f"{value:.1f}" for value in (cuts[49], cuts[94], cuts[98], max(taken)))])
    return rows


def run(seconds: float, folder: Path) -> int:
    """Make a server, put load on it, print and write the figures, and return the exit code."""
    database = Postgresql(folder)
    try:
        database.start()
        settings: dict[str, Any] = {"ALLOWED_HOSTS": ["127.0.0.1"], "PLUGIN_SYSTEM_API_WRITE_RATE": None}
        settings["DATABASES"] = {"default": {**database.settings(), "CONN_MAX_AGE": 60}}
        own = Path(tempfile.mkdtemp(dir=folder))
        port = free_port()
        with nursery(own) as path:
            worker = Worker(path, settings)
            worker.call(operating.migrate)
            worker.call(acts.make_user, name="soak")
            with gunicorn(settings, port, folder / "gunicorn.log") as server:
                clients, samples = put_load(port, server, seconds)
            recorded = worker.call(acts.recorded_numbers)
            worker.kill()
        log = (folder / "gunicorn.log").read_text()
    finally:
        database.stop()
    return _report(clients, samples, recorded, log, f"{seconds:.0f} s, {database.version}, ")


def _report(clients: list[Client], samples: list[dict[int, int]], recorded: list[int], log: str, facts: str) -> int:
    acknowledged = sorted(number for client in clients for number in client.revisions)
    grown = growth(samples)
    requests = sum(len(each) for client in clients for each in client.seconds.values())
    errors = [error for client in clients for error in client.errors]
    # The first revision is that of the migration.
    lost = len(set(recorded) ^ {1, *acknowledged})
    faults = [*errors[:10], *log.splitlines()[-10:]]
    faults += [f"{lost} writes are not recorded as acknowledged"] * bool(lost)
    faults += [f"memory grew by a factor of {grown:.3f}"] * (grown > GROWTH)
    facts += f"gunicorn {version('gunicorn')} with {WORKERS} workers of {THREADS} threads, {CLIENTS} clients: "
    facts += f"{requests} requests, {len(errors)} errors, {len(acknowledged)} writes acknowledged, {lost} lost, "
    facts += f"{sum(client.refused for client in clients)} refused by If-Match; memory at the end "
    facts += f"{max(samples[-1].values()) / 1024:.0f} MiB a worker, {100 * (grown - 1):+.1f} % since the second third. "
    facts += "Failed." if faults else "Passed."
    table = as_table(["request", "count", "p50, ms", "p95, ms", "p99, ms", "max, ms"], latencies(clients))
    print(f"{facts}\n\n{table}", *faults, sep="\n")
    write_section("Soak", f"{facts}\n\n{table}")
    return 1 if faults else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    folder = Path(tempfile.mkdtemp(prefix="plugin-system-soak-"))
    try:
        return run(options.seconds, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
