"""Ground floor, telemetry: the names of the GenAI vocabulary, as OpenTelemetry settles them; here and nowhere else."""

from __future__ import annotations

OPERATION = "gen_ai.operation.name"
PROVIDER = "gen_ai.provider.name"
REQUEST_MODEL = "gen_ai.request.model"
RESPONSE_MODEL = "gen_ai.response.model"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
INPUT_MESSAGES = "gen_ai.input.messages"
OUTPUT_MESSAGES = "gen_ai.output.messages"
ERROR_TYPE = "error.type"
REQUEST_ID = "scaigrid.request_id"

CHAT = "chat"
EMBEDDINGS = "embeddings"
RETRIEVAL = "retrieval"
