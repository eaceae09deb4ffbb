"""Webhooks by the Standard Webhooks specification: signed, with an id that stays the same on every attempt.

A 2xx is a delivery. 410 says that the receiver wants no more. Everything else, a redirect included, is tried again
on the schedule; `Retry-After` is honoured. Addresses are checked by the HTTP port: private ones need an exemption.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec

from services.channels.base import Outcome, Target
from services.channels.signature import signature
from services.http.base import Answer, Http, HttpError, Refused
from services.model.alert import Alert
from services.settings import Deliver, HttpSettings, Webhooks


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """The body. `timestamp` is when the alert was raised, the same on every attempt."""

    type: str
    timestamp: str
    data: Alert


class Webhook:
    """See `channels.base.Channel`. Owns `http` and closes it."""

    def __init__(self, http: Http, settings: Webhooks) -> None:
        self._http = http
        self._timeout = settings.timeout_seconds

    async def send(self, delivery_id: str, alert: Alert, target: Target, now: float) -> Outcome:
        """One POST."""
        body = payload(alert)
        headers = {
            "content-type": "application/json",
            "webhook-id": delivery_id,
            "webhook-timestamp": str(int(now)),
            "webhook-signature": signature(target.secrets, delivery_id, int(now), body),
        }
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._http.post(target.address, body, headers)
        except Refused as error:
            return Outcome(False, str(error), permanent=True)
        except HttpError as error:
            return Outcome(False, str(error))
        except TimeoutError:
            return Outcome(False, f"no answer within {self._timeout:g} s")
        return judged(answer, now)

    async def close(self) -> None:
        """Ends the connections."""
        await self._http.close()


def payload(alert: Alert) -> bytes:
    """The bytes that are signed and sent; the same for every attempt."""
    moment = datetime.fromtimestamp(alert.stamps.matched, UTC).isoformat()
    return msgspec.json.encode(Payload(type="alert", timestamp=moment, data=alert))


def judged(answer: Answer, now: float) -> Outcome:
    """What a receiver's answer means."""
    status = answer.status
    if 200 <= status < 300:
        return Outcome(True, str(status))
    if status == 410:
        return Outcome(False, "410: the receiver wants no more", gone=True)
    if 300 <= status < 400:
        return Outcome(False, f"{status}: redirects are not followed; give the new address")
    return Outcome(False, str(status), retry_after=retry_after(answer.headers.get("retry-after", ""), now))


def retry_after(value: str, now: float) -> float | None:
    """Seconds, or a date (RFC 9110, section 10.2.3); None when it says neither."""
    if value.strip().isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, aware.timestamp() - now)


def http_settings(http: HttpSettings, deliver: Deliver, webhooks: Webhooks) -> HttpSettings:
    """The network settings for calling receivers: the whole answer within the time-out, and no queue per host,
    since many subscribers may share one and each address has a limit of its own."""
    seconds = webhooks.timeout_seconds
    return msgspec.structs.replace(
        http,
        per_host=deliver.parallel,
        connect_seconds=min(http.connect_seconds, seconds),
        header_seconds=seconds,
        body_seconds=seconds,
    )
