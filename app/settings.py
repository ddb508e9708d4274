"""Ground floor: every setting, read from the environment once, frozen."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.errors import CannotStart

PREFIX = "SCAIGRID_"
CommaList = Annotated[tuple[str, ...], NoDecode]


class SettingsWrong(CannotStart):
    """The environment asks for something that cannot be; the message names the variable and what would do."""


class ScaiKeySettings(BaseSettings):
    """Where identities come from when ScaiKey is used; all empty means local identities only."""

    model_config = SettingsConfigDict(env_prefix=f"{PREFIX}SCAIKEY_", frozen=True, extra="ignore")

    url: str = Field("", description="Base address of ScaiKey; its discovery document is read from there.")
    issuer: str = Field("", description="The `iss` every token must carry; needed once the URL is set.")
    audience: str = Field("", description="The `aud` every token must carry; needed once the URL is set.")
    client_id: str = Field("", description="Client id for ScaiKey's admin API and token exchange.")
    client_secret: SecretStr = Field(SecretStr(""), description="Secret of that client.")
    console_client_id: str = Field(
        "", description="Public client id (no secret) with which browsers sign in to the console; empty: by key alone."
    )
    console_scopes: str = Field("openid profile email", description="Scopes the console asks for, with spaces between.")
    mcp_scope: str = Field(
        "",
        pattern=r"^[\x21\x23-\x5B\x5D-\x7E]*$",  # as RFC 6749 has a scope
        description="Scope that ScaiKey's tokens must have to be taken at `/mcp`; empty: none is needed.",
    )
    webhook_secret: SecretStr = Field(SecretStr(""), description="Secret ScaiKey signs its webhooks with.")
    reconcile_seconds: int = Field(
        600, ge=1, le=86_400, description="How often groups are read from ScaiKey, whether or not it tells of changes."
    )
    default_role: Literal["tenant_viewer", "tenant_user", "tenant_admin"] = Field(
        "tenant_user", description="Role of a user created by their first valid token."
    )

    @model_validator(mode="after")
    def _complete(self) -> ScaiKeySettings:
        # A token checked without issuer or audience would be accepted from anybody's client.
        if self.url and not (self.issuer and self.audience):
            raise ValueError("SCAIKEY_URL is set, so SCAIKEY_ISSUER and SCAIKEY_AUDIENCE must be set too")
        return self

    @property
    def browser_issuer(self) -> str:
        """Where browsers sign in; empty where they do not."""
        return self.issuer if self.url and self.console_client_id else ""


class Settings(BaseSettings):
    """The whole configuration. Rooms receive the values they need, never this tree."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    home: Path = Field(Path(".scaigrid"), description="Folder of all embedded state: database, keys, journals, models.")
    models: str = Field(
        "", description="Folder of what built-in models make of their weights, for several homes; empty: one in home."
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    public_url: str = Field(
        "", description="`https://…` under which others reach the server; empty: as each request says it."
    )
    processes: int = Field(1, ge=1, le=64, description="Server processes that share the port.")
    shutdown_seconds: int = Field(10, ge=0, description="How long open answers may still run when the server stops.")
    database_url: SecretStr = Field(
        SecretStr(""), description="`mysql+aiomysql://…` for MariaDB; empty keeps a SQLite file in the home folder."
    )
    redis_url: SecretStr = Field(SecretStr(""), description="`redis://…`: rate limits are counted there when set.")
    broker_url: SecretStr = Field(
        SecretStr(""),
        description="`redis://…` or `amqp://…`: jobs run in Celery workers; empty: in the server's own processes.",
    )
    job_slots: int = Field(32, ge=1, le=64, description="Jobs that one process works on at the same time.")
    rounds: bool = Field(
        True,
        description="Servers and workers look after what is due by the clock; off where a scheduler does.",
    )
    reading_processes: int = Field(1, ge=1, le=16, description="Files that one process has read at the same time.")
    docling_url: str = Field(
        "", description="`http://host:port` of docling-serve: PDFs, DOCX, PPTX and pictures are read by it."
    )
    docling_api_key: SecretStr = Field(SecretStr(""), description="API key for docling-serve, where it asks for one.")
    weaviate_url: str = Field("", description="`http://host:port` of Weaviate; empty keeps vectors in the home folder.")
    vectors_memory_mb: int = Field(1024, ge=16, description="Megabytes of vectors at hand in each process.")
    weaviate_grpc_port: int = Field(50051, ge=1, le=65535, description="Port of Weaviate's gRPC interface.")
    weaviate_api_key: SecretStr = Field(SecretStr(""), description="API key for Weaviate, where it asks for one.")
    neo4j_url: str = Field("", description="`bolt://host:port` of Neo4j; empty keeps graphs in the home folder.")
    neo4j_user: str = Field("neo4j", description="User there.")
    neo4j_password: SecretStr = Field(SecretStr(""), description="Password there; empty where it asks for none.")
    s3_endpoint_url: str = Field("", description="Address of an S3 store other than Amazon's (Garage, MinIO).")
    s3_bucket: str = Field("", description="Bucket of documents and pictures; empty keeps them in the home folder.")
    s3_region: str = Field("us-east-1", description="Region of that bucket.")
    s3_access_key: str = Field("", description="Access key for that bucket; empty uses what the machine is given.")
    s3_secret_key: SecretStr = Field(SecretStr(""), description="Secret key for that bucket.")
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="32 bytes as base64: encrypts stored credentials and signs cursors. Empty: a key file in home.",
    )
    bootstrap_key: SecretStr = Field(
        SecretStr(""), description="An `sgk_…` key for the first super-admin; empty: one is made and printed once."
    )
    demo: bool | None = Field(None, description="Demo tenant: on by default with the embedded database.")
    rate_key: int = Field(60, ge=0, description="Requests per minute and API key; 0 is off.")
    rate_user: int = Field(120, ge=0, description="Requests per minute and user; 0 is off.")
    rate_tenant: int = Field(1000, ge=0, description="Requests per minute and tenant; 0 is off.")
    rate_partner: int = Field(5000, ge=0, description="Requests per minute and partner; 0 is off.")
    max_json_bytes: int = Field(10 * 2**20, ge=1, description="Largest JSON body.")
    max_upload_bytes: int = Field(100 * 2**20, ge=1, description="Largest uploaded file.")
    crawl_delay: float = Field(
        0.25,
        ge=0,
        le=60,
        description="Seconds between two requests of a crawl to one host; a robots.txt may ask for more.",
    )
    allow_hosts: CommaList = Field(
        (), description="Comma list of `host` or `host:port` that outgoing guarded requests may reach anyway."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least severe line logged.")
    log_format: Literal["json", "console"] = Field("json", description="One JSON line each, or lines for people.")
    traces_endpoint: str = Field("", description="OTLP/HTTP address for traces; empty is off.")
    traces_content: bool = Field(False, description="Record prompts and answers in traces.")
    embedding_threads: int = Field(2, ge=1, le=64, description="CPU threads of the built-in embedding model.")
    rerank_model: str = Field(
        "", description="Slug of a chat model that puts passages in order where a search asks for it; empty: built in."
    )
    fault: str = Field(
        "", description="For proofs alone: `point:n` kills the process when it passes a point for the n-th time."
    )
    scaikey: ScaiKeySettings = Field(default_factory=ScaiKeySettings)

    @field_validator("allow_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("public_url")
    @classmethod
    def _whole_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^\s/?#\"\\]+(/[^\s?#\"\\]*)?", value):
            raise ValueError("is an address such as https://grid.example.com")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if url and not url.startswith(("sqlite+aiosqlite://", "mysql+aiomysql://")):
            raise ValueError("starts with sqlite+aiosqlite:// or mysql+aiomysql://")
        return value

    @property
    def models_folder(self) -> Path:
        """Where built-in models keep what they have made of their weights."""
        return Path(self.models) if self.models else self.home / "models"

    @property
    def database(self) -> str:
        """The database address in force."""
        return self.database_url.get_secret_value() or f"sqlite+aiosqlite:///{self.home.absolute()}/scaigrid.db"

    @property
    def embedded_database(self) -> bool:
        """Whether the database is a file of our own."""
        return self.database.startswith("sqlite")

    @property
    def with_demo(self) -> bool:
        """Whether the demo tenant is wanted."""
        return self.embedded_database if self.demo is None else self.demo


class RemoteSettings(BaseSettings):
    """Where a command line finds a server, and as whom it speaks to it; read by `app/cli/stored.py`, described here."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    url: str = Field("http://127.0.0.1:8000", description="Base address of the server that commands speak to.")
    api_key: SecretStr = Field(SecretStr(""), description="The `sgk_…` key that they speak with.")


def variables(group: type[BaseSettings], prefix: str = PREFIX) -> Iterator[tuple[str, FieldInfo]]:
    """Every setting of a group by the name of its variable."""
    for name, field in group.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseSettings):
            yield from variables(inner, inner.model_config.get("env_prefix", prefix))
        else:
            yield f"{prefix}{name}".upper(), field


def said_in_environment() -> dict[str, str]:
    """Every variable there is that begins as ours do."""
    return {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}  # noqa: TID251 - as below


def read_settings() -> Settings:
    """Read the environment; a wrong value stops with one sentence naming the variable."""
    _read_secret_files()
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsWrong(f"{name.rstrip('_')}: {first['msg']} (see docs/reference/settings.md)") from None


def let_nobody_report() -> None:
    """Keep libraries of others from telling their makers that they are used; to be called before they are loaded."""
    os.environ["RAGAS_DO_NOT_TRACK"] = "true"  # noqa: TID251 - as below


def _read_secret_files() -> None:
    """Let any setting come from a file: SCAIGRID_X_FILE names the file that holds SCAIGRID_X."""
    for name, path in list(os.environ.items()):  # noqa: TID251 - this is the one place
        if name.startswith(PREFIX) and name.endswith("_FILE"):
            try:
                content = Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise SettingsWrong(f"{name}: cannot read {path} ({error.strerror})") from None
            os.environ.setdefault(name.removesuffix("_FILE"), content)  # noqa: TID251 - as above
