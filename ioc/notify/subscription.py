"""The file of subscriptions: for whom, of what, by which way, and when it may disturb."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
from string import Template
from typing import Final, Literal, get_args
from urllib.parse import urlsplit

import yaml

from ioc.languages import LANGUAGES, Language
from ioc.notify.notice import Notice
from ioc.vocabulary import ALERT_REASONS, CATEGORIES, SEVERITIES
from ioc.yamlfile import YamlError, among, composed, line_of, mapping, number, scalar, sequence

Sink = Literal["alertmanager", "cloudevents", "email", "bot"]
SINKS: Final[tuple[Sink, ...]] = get_args(Sink)

MOST: Final = 50
"""Subscriptions of one file: each is a series of the metrics."""
PLACEHOLDERS: Final = frozenset({"text", "subject", "secret", "link"})
"""What a bot's address, headers and body may stand for."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_ADDRESS: Final = re.compile(r"[^\s@,<>\"]+@[^\s@,<>\"]+")
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_DAY_MINUTES: Final = 24 * 60
_KEYS: Final = (
    "name", "sink", "to", "secret", "match", "quiet", "digest_minutes", "per_hour", "language", "headers", "body",
)  # fmt: skip
_MATCHES: Final = ("centres", "severities", "categories", "subcategories", "reasons", "communes")


@dataclass(frozen=True, slots=True)
class Match:
    """What a subscription is of; an empty set is everything."""

    centres: frozenset[str] = frozenset()
    severities: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    subcategories: frozenset[str] = frozenset()
    reasons: frozenset[str] = frozenset()
    communes: frozenset[str] = frozenset()

    def takes(self, notice: Notice) -> bool:
        """Whether an alert is asked for."""
        pairs = (
            (self.centres, "centre"), (self.severities, "severity"), (self.categories, "category"),
            (self.subcategories, "subcategory"), (self.reasons, "reason"), (self.communes, "commune"),
        )  # fmt: skip
        return all(not wanted or notice.text(name) in wanted for wanted, name in pairs)


@dataclass(frozen=True, slots=True)
class Quiet:
    """Local hours in which nobody is disturbed, but for what breaks through."""

    begin: time
    end: time
    breaks: frozenset[str] = frozenset({"critical"})
    """Severities that are sent all the same."""

    def until(self, severity: str, now: datetime, zone: tzinfo) -> datetime | None:
        """End of the quiet hours that ``now`` is in; ``None``: it may be sent."""
        if severity in self.breaks:
            return None
        local = now.astimezone(zone)
        clock = local.time().replace(tzinfo=None)
        over_midnight = self.begin > self.end
        inside = (clock >= self.begin or clock < self.end) if over_midnight else self.begin <= clock < self.end
        if not inside:
            return None
        end = datetime.combine(local.date(), self.end, zone)
        return end + timedelta(days=1) if end <= local else end


@dataclass(frozen=True, slots=True)
class Subscription:
    """One of them.

    Attributes:
        name: Stands in metrics, ids and commands.
        sink: The way.
        to: Address of a web hook or bot, or e-mail addresses.
        match: Of what.
        secret: Name of the secret that signs a web hook, or that a bot's placeholders stand for; empty: none.
        quiet: When it is held; none: never.
        digest: What comes within this is told together; none: at once.
        per_hour: Messages of any sixty minutes at most; what is above waits and is told together. None: no bound.
        language: Of e-mails and bots.
        headers: Of a bot's request, with placeholders.
        body: Of a bot's request, with placeholders in its texts.

    """

    name: str
    sink: Sink
    to: tuple[str, ...]
    match: Match = Match()
    secret: str = ""
    quiet: Quiet | None = None
    digest: timedelta | None = None
    per_hour: int | None = None
    language: Language = "vi"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = None


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """The file."""

    each: tuple[Subscription, ...] = ()

    def named(self, name: str) -> Subscription | None:
        """One by its name."""
        return next((each for each in self.each if each.name == name), None)


def read_subscriptions(raw: bytes, centres: Collection[str]) -> Subscriptions:
    """Read and check the file.

    Args:
        raw: YAML: ``subscriptions``, a list.
        centres: Codes of the province's centres.

    Raises:
        YamlError: it cannot be used; line and reason.

    """
    node = composed(raw)
    if node is None:
        return Subscriptions()
    listed = mapping(node, ("subscriptions",)).get("subscriptions")
    items = [] if listed is None else sequence(listed)
    if len(items) > MOST:
        raise YamlError(line_of(items[MOST]), f"there may be {MOST} subscriptions at most")
    found: dict[str, Subscription] = {}
    for item in items:
        subscription = _subscription(item, centres)
        if subscription.name in found:
            raise YamlError(line_of(item), f"the name {subscription.name!r} stands twice")
        found[subscription.name] = subscription
    return Subscriptions(tuple(found.values()))


