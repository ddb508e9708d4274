"""Ground floor, telemetry: every Prometheus metric, declared in one place; no tenant or user ids as labels."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

HTTP_SECONDS = Histogram(
    "scaigrid_http_request_duration_seconds",
    "Time from request to the end of its answer.",
    ["method", "route", "status"],
    registry=REGISTRY,
    buckets=(0.005, 0.025, 0.1, 0.25, 1, 2.5, 10, 60),
)
MODEL_SECONDS = Histogram(
    "scaigrid_model_call_duration_seconds",
    "Time a model call took, by what it was for and how it ended.",
    ["operation", "outcome"],
    registry=REGISTRY,
    buckets=(0.05, 0.25, 1, 2.5, 10, 30, 120),
)
MODEL_TOKENS = Counter(
    "scaigrid_model_tokens_total", "Tokens sent to and got from models.", ["direction"], registry=REGISTRY
)
BACKEND_FAILURES = Counter(
    "scaigrid_backend_failures_total", "Failed backend calls by code.", ["code"], registry=REGISTRY
)
LOOP_DELAY = Histogram(
    "scaigrid_event_loop_delay_seconds",
    "How much later than it was due the event loop came to something: so long nobody was answered.",
    registry=REGISTRY,
    buckets=(0.005, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 10),
)
OPEN_STREAMS = Gauge("scaigrid_open_streams", "Answers being streamed now.", registry=REGISTRY)
REFUSED = Counter("scaigrid_refused_requests_total", "Requests refused, by code.", ["code"], registry=REGISTRY)
LEDGER_WAITING = Gauge("scaigrid_ledger_waiting", "Finished calls not yet written to the database.", registry=REGISTRY)
WEBHOOKS = Counter(
    "scaigrid_webhook_deliveries_total", "Webhook deliveries by outcome.", ["outcome"], registry=REGISTRY
)
STORE_UP = Gauge("scaigrid_store_up", "Whether a dependency answers (1) or is away (0).", ["store"], registry=REGISTRY)
DIRECTORY_SECONDS = Histogram(
    "scaigrid_directory_reading_duration_seconds",
    "Time a reading of a ScaiKey directory took, by what became of it.",
    ["outcome"],
    registry=REGISTRY,
    buckets=(0.05, 0.25, 1, 2.5, 10, 60, 240),
)
DIRECTORY_EVENTS = Counter(
    "scaigrid_directory_events_total", "Events ScaiKey sent, by what became of them.", ["outcome"], registry=REGISTRY
)
RECONCILED = Counter(
    "scaigrid_reconciled_total",
    "What stores and rows say of each other, compared: orphaned, lost or missing, and removed or healed.",
    ["store", "found"],
    registry=REGISTRY,
)
JOBS = Counter("scaigrid_jobs_total", "Attempts at jobs, by how they ended.", ["kind", "outcome"], registry=REGISTRY)
JOB_SECONDS = Histogram(
    "scaigrid_job_duration_seconds",
    "Time an attempt at a job took.",
    ["kind"],
    registry=REGISTRY,
    buckets=(0.05, 0.25, 1, 5, 30, 120, 600, 3600),
)
JOBS_RUNNING = Gauge("scaigrid_jobs_running", "Jobs this process works on now.", ["lane"], registry=REGISTRY)
JOBS_DUE_SECONDS = Gauge(
    "scaigrid_jobs_oldest_due_seconds", "How long the oldest due job has waited to be begun.", registry=REGISTRY
)
JOBS_LEFT = Gauge(
    "scaigrid_jobs_left_behind", "Jobs whose worker is gone and which nobody has taken over yet.", registry=REGISTRY
)
