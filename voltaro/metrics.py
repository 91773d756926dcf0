"""The figures Voltaro counts of itself, in Prometheus terms. No label names a charger."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest

REGISTRY = CollectorRegistry()

LINES = Gauge("voltaro_lines", "Open lines of chargers.", registry=REGISTRY)
HANDSHAKES = Counter("voltaro_handshakes", "Handshakes by how they ended.", ["result"], registry=REGISTRY)
LINES_CLOSED = Counter("voltaro_lines_closed", "Closed lines by close code.", ["code"], registry=REGISTRY)
CALLS = Counter(
    "voltaro_calls", "Calls of chargers answered, by protocol, action and outcome.", ["protocol", "action", "outcome"], registry=REGISTRY
)
COMMANDS = Counter("voltaro_commands", "Commands to chargers by how they ended.", ["state"], registry=REGISTRY)
CALL_SECONDS = Histogram(
    "voltaro_call_seconds",
    "From a call's last byte to its answer.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
ANOMALIES = Counter("voltaro_anomalies", "Oddities of chargers by kind.", ["code"], registry=REGISTRY)
ACTORS = Gauge("voltaro_actors", "Living actors.", registry=REGISTRY)
ACTOR_CRASHES = Counter("voltaro_actor_crashes", "Crashes of actors by kind.", ["kind"], registry=REGISTRY)
ACTOR_RECOVERY_SECONDS = Histogram(
    "voltaro_actor_recovery_seconds",
    "From a crash until the actor served again.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
FAULTS = Counter("voltaro_faults_injected", "Faults provoked on purpose, by kind.", ["kind"], registry=REGISTRY)
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
STREAM_READERS = Gauge("voltaro_stream_readers", "Readers of the live stream.", registry=REGISTRY)
STREAM_RESYNCS = Counter("voltaro_stream_resyncs", "Readers of the live stream told to read everything anew.", registry=REGISTRY)
LOOP_LAG_SECONDS = Gauge("voltaro_loop_lag_seconds", "How late the event loop last was.", registry=REGISTRY)


def exposition() -> bytes:
    """All figures in Prometheus text format."""
    return bytes(generate_latest(REGISTRY))
