"""Makes what compose.yml keeps secret, once, into .secrets/; what is there already stays as it is."""

from __future__ import annotations

import base64
import secrets
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

CLOSED, SHUT = 0o700, 0o600
# Read inside containers by users of theirs; on this machine the folder around them lets nobody else come near.
READ_INSIDE = 0o444
BY_COMPOSE = ".env"  # read here, by `docker compose`, for the servers that take secrets from nowhere else


def drawn() -> dict[str, str]:
    """New secrets, each drawn by chance."""
    mariadb, redis, neo4j = (secrets.token_hex(24) for _ in range(3))
    weaviate, access, secret = secrets.token_hex(32), f"GK{secrets.token_hex(12)}", secrets.token_hex(32)
    return {
        "secret_key": base64.b64encode(secrets.token_bytes(32)).decode(),
        "bootstrap_key": f"sgk_{secrets.token_urlsafe(36)}",
        "mariadb_password": mariadb,
        "mariadb_root_password": secrets.token_hex(24),
        "database_url": f"mysql+aiomysql://scaigrid:{mariadb}@mariadb:3306/scaigrid",
        "redis_password": redis,
        "redis_conf": f'requirepass {redis}\nbind * -::*\nsave ""\nappendonly no\nmaxmemory-policy noeviction',
        "redis_url": f"redis://:{redis}@redis:6379/0",
        "broker_url": f"redis://:{redis}@redis:6379/1",
        "neo4j_password": neo4j,
        "neo4j_auth": f"neo4j/{neo4j}",
        "weaviate_api_key": weaviate,
        f"weaviate{BY_COMPOSE}": f"AUTHENTICATION_APIKEY_ALLOWED_KEYS={weaviate}",
        "s3_access_key": access,
        "s3_secret_key": secret,
        f"garage{BY_COMPOSE}": (
            f"GARAGE_RPC_SECRET={secrets.token_hex(32)}\n"
            f"GARAGE_DEFAULT_ACCESS_KEY={access}\nGARAGE_DEFAULT_SECRET_KEY={secret}"
        ),
        "scaikey_client_secret": "",
        "scaikey_webhook_secret": "",
    }


def write(folder: Path, made: Mapping[str, str]) -> None:
    """Write all of them or none: half of old ones and half of new ones would fit nothing."""
    growing = folder.with_name(f"{folder.name}.growing")
    shutil.rmtree(growing, ignore_errors=True)
    growing.mkdir(mode=CLOSED)
    for name, content in made.items():
        file = growing / name
        file.touch(mode=SHUT)
        file.write_text(f"{content}\n" if content else "", encoding="ascii")
        file.chmod(SHUT if name.endswith(BY_COMPOSE) else READ_INSIDE)
    growing.rename(folder)


def main(root: Path, draw: Callable[[], Mapping[str, str]] = drawn) -> None:
    """Make what is missing beside compose.yml."""
    choices, folder = root / ".env", root / ".secrets"
    if not choices.exists():
        shutil.copy(root / ".env.example", choices)
        print(f"{choices.name}: made; look whether it says what you want.")
    if folder.exists():
        print(f"{folder.name}/ is there already and stays as it is.")
        return
    write(folder, draw())
    print(f"{folder.name}/ made. Keep a copy of secret_key apart from your backups: without it they cannot be read.")
    print(f"The first super-admin's key is in {folder.name}/bootstrap_key.")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
