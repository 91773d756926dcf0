"""The figures Voltaro counts of itself, in Prometheus terms. No label names a charger."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import HistogramMetricFamily
from prometheus_client.registry import Collector

disable_created_metrics()  # type: ignore[no-untyped-call]
REGISTRY = CollectorRegistry()


class Durations(Collector):
    """A histogram of seconds for what happens with every message: the library's own takes a lock and three times the time.

    It is counted on the event loop's thread alone.
    """

    BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

    def __init__(self, name: str, documentation: str) -> None:
        self._name = name
        self._documentation = documentation
        self._counts = [0] * (len(self.BOUNDS) + 1)
        self._sum = 0.0
        REGISTRY.register(self)

    def observe(self, seconds: float) -> None:
        self._counts[bisect_left(self.BOUNDS, seconds)] += 1
        self._sum += seconds

    def collect(self) -> Iterator[HistogramMetricFamily]:
        total = 0
        buckets = []
        for bound, count in zip((*map(str, self.BOUNDS), "+Inf"), self._counts, strict=True):
            total += count
            buckets.append((bound, total))
        yield HistogramMetricFamily(self._name, self._documentation, buckets=buckets, sum_value=self._sum)


LINES = Gauge("voltaro_lines", "Open lines of chargers.", registry=REGISTRY)
HANDSHAKES = Counter("voltaro_handshakes", "Handshakes by how they ended.", ["result"], registry=REGISTRY)
LINES_CLOSED = Counter("voltaro_lines_closed", "Closed lines by close code.", ["code"], registry=REGISTRY)
CALLS = Counter(
    "voltaro_calls", "Calls of chargers answered, by protocol, action and outcome.", ["protocol", "action", "outcome"], registry=REGISTRY
)
COMMANDS = Counter("voltaro_commands", "Commands to chargers by how they ended.", ["state"], registry=REGISTRY)
CALL_SECONDS = Durations("voltaro_call_seconds", "From a call's last byte to its answer.")
ANOMALIES = Counter("voltaro_anomalies", "Oddities of chargers by kind.", ["code"], registry=REGISTRY)
ACTORS = Gauge("voltaro_actors", "Living actors.", registry=REGISTRY)
ACTOR_CRASHES = Counter("voltaro_actor_crashes", "Crashes of actors by kind.", ["kind"], registry=REGISTRY)
ACTOR_RECOVERY_SECONDS = Histogram(
    "voltaro_actor_recovery_seconds",
    "From a crash until the actor served again.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
ACTOR_HANGS = Counter("voltaro_actor_hangs", "Actors replaced because they were at one thing for too long.", ["kind"], registry=REGISTRY)
FRAMES_BARRED = Counter(
    "voltaro_barred_frames", "Calls answered without their actor, because the same had crashed it twice.", registry=REGISTRY
)
FAULTS = Counter("voltaro_faults_injected", "Faults provoked on purpose, by kind.", ["kind"], registry=REGISTRY)
FAULT_RECOVERY_SECONDS = Histogram(
    "voltaro_fault_recovery_seconds",
    "From a provoked fault's last strike until its target served again.",
    ["kind"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
    registry=REGISTRY,
)
BATCHES = Counter("voltaro_batches", "Batches of facts by outcome.", ["outcome"], registry=REGISTRY)
BATCH_FACTS = Histogram(
    "voltaro_batch_facts", "Facts in a batch.", buckets=(1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500), registry=REGISTRY
)
BATCH_SECONDS = Histogram(
    "voltaro_batch_seconds",
    "From BEGIN to COMMIT of a batch.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
POISON = Counter("voltaro_poison_facts", "Facts that PostgreSQL refused for what they hold.", registry=REGISTRY)
FACTS_SHED = Counter("voltaro_facts_shed", "Facts of class B let go because the database was too slow or away.", registry=REGISTRY)
STREAM_READERS = Gauge("voltaro_stream_readers", "Readers of the live stream.", registry=REGISTRY)
STREAM_RESYNCS = Counter("voltaro_stream_resyncs", "Readers of the live stream told to read everything anew.", registry=REGISTRY)
BROWSER_REPORTS = Counter(
    "voltaro_browser_reports", "Breaches of the pages' content policy that browsers have reported.", registry=REGISTRY
)
LOOP_LAG_SECONDS = Gauge("voltaro_loop_lag_seconds", "How late the event loop last was.", registry=REGISTRY)


def exposition() -> bytes:
    """All figures in Prometheus text format."""
    return bytes(generate_latest(REGISTRY))
