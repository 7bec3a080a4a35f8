"""All settings, read once from `GOTONG_*` environment variables; every wrong value is named at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final
from urllib.parse import urlsplit

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
DEVELOPMENT_SECRET: Final = "development-only-secret-not-for-production"  # noqa: S105 - refused in production
# Modules whose import registers job handlers; a slice with a tasks.py adds its name here.
TASK_MODULES: Final[tuple[str, ...]] = (
    "app.rounds.tasks",
    "app.rounds.answer_tasks",
    "app.notifications.tasks",
    "app.offers.tasks",
    "app.privacy.tasks",
    "app.transfers.tasks",
)


class SettingsRefused(Exception):  # noqa: N818
    """Some values cannot be used; `reasons` lists all of them, each with its variable."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("These settings cannot be used:\n" + "\n".join(f"  - {reason}" for reason in reasons))


@dataclass(frozen=True)
class Settings:
    """What an operator can set. Times are in seconds and sizes in bytes unless the name says otherwise."""

    environment: str = "development"
    database_url: str = "sqlite:///var/gotong.db"
    secret: str = field(default=DEVELOPMENT_SECRET, repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    processes: int = 1
    allowed_hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "testserver")
    trusted_proxies: str = ""
    max_body_bytes: int = 2_000_000
    max_upload_bytes: int = 64_000_000
    max_import_bytes: int = 60_000_000
    max_import_unpacked_bytes: int = 250_000_000
    max_import_rows: int = 100_000
    import_days: int = 30
    max_json_depth: int = 40
    data_folder: str = "var/data"
    max_document_bytes: int = 5_000_000
    retention_days: int = 365
    session_hours: int = 12
    token_days: int = 30
    login_tries: int = 5
    login_tries_per_address: int = 50
    login_window_seconds: int = 900
    worker_lease_seconds: float = 30.0
    worker_poll_seconds: float = 1.0
    worker_seen_seconds: float = 60.0
    worker_stop_seconds: float = 10.0
    offer_days: int = 14
    public_url: str = "http://127.0.0.1:8000"
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: str = "starttls"
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    smtp_from: str = ""
    smtp_seconds: float = 20.0
    webhook_seconds: float = 10.0
    link_hours: int = 24
    reset_minutes: int = 60
    invitation_days: int = 14
    mail_requests: int = 3
    mail_requests_per_address: int = 20
    mail_window_seconds: int = 3600
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_name: str = "OpenID Connect"
    oidc_seconds: float = 10.0
    job_attempts: int = 5
    job_backoff_seconds: float = 5.0
    job_backoff_limit_seconds: float = 600.0
    task_modules: tuple[str, ...] = TASK_MODULES

    @property
    def mails(self) -> bool:
        """Whether a mail server is known; without one, mails are held in the outbox."""
        return bool(self.smtp_host)

    @property
    def production(self) -> bool:
        """Whether this is the real service: secure cookies, HSTS, no insecure defaults."""
        return self.environment == "production"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read `GOTONG_*` variables.

        Raises:
            SettingsRefused: With every unknown variable and unusable value.
        """
        given = {k: v for k, v in (os.environ if environment is None else environment).items() if k[:7] == "GOTONG_"}
        known = {f"GOTONG_{one.name.upper()}": one for one in fields(cls)}
        reasons: list[str] = []
        values: dict[str, Any] = {}
        for name, text in sorted(given.items()):
            if name not in known:
                if not name.startswith(OTHER_PREFIXES):
                    reasons.append(f"{name} is not a setting; known are {', '.join(sorted(known))}.")
                continue
            setting = known[name]
            try:
                values[setting.name] = _reader(type(setting.default))(text)
            except ValueError:
                reasons.append(f"{name}={text!r} is not {_spoken(type(setting.default))}.")
        settings = cls(**values)
        reasons += _range_faults(settings)
        if settings.production:
            reasons += _production_faults(settings)
        if reasons:
            raise SettingsRefused(reasons)
        return settings


# Variables with our prefix that are read elsewhere: where tests find PostgreSQL and leave pictures, how the demo is built.
OTHER_PREFIXES: Final = ("GOTONG_TEST_", "GOTONG_POSTGRES_", "GOTONG_DEMO_", "GOTONG_SCREENSHOTS")


def _reader(kind: type) -> Callable[[str], Any]:
    if kind is tuple:
        return lambda text: tuple(part.strip() for part in text.split(",") if part.strip())
    return kind


def _spoken(kind: type) -> str:
    return {int: "a whole number", float: "a number"}.get(kind, "a usable text")


def _range_faults(settings: Settings) -> list[str]:
    reasons = []
    if settings.environment not in {"development", "test", "production"}:
        reasons.append(f"GOTONG_ENVIRONMENT={settings.environment!r}: use development, test or production.")
    if not settings.database_url.startswith(("sqlite:", "postgresql:", "postgresql+psycopg:")):
        reasons.append("GOTONG_DATABASE_URL: use sqlite:///path or postgresql+psycopg://user@host/name.")
    if not 0 < settings.port < 65536:
        reasons.append(f"GOTONG_PORT={settings.port}: use 1 to 65535.")
    for one in fields(settings):
        value = getattr(settings, one.name)
        if one.name != "port" and type(value) in {int, float} and not value > 0:
            reasons.append(f"GOTONG_{one.name.upper()}={value}: use a number above 0.")
    if not settings.data_folder.strip():
        reasons.append("GOTONG_DATA_FOLDER: say in which folder documents lie, such as /var/lib/gotong.")
    reasons += _mail_faults(settings) + _oidc_faults(settings)
    if settings.processes > 1 and settings.database_url.startswith("sqlite:"):
        reasons.append("GOTONG_PROCESSES: SQLite serves one web process only; use 1, or PostgreSQL.")
    return reasons


def _mail_faults(settings: Settings) -> list[str]:
    reasons = []
    if not settings.public_url.startswith(("http://", "https://")) or settings.public_url.endswith("/"):
        reasons.append("GOTONG_PUBLIC_URL: use the address that people type, such as https://gotong.example.org.")
    if settings.smtp_security not in {"starttls", "tls", "none"}:
        reasons.append(f"GOTONG_SMTP_SECURITY={settings.smtp_security!r}: use starttls, tls or none.")
    if settings.smtp_port >= 65536:
        reasons.append(f"GOTONG_SMTP_PORT={settings.smtp_port}: use 1 to 65535.")
    if settings.mails and "@" not in settings.smtp_from:
        reasons.append("GOTONG_SMTP_FROM: say from which address mails come, such as gotong@example.org.")
    return reasons


def _oidc_faults(settings: Settings) -> list[str]:
    if not settings.oidc_issuer:
        given = [name for name in ("oidc_client_id", "oidc_client_secret") if getattr(settings, name)]
        return [f"GOTONG_{name.upper()}: say also who issues, with GOTONG_OIDC_ISSUER." for name in given]
    reasons = []
    parts = urlsplit(settings.oidc_issuer)
    is_open = parts.scheme == "http" and parts.hostname in LOOPBACK and not settings.production
    if not (parts.scheme == "https" or is_open) or parts.query or parts.fragment:
        reasons.append("GOTONG_OIDC_ISSUER: use the issuer's https:// address, exactly as it calls itself.")
    if not settings.oidc_client_id:
        reasons.append("GOTONG_OIDC_CLIENT_ID: say under which id the issuer knows this service.")
    return reasons


def _production_faults(settings: Settings) -> list[str]:
    reasons = []
    if settings.secret == DEVELOPMENT_SECRET or len(settings.secret) < 32:
        reasons.append(
            "GOTONG_SECRET: production needs a secret of its own with 32 characters or more; "
            "make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    if not settings.public_url.startswith("https://"):
        reasons.append("GOTONG_PUBLIC_URL: production needs the service's own https:// address, for links in mails.")
    if settings.allowed_hosts == Settings.allowed_hosts or "*" in settings.allowed_hosts:
        reasons.append("GOTONG_ALLOWED_HOSTS: production needs the host names of the service, separated by commas.")
    return reasons
