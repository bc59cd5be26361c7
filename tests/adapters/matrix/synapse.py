"""A real homeserver on loopback: Synapse, started as a process of its own and spoken to over HTTP."""

import hashlib
import hmac
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx

PYTHON = os.environ.get("LEARNCOMM_TEST_SYNAPSE_PYTHON", sys.executable)
"""Which Python has Synapse, where it is not this one."""
REQUIRED = bool(os.environ.get("CI"))
"""Whether its absence is a failure: in CI nothing may go untested without a word."""
_SECRET = "registration"
_PATIENCE_S = 90.0
_FREE: Mapping[str, float] = {"per_second": 1e5, "burst_count": 1e5}
_LIMITS: Mapping[str, Any] = {
    "rc_message": _FREE,
    "rc_registration": _FREE,
    "rc_login": {"address": _FREE, "account": _FREE, "failed_attempts": _FREE},
    "rc_joins": {"local": _FREE, "remote": _FREE},
    "rc_joins_per_room": _FREE,
    "rc_invites": {"per_room": _FREE, "per_user": _FREE, "per_issuer": _FREE},
    "rc_room_creation": _FREE,
}


@cache
def is_there() -> bool:
    """Whether Synapse can be started here."""
    asked = subprocess.run([PYTHON, "-c", "import synapse"], capture_output=True, timeout=60)
    return asked.returncode == 0


@dataclass(frozen=True, slots=True)
class User:
    """An account on the homeserver."""

    id: str
    token: str
    device: str
    password: str


class Synapse:
    """One homeserver: its files in a folder, its process, and the few calls that only an admin makes."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        """Name what it is started with; nothing runs yet.

        Args:
            folder: Where its files go; made anew.
            settings: What stands in its settings instead of what suits most tests.
        """
        self._folder = folder
        self._port = _free_port()
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it, and come back when it answers."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / "homeserver.json"  # which is YAML, too
        path.write_text(json.dumps(self._whole_settings()), encoding="utf-8")
        key = self._folder / "signing.key"
        if not key.exists():
            key.write_text(f"ed25519 a_test {_unpadded(secrets.token_bytes(32))}\n")
        with (self._folder / "stderr.log").open("ab") as errors:
            self._process = subprocess.Popen(
                [PYTHON, "-m", "synapse.app.homeserver", "-c", str(path)],
                cwd=self._folder,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        self._wait()

    def stop(self, *, kill: bool = False) -> None:
        """End it: as a server is stopped, or at once as a crash would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
            self._process.wait(timeout=30)
            self._process = None

    def user(self, name: str, *, is_admin: bool = False) -> User:
        """Return a new account, logged in."""
        address = f"{self.url}/_synapse/admin/v1/register"
        nonce = httpx.get(address, timeout=30, verify=False).json()["nonce"]
        password, role = f"{name}-secret", "admin" if is_admin else "notadmin"
        signed = "\0".join((nonce, name, password, role)).encode()
        told = httpx.post(
            address,
            json={
                "nonce": nonce,
                "username": name,
                "displayname": name.title(),
                "password": password,
                "admin": is_admin,
                "mac": hmac.new(_SECRET.encode(), signed, hashlib.sha1).hexdigest(),
            },
            timeout=30,
            verify=False,  # to load certificates takes longer than all else
        ).json()
        return User(told["user_id"], told["access_token"], told["device_id"], password)

    def _wait(self) -> None:
        assert self._process is not None
        end = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end:
            if self._process.poll() is not None:
                break
            try:
                if httpx.get(f"{self.url}/health", timeout=2, verify=False).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.05)
        logs = (self._folder / each for each in ("stderr.log", "homeserver.log"))
        tails = [each.read_text()[-2000:] for each in logs if each.exists()]
        self.stop(kill=True) if self._process.poll() is None else None
        raise RuntimeError("Synapse did not start:\n" + "\n".join(tails))

    def _whole_settings(self) -> Mapping[str, Any]:
        log = {
            "version": 1,
            "formatters": {"plain": {"format": "%(asctime)s %(name)s %(message)s"}},
            "handlers": {
                "file": {
                    "class": "logging.FileHandler",
                    "formatter": "plain",
                    "filename": str(self._folder / "homeserver.log"),
                }
            },
            "root": {"level": "WARNING", "handlers": ["file"]},
            "disable_existing_loggers": False,
        }
        (self._folder / "log.json").write_text(json.dumps(log), encoding="utf-8")
        return {
            "server_name": "localhost",
            "report_stats": False,
            "trusted_key_servers": [],
            "suppress_key_server_warning": True,
            "federation_domain_whitelist": [],
            "presence": {"enabled": False},
            "url_preview_enabled": False,
            "bcrypt_rounds": 4,
            "registration_shared_secret": _SECRET,
            "macaroon_secret_key": "macaroon",
            "form_secret": "form",
            "signing_key_path": str(self._folder / "signing.key"),
            "media_store_path": str(self._folder / "media"),
            "pid_file": str(self._folder / "homeserver.pid"),
            "log_config": str(self._folder / "log.json"),
            "max_upload_size": "20M",
            "database": {
                "name": "sqlite3",
                "args": {"database": str(self._folder / "homeserver.db")},
            },
            "listeners": [
                {
                    "port": self._port,
                    "bind_addresses": ["127.0.0.1"],
                    "type": "http",
                    "tls": False,
                    "resources": [{"names": ["client"], "compress": False}],
                }
            ],
            **_LIMITS,
            **self._settings,
        }


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _unpadded(raw: bytes) -> str:
    return b64encode(raw).decode().rstrip("=")
