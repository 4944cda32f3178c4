"""The deployment's configuration: one typed object, read from the environment once.

A value that is not valid is logged and replaced by its default: a typing error in a template must
not stop the scheduler.
"""

import ipaddress
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from chalicelib.domain.access.jwt_claims import TENANT, JwtRules
from chalicelib.domain.access.scopes import SCOPES
from chalicelib.platform import events
from chalicelib.platform.secrets import SecretStore

#: An origin as browsers write it: in small letters, without a path, and without the port that its
#: scheme has anyway. Only this machine's own pages may do without https.
ORIGIN: Final = re.compile(
    r"https://[a-z0-9-]+(\.[a-z0-9-]+)*(:(?!443$)[1-9][0-9]{0,4})?"
    r"|http://localhost(:(?!80$)[1-9][0-9]{0,4})?"
)

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What targets may reach and start: networks, and patterns of ARNs."""

    #: Networks that HTTP targets may reach although they are not public.
    networks: tuple[IPNetwork, ...] = ()
    #: Patterns (`*` and `?`, as in IAM) of the ARNs that targets may start.
    functions: tuple[str, ...] = ()
    state_machines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Where people of the dashboard may sign in by OpenID Connect, and as which client of it."""

    issuer: str
    client_id: str
    #: Whom its tokens have to be for.
    audience: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What a deployment sets. `stack` is the stack's name, which its secrets begin with."""

    stack: str = "baton"
    run_queue_url: str = ""
    wake_queue_url: str = ""
    run_dead_letters_url: str = ""
    wake_dead_letters_url: str = ""
    capacity: int = 1
    #: How many runners AWS starts at a time.
    runner_concurrency: int = 110
    #: By how many a full shard of due schedules is swept at once.
    fan_out: int = 4
    #: Whether wakes have a runner begin while they sleep up to their instant.
    warm_runner: bool = False
    #: What every tenant's targets may reach and start, as `Allowed` has it.
    allow_targets: tuple[IPNetwork, ...] = ()
    allow_functions: tuple[str, ...] = ()
    allow_state_machines: tuple[str, ...] = ()
    #: Tenant → what its targets may reach and start besides.
    allow_of_tenant: Mapping[str, Allowed] = field(default_factory=dict)
    #: The API's address, at which targets call back; without a slash at the end.
    public_url: str = ""
    #: The origins whose pages may call the API from a browser, and whether they may make tokens.
    allow_origins: tuple[str, ...] = ()
    tokens_from_browsers: bool = False
    #: The service that secrets are read from.
    secret_store: SecretStore = "ssm"  # noqa: S105  # the name of a service
    #: The channels of notifications besides the inbox: an SNS topic and a webhook, the latter with
    #: the name of the secret that signs its requests.
    notification_topic_arn: str = ""
    notification_webhook_url: str = ""
    notification_webhook_secret: str = ""
    #: The bus of EventBridge that hears of runs that ended and schedules that broke; none if empty.
    event_bus_arn: str = ""
    #: Which JWTs are accepted besides Baton's own tokens.
    oidc: JwtRules | None = None
    #: How people sign in at the dashboard besides by token.
    sign_in: SignIn | None = None
    #: Whether metrics are written into the log, from which CloudWatch takes them.
    metrics: bool = True
    #: The URL of a watch to which each tick says that it began and how it ended; empty for none.
    ping_url: str = field(default="", repr=False)

    def allowed_to(self, tenant_id: str) -> Allowed:
        """What that tenant's targets may reach and start."""
        own = self.allow_of_tenant.get(tenant_id, Allowed())
        return Allowed(
            networks=self.allow_targets + own.networks,
            functions=self.allow_functions + own.functions,
            state_machines=self.allow_state_machines + own.state_machines,
        )


def from_environment(environ: Mapping[str, str]) -> Config:
    """The configuration that these environment variables describe."""
    networks = _networks(environ, "BATON_ALLOW_TARGETS")
    functions = _by_tenant(environ, "BATON_ALLOW_FUNCTIONS")
    state_machines = _by_tenant(environ, "BATON_ALLOW_STATE_MACHINES")
    return Config(
        stack=environ.get("BATON_STACK") or "baton",
        run_queue_url=environ.get("RUN_QUEUE_URL", ""),
        wake_queue_url=environ.get("WAKE_QUEUE_URL", ""),
        run_dead_letters_url=environ.get("RUN_DEAD_LETTERS_URL", ""),
        wake_dead_letters_url=environ.get("WAKE_DEAD_LETTERS_URL", ""),
        capacity=_whole_number(environ, "BATON_CAPACITY", default=1, least=1, most=1000),
        runner_concurrency=_whole_number(
            environ, "BATON_RUNNER_CONCURRENCY", default=110, least=2, most=1000
        ),
        fan_out=_whole_number(environ, "BATON_FAN_OUT", default=4, least=1, most=64),
        warm_runner=_is_on(environ, "BATON_WARM_RUNNER", default="off"),
        allow_targets=networks.pop(None, ()),
        allow_functions=functions.pop(None, ()),
        allow_state_machines=state_machines.pop(None, ()),
        allow_of_tenant={
            tenant: Allowed(
                networks=networks.get(tenant, ()),
                functions=functions.get(tenant, ()),
                state_machines=state_machines.get(tenant, ()),
            )
            for tenant in [*networks, *functions, *state_machines]
            if tenant is not None
        },
        public_url=_public_url(environ),
        allow_origins=_origins(environ, "BATON_ALLOW_ORIGINS"),
        tokens_from_browsers=_is_on(environ, "BATON_TOKENS_FROM_BROWSERS", default="off"),
        secret_store=_secret_store(environ, "BATON_SECRET_STORE"),
        notification_topic_arn=environ.get("BATON_NOTICE_TOPIC_ARN", ""),
        notification_webhook_url=environ.get("BATON_NOTICE_WEBHOOK_URL", ""),
        notification_webhook_secret=environ.get("BATON_NOTICE_WEBHOOK_SECRET", ""),
        event_bus_arn=environ.get("BATON_EVENT_BUS_ARN", ""),
        oidc=_oidc(environ),
        sign_in=_sign_in(environ),
        metrics=_is_on(environ, "BATON_METRICS"),
        ping_url=_ping_url(environ, "BATON_PING_URL"),
    )


