"""The ways out, each with one contract: taken, or why not and whether another attempt makes sense."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import httpx

from connectors.notify.guard import BlockedError, Guard
from ioc.notify import Notice, Subscription, message
from ioc.notify.message import Request, Wording
from ioc.settings import NotifySettings

_TIMEOUT_S: Final = 10.0
_WHOLE_S: Final = 20.0
"""A request as a whole, however slowly the answer trickles in."""
_MOST_BYTES: Final = 64_000
"""Of an answer that is read; nothing in it is used."""
_AGAIN: Final = frozenset({408, 409, 425, 429})
_SECRET_BYTES: Final = 4_096


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message was not taken.

    Attributes:
        reason: In words, without anything of the message or its secret.
        final: Whether another attempt would be refused as well.
        after: How long the receiver wants to be left alone.

    """

    reason: str
    final: bool = False
    after: timedelta | None = None


class Sinks:
    """Sends messages.

    Args:
        settings: Of notifications.
        wording: What texts need.

    """

    def __init__(self, settings: NotifySettings, wording: Wording) -> None:
        self._settings = settings
        self._wording = wording
        self._guard = Guard(settings.inside)
        self._client = httpx.AsyncClient(
            timeout=_TIMEOUT_S,
            follow_redirects=False,
            trust_env=False,
            headers={"user-agent": "ioc-notify"},
            # Connections are known by their address: one that was opened for another name there is none for this one.
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def close(self) -> None:
        """Close open connections."""
        await self._client.aclose()

    async def send(
        self, subscription: Subscription, notices: Sequence[Notice], message_id: str, now: datetime
    ) -> Refusal | None:
        """Send one message; ``None``: it was taken."""
        try:
            secret = self._secret(subscription.secret)
        except OSError as error:
            return Refusal(f"the secret {subscription.secret!r} cannot be read: {error.strerror}")
        match subscription.sink:
            case "email":
                mail = self._mail(subscription, notices, message_id, now)
                return await asyncio.to_thread(self._post, mail)
            case "bot":
                request = message.bot(subscription, notices, self._wording, secret)
                request.headers["idempotency-key"] = message_id
                return await self._request(request)
            case "alertmanager":
                request = message.alertmanager(subscription, notices, self._wording)
            case "cloudevents":
                request = message.cloudevent(subscription, notices[0], self._wording)
        if secret:
            try:
                request.headers.update(message.signature(secret, message_id, now, request.body))
            except ValueError:
                return Refusal(f"the secret {subscription.secret!r} begins as base64 and is none")
        else:
            request.headers["webhook-id"] = message_id
        return await self._request(request)

    def _secret(self, name: str) -> str:
        """Content of a secret's file, without the line end."""
        if not name:
            return ""
        folder = self._settings.secrets
        if folder is None:
            raise FileNotFoundError(2, "IOC_NOTIFY__SECRETS names no folder")
        with (Path(folder) / name).open("rb") as file:
            return file.read(_SECRET_BYTES).decode().strip()

    async def _request(self, request: Request) -> Refusal | None:
        try:
            async with asyncio.timeout(_WHOLE_S):
                address, port = await self._guard.address_of(request.url)
                return await self._exchange(request, address, port)
        except BlockedError as error:
            return Refusal(str(error), final=True)
        except TimeoutError:
            return Refusal("no answer in time")
        except OSError as error:
            return Refusal(f"the host's name cannot be looked up ({error.strerror or type(error).__name__})")
        except httpx.HTTPError as error:
            return Refusal(f"no answer ({type(error).__name__})")

    async def _exchange(self, request: Request, address: str, port: int) -> Refusal | None:
        parts = urlsplit(request.url)
        at = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        async with self._client.stream(
            "POST",
            urlunsplit((parts.scheme, at, parts.path or "/", parts.query, "")),
            content=request.body,
            headers={**request.headers, "host": parts.netloc},
            # The certificate is that of the name, whatever address was found for it.
            extensions={"sni_hostname": parts.hostname},
        ) as answer:
            size = 0
            async for chunk in answer.aiter_raw():
                size += len(chunk)
                if size > _MOST_BYTES:
                    break
        status = answer.status_code
        if 200 <= status < 300:
            return None
        final = 300 <= status < 500 and status not in _AGAIN
        return Refusal(f"the receiver answered {status}", final, _after(answer.headers.get("retry-after")))

    # ---- e-mail -----------------------------------------------------------------------------------------------

    def _mail(
        self, subscription: Subscription, notices: Sequence[Notice], message_id: str, now: datetime
    ) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"] = message.subject(notices, subscription.language)
        mail["From"] = self._settings.mail_from
        mail["To"] = ", ".join(subscription.to)
        mail["Date"] = format_datetime(now)
        domain = self._settings.mail_from.rpartition("@")[2].strip("> ")
        # The same at every attempt: a mail server that has it already can tell.
        mail["Message-ID"] = f"<{message_id.replace(':', '.')}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text(notices, subscription.language, self._wording))
        return mail

    def _post(self, mail: EmailMessage) -> Refusal | None:
        settings = self._settings
        if not settings.smtp_host:
            return Refusal("IOC_NOTIFY__SMTP_HOST is not set")
        context = ssl.create_default_context(cafile=str(settings.smtp_cafile) if settings.smtp_cafile else None)
        try:
            with self._server(context) as server:
                if settings.smtp_security == "starttls":
                    server.starttls(context=context)
                if settings.smtp_user and settings.smtp_password:
                    server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
                refused = server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            return Refusal(f"no address was taken ({codes[0]})", final=all(code >= 500 for code in codes))
        except smtplib.SMTPResponseException as error:
            login = isinstance(error, smtplib.SMTPAuthenticationError)
            return Refusal(f"the mail server answered {error.smtp_code}", final=error.smtp_code >= 500 and not login)
        except (smtplib.SMTPException, OSError) as error:
            return Refusal(f"the mail server does not answer ({type(error).__name__})")
        if refused:
            # The others have it: a repetition would be a second mail for them.
            return Refusal(f"{len(refused)} of {len(mail['To'].addresses)} addresses were refused", final=True)
        return None

    def _server(self, context: ssl.SSLContext) -> smtplib.SMTP:
        settings = self._settings
        if settings.smtp_security == "tls":
            return smtplib.SMTP_SSL(settings.smtp_host, settings.smtp_port, timeout=_TIMEOUT_S, context=context)
        return smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=_TIMEOUT_S)


def _after(header: str | None) -> timedelta | None:
    """``Retry-After`` as seconds or date; nonsense is none."""
    if header is None:
        return None
    if header.strip().isdigit():
        return timedelta(seconds=min(int(header), 86_400))
    try:
        return max(timedelta(0), parsedate_to_datetime(header) - datetime.now(UTC))
    except (ValueError, TypeError):
        return None
