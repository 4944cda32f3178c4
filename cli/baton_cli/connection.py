"""Where Baton is and who asks: flags, then the environment, then a profile of the config file.

# ~/.config/baton/config.toml
profile = "work"                      # used unless --profile names another

[profiles.work]
url = "https://….execute-api.eu-central-1.amazonaws.com/api"
token_file = "~/.config/baton/work.token"     # or token = "…"
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from baton_cli.exits import UsageProblem

_FIELDS: Final = {"url", "token", "token_file"}
_SHARED: Final = 0o077


@dataclass(frozen=True, slots=True)
class Connection:
    """Where Baton is and the token for it. `warnings` are for people, on stderr."""

    url: str
    token: str | None
    warnings: tuple[str, ...] = ()


def config_path(environ: Mapping[str, str]) -> Path:
    """The path of the config file, where neither flag nor environment names one."""
    base = environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "baton" / "config.toml"


def resolve(url: str | None, token: str | None, profile: str | None, config: Path) -> Connection:
    """The URL and token to use: those of flags or environment, else those of a profile.

    A profile's token is sent to the profile's URL and to no other. Raises `UsageProblem`.
    """
    warnings: list[str] = []
    found = _profile(profile, config) if url is None or token is None or profile else {}
    if url is None or url == found.get("url"):
        token = token or _token(found, config, warnings)
    url = url or found.get("url")
    if url is None:
        raise UsageProblem(
            "Where is Baton? Give --url, set BATON_URL, or write a profile"
            f" into {config} (see docs/reference/cli.md)."
        )
    _check_url(url, token, warnings)
    return Connection(url, _checked(token), tuple(warnings))


def _profile(name: str | None, config: Path) -> dict[str, str]:
    """The profile of that name, or else the file's own choice; empty if there is none."""
    if not config.is_file():
        if name is not None:
            raise UsageProblem(f"There is no profile “{name}”: {config} does not exist.")
        return {}
    read = _read(config)
    wanted = name or read.get("profile")
    profiles = read.get("profiles", {})
    if wanted is None:
        return {}
    found = profiles.get(wanted) if isinstance(profiles, dict) else None
    if not isinstance(found, dict):
        raise UsageProblem(f"There is no profile “{wanted}” in {config}.")
    wrong = sorted(set(found) - _FIELDS) + [
        field for field, value in found.items() if field in _FIELDS and not isinstance(value, str)
    ]
    if wrong:
        raise UsageProblem(f"Profile “{wanted}” in {config}: not understood: {', '.join(wrong)}.")
    return found


def _read(config: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(config.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageProblem(f"{config} cannot be read: {error}") from error


def _token(found: Mapping[str, str], config: Path, warnings: list[str]) -> str | None:
    """The profile's token, from where it is kept."""
    if "token" in found:
        _warn_if_shared(config, warnings)
        return found["token"]
    if "token_file" not in found:
        return None
    path = config.parent / Path(found["token_file"]).expanduser()
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise UsageProblem(f"The token file {path} cannot be read: {error}") from error
    _warn_if_shared(path, warnings)
    return token


def _warn_if_shared(path: Path, warnings: list[str]) -> None:
    if os.name == "posix" and path.stat().st_mode & _SHARED:
        warnings.append(f"{path} holds a token and others can read it: chmod 600 {path}")


def _check_url(url: str, token: str | None, warnings: list[str]) -> None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise UsageProblem(f"{url!r} is no URL of a Baton: it is https://… without a query.")
    if parts.username is not None:
        raise UsageProblem("The URL must not have a user or password in it; use a token.")
    if token and parts.scheme == "http" and not _is_this_machine(parts.hostname):
        warnings.append(f"the token is sent to {parts.hostname} unencrypted: use https")


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _checked(token: str | None) -> str | None:
    """The token without spaces around it, or None. Raises `UsageProblem` if no header takes it."""
    if token is None or (token := token.strip()) == "":
        return None
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise UsageProblem("The token has characters that no token has; is it whole and alone?")
    return token