def _subscription(node: yaml.Node, centres: Collection[str]) -> Subscription:
    parts = mapping(node, _KEYS)
    for key in ("name", "sink", "to"):
        if key not in parts:
            raise YamlError(line_of(node), f"{key} is missing")
    name = scalar(parts["name"])
    if not _NAME.fullmatch(name):
        raise YamlError(line_of(parts["name"]), "a name has small letters, digits and hyphens, 40 at most")
    sink = among(parts["sink"], SINKS)
    for key in ("headers", "body"):
        if key in parts and sink != "bot":
            raise YamlError(line_of(parts[key]), f"{key} is of bots alone")
    if sink == "bot" and "body" not in parts:
        raise YamlError(line_of(node), "a bot needs a body")
    if sink == "cloudevents" and "digest_minutes" in parts:
        raise YamlError(line_of(parts["digest_minutes"]), "an event is sent by itself: cloudevents have no digest")
    secret = scalar(parts["secret"]) if "secret" in parts else ""
    if secret and not _NAME.fullmatch(secret):
        raise YamlError(line_of(parts["secret"]), "the name of a secret has small letters, digits and hyphens")
    headers = {key: _template(value) for key, value in mapping(parts["headers"]).items()} if "headers" in parts else {}
    body = _content(parts["body"]) if "body" in parts else None
    return Subscription(
        name=name,
        sink=sink,
        to=_addresses(parts["to"]) if sink == "email" else (_url(parts["to"], bot=sink == "bot"),),
        match=_match(parts["match"], centres) if "match" in parts else Match(),
        secret=secret,
        quiet=_quiet(parts["quiet"]) if "quiet" in parts else None,
        digest=timedelta(minutes=number(parts["digest_minutes"], _DAY_MINUTES)) if "digest_minutes" in parts else None,
        per_hour=_whole(parts["per_hour"]) if "per_hour" in parts else None,
        language=among(parts["language"], LANGUAGES) if "language" in parts else "vi",
        headers=headers,
        body=body,
    )


def _match(node: yaml.Node, centres: Collection[str]) -> Match:
    known: dict[str, Collection[str]] = {
        "centres": centres, "severities": SEVERITIES, "categories": CATEGORIES, "reasons": ALERT_REASONS,
    }  # fmt: skip
    found: dict[str, frozenset[str]] = {}
    for key, value in mapping(node, _MATCHES).items():
        words = []
        for each in sequence(value):
            word = scalar(each)
            if key in known and word not in known[key]:
                raise YamlError(line_of(each), f"{word!r} is none of {', '.join(known[key])}")
            words.append(word)
        if not words:
            raise YamlError(line_of(value), "an empty list takes nothing; leave it out to take everything")
        found[key] = frozenset(words)
    return Match(**found)


def _quiet(node: yaml.Node) -> Quiet:
    parts = mapping(node, ("from", "to", "except"))
    for key in ("from", "to"):
        if key not in parts:
            raise YamlError(line_of(node), f"{key} is missing")
    begin, end = _clock(parts["from"]), _clock(parts["to"])
    if begin == end:
        raise YamlError(line_of(parts["to"]), "quiet hours end at another time than they begin")
    if "except" not in parts:
        return Quiet(begin, end)
    return Quiet(begin, end, frozenset(among(each, SEVERITIES) for each in sequence(parts["except"])))


def _clock(node: yaml.Node) -> time:
    found = _CLOCK.fullmatch(scalar(node))
    if found is None:
        raise YamlError(line_of(node), "expected a time of day as 22:00")
    return time(int(found[1]), int(found[2]))


def _whole(node: yaml.Node) -> int:
    found = number(node, 3600)
    if found != int(found):
        raise YamlError(line_of(node), "expected a whole number")
    return int(found)


def _addresses(node: yaml.Node) -> tuple[str, ...]:
    nodes = sequence(node) if isinstance(node, yaml.SequenceNode) else [node]
    for each in nodes:
        if not _ADDRESS.fullmatch(scalar(each)):
            raise YamlError(line_of(each), f"{scalar(each)!r} is no e-mail address")
    if not nodes:
        raise YamlError(line_of(node), "expected at least one e-mail address")
    return tuple(map(scalar, nodes))


def _url(node: yaml.Node, *, bot: bool) -> str:
    text = _template(node) if bot else scalar(node)
    try:
        parts = urlsplit(text)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        raise YamlError(line_of(node), "is no URL") from None
    if parts.scheme not in {"https", "http"} or not parts.hostname or not port_is_right:
        raise YamlError(line_of(node), "expected https://host/…")
    if "$" in parts.netloc:
        raise YamlError(line_of(node), "the host of an address is written out, no placeholder")
    if parts.username or parts.password or parts.fragment:
        raise YamlError(line_of(node), "an address has no user, password or fragment; secrets are files")
    return text


def _template(node: yaml.Node) -> str:
    """A text with placeholders, each of a known name."""
    text = scalar(node)
    template = Template(text)
    if not template.is_valid():
        raise YamlError(line_of(node), "has a $ that begins no placeholder; $$ is the sign itself")
    if unknown := sorted({*template.get_identifiers()} - PLACEHOLDERS):
        raise YamlError(line_of(node), f"${unknown[0]} is none of {', '.join(sorted(PLACEHOLDERS))}")
    return text


def _content(node: yaml.Node) -> object:
    """JSON as YAML, its texts with placeholders."""
    if isinstance(node, yaml.MappingNode):
        return {key: _content(value) for key, value in mapping(node).items()}
    if isinstance(node, yaml.SequenceNode):
        return [_content(each) for each in node.value]
    if node.tag == "tag:yaml.org,2002:str":
        return _template(node)
    return yaml.safe_load(str(node.value))