def _whole_number(
    environ: Mapping[str, str], name: str, *, default: int, least: int, most: int
) -> int:
    text = environ.get(name, "")
    if not text:
        return default
    with suppress(ValueError):
        if least <= int(text) <= most:
            return int(text)
    events.warn("config_invalid", variable=name, expected=f"{least}…{most}", used=default)
    return default


def _is_on(environ: Mapping[str, str], name: str, default: str = "on") -> bool:
    text = environ.get(name) or default
    if text not in {"on", "off"}:
        events.warn("config_invalid", variable=name, expected="on or off", used=default)
        text = default
    return text == "on"


def _origins(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    """The origins as browsers write them; what no browser would write is left out."""
    words = _words(environ, name)
    valid = tuple(word for word in words if ORIGIN.fullmatch(word))
    if len(valid) < len(words):
        events.warn("config_invalid", variable=name, expected="origins as https://app.example.com")
    return valid


def _ping_url(environ: Mapping[str, str], name: str) -> str:
    """The URL; empty if it is not https. It is not logged: whoever knows it can send pings, too."""
    url = environ.get(name, "")
    if url and not url.startswith("https://"):
        events.warn("config_invalid", variable=name, expected="a URL as https://…", used="none")
        return ""
    return url


def _secret_store(environ: Mapping[str, str], name: str) -> SecretStore:
    text = environ.get(name) or "ssm"
    if text == "secretsmanager":
        return "secretsmanager"
    if text != "ssm":
        events.warn("config_invalid", variable=name, expected="ssm or secretsmanager", used="ssm")
    return "ssm"


def _networks(environ: Mapping[str, str], name: str) -> dict[str | None, tuple[IPNetwork, ...]]:
    """The networks by tenant, as `_by_tenant` has them; invalid ones are left out."""
    networks: dict[str | None, tuple[IPNetwork, ...]] = {}
    for tenant, texts in _by_tenant(environ, name).items():
        for text in texts:
            try:
                networks[tenant] = (*networks.get(tenant, ()), ipaddress.ip_network(text))
            except ValueError:
                events.warn("config_invalid", variable=name, expected="networks as 10.0.0.0/8")
    return networks


def _by_tenant(environ: Mapping[str, str], name: str) -> dict[str | None, tuple[str, ...]]:
    """The entries of a list by the tenant they are for (`tenant=entry`), None for everybody's.

    An entry for what cannot be a tenant's name is left out.
    """
    found: dict[str | None, tuple[str, ...]] = {}
    for word in _words(environ, name):
        before, separator, entry = word.rpartition("=")
        tenant = before.strip() if separator else None
        if tenant is not None and not re.fullmatch(TENANT, tenant):
            events.warn("config_invalid", variable=name, expected="entries, or tenant=entry")
            continue
        found[tenant] = (*found.get(tenant, ()), entry.strip())
    return found


def _public_url(environ: Mapping[str, str]) -> str:
    """The API's address. `{api}` in it stands for the id that AWS gave the API."""
    url = environ.get("BATON_PUBLIC_URL", "").rstrip("/")
    return url.replace("{api}", environ.get("BATON_API_ID", ""))


def _words(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    """The parts of a value that are separated by commas."""
    return tuple(filter(None, map(str.strip, environ.get(name, "").split(","))))


def _oidc(environ: Mapping[str, str]) -> JwtRules | None:
    """Which JWTs are accepted; None unless both an issuer and an audience are named."""
    issuer, audience = (environ.get(f"BATON_OIDC_{name}", "") for name in ("ISSUER", "AUDIENCE"))
    if not (issuer and audience):
        if issuer or audience:
            missing = "BATON_OIDC_AUDIENCE" if issuer else "BATON_OIDC_ISSUER"
            events.warn("config_invalid", variable=missing, expected="issuer and audience")
        return None
    default = JwtRules(issuer=issuer, audience=audience)
    return JwtRules(
        issuer=issuer,
        audience=audience,
        tenant_claim=environ.get("BATON_OIDC_TENANT_CLAIM") or default.tenant_claim,
        scopes_claim=environ.get("BATON_OIDC_SCOPES_CLAIM") or default.scopes_claim,
        granted=_granted(environ, "BATON_OIDC_SCOPES") or default.granted,
    )


def _sign_in(environ: Mapping[str, str]) -> SignIn | None:
    """How people sign in at the dashboard; None unless an issuer and a client are named."""
    issuer, client_id, audience = (
        environ.get(f"BATON_SIGN_IN_{name}", "") for name in ("ISSUER", "CLIENT", "AUDIENCE")
    )
    if not (issuer and client_id):
        return None
    return SignIn(issuer=issuer, client_id=client_id, audience=audience)


def _granted(environ: Mapping[str, str], name: str) -> tuple[tuple[str, str], ...]:
    """Pairs of an issuer's scope and ours, written as `theirs=ours`; invalid pairs are left out."""
    pairs = []
    for text in _words(environ, name):
        theirs, _, ours = text.rpartition("=")
        if theirs and ours in SCOPES:
            pairs.append((theirs, ours))
        else:
            events.warn("config_invalid", variable=name, expected="pairs as baton:admin=admin")
    return tuple(pairs)
