"""Servers that are asked: where they are, and the secrets that they are shown."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from correlator.errors import SettingsError
from correlator.settings.units import is_loopback

_EXAMPLE: Final = "https://n8n.example.com"


def http_place(url: str, example: str = _EXAMPLE) -> str:
    """The URL without a slash at its end. Raises ValueError where it is none, or holds what does not belong there."""
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        has_port = False
    if not has_port or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"needs http(s)://host[:port], for example {example}")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("holds credentials, a query or a fragment; leave them out")
    return url.rstrip("/")


def is_exposed(url: str) -> bool:
    """Whether what is sent there goes over a network unencrypted."""
    parts = urlsplit(url)
    return parts.scheme == "http" and not is_loopback(f"{parts.hostname}:0")


def read_secret(file: Path, setting: str, word: str = "key") -> str:
    """What is in the file, fit for a header. Raises SettingsError where it cannot be read; never shows it."""
    name = f"{setting} = {str(file)!r}"
    try:
        return checked_secret(file.read_text(encoding="utf-8"), name, word)
    except OSError as error:
        raise SettingsError(f"{name}: {error.strerror}; make it readable") from error
    except UnicodeDecodeError:
        raise SettingsError(f"{name} is no UTF-8 text; write the {word} into it") from None


def checked_secret(text: str, name: str, word: str = "key") -> str:
    """A secret that fits into a header. Raises SettingsError."""
    secret = text.strip()
    if not secret:
        raise SettingsError(f"{name} is empty; write the {word} into it")
    if not secret.isascii() or not secret.isprintable() or " " in secret:
        raise SettingsError(f"{name} holds more than a {word}; write the {word} alone into it")
    return secret
