"""What `atalaya subscriptions` does: check, list, import, export, why-not, try, secret, resume.

Every function returns the text to print, or raises; the command line only parses arguments. Talks to the store,
never to a topic.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from services.match.document import read, write
from services.match.evaluate import Verdict, explain
from services.match.facts import Facts
from services.match.index import Index
from services.match.stage import FILE_OWNER
from services.model.delivery import Endpoint, endpoint_id
from services.model.subscription import Subscription, Target
from services.store.base import Store
from services.telemetry import DROP_REASONS


class UnknownName(LookupError):
    """There is no such subscription, article or target; the text says what to do."""


def check(path: Path, topics: frozenset[str] = frozenset()) -> str:
    """What the file holds. Raises `DocumentError` with every fault, `OSError` when it cannot be read."""
    found = _read(path, topics)
    on = sum(subscription.enabled for subscription in found)
    return f"{path}: {len(found)} subscriptions, {on} of them enabled"


def import_file(store: Store, path: Path, topics: frozenset[str] = frozenset(), owner: str = FILE_OWNER) -> str:
    """Makes the file's subscriptions the owner's only ones, all at once. Raises as `check`, and `Taken`."""
    found = _read(path, topics)
    changed = store.subscriptions.replace(owner, found)
    return f"{len(found)} subscriptions of {owner!r}: " + ("changed" if changed else "nothing changed")


def export(store: Store, owner: str | None = None) -> str:
    """The document of all subscriptions, or of one owner's. Holds their secrets."""
    return write([each for each in store.subscriptions.all()[1] if owner in (None, each.owner)])


def listing(store: Store) -> str:
    """One line per subscription, and one for each of its targets that is not well."""
    troubled = {each.id: each for each in store.deliveries.endpoints() if each.paused or each.failures}
    lines = []
    for subscription in store.subscriptions.all()[1]:
        state = "" if subscription.enabled else " (switched off)"
        title = subscription.title or subscription.id
        lines.append(f"{subscription.id}  {title}{state}  [{subscription.owner}] → {_targets(subscription.targets)}")
        lines += _troubles(subscription.targets, troubled)
    return "\n".join(lines) or "there are no subscriptions; write some into config/subscriptions.yaml"


def why_not(store: Store, article_id: str, subscription_id: str) -> str:
    """Each condition of the subscription against the article, and the first that fails. Raises `UnknownName`."""
    subscription = store.subscriptions.get(subscription_id)
    if subscription is None:
        raise UnknownName(f"there is no subscription {subscription_id!r}: see `atalaya subscriptions list`")
    article = store.alerts.remembered(article_id)
    if article is None:
        return _not_remembered(store, article_id)
    verdict = explain(subscription, Facts(article))
    lines = [f"{article.article.title}", *_conditions(verdict)]
    if verdict.failed:
        return "\n".join([*lines, f"no alert: {verdict.failed.name} does not hold"])
    if article.article.backfill:
        return "\n".join([*lines, "every condition holds, but the article was old when first seen: no immediate alert"])
    return "\n".join([*lines, "every condition holds: the alert was raised, or the subscription is newer than it"])


def try_out(store: Store, subscriptions: Sequence[Subscription], limit: int = 10_000) -> str:
    """Which of the remembered articles each would have been alerted to, the newest first. Raises nothing to anyone."""
    index = Index(subscriptions)
    hits: dict[str, list[str]] = {subscription.id: [] for subscription in subscriptions}
    articles = store.alerts.all_remembered(limit)
    for article in articles:
        for subscription in index.matching(Facts(article)):
            hits[subscription.id].append(f"    {article.id}  {article.article.outlet}: {article.article.title}")
    lines = []
    for name, found in hits.items():
        lines += [f"{name}: {len(found)} of {len(articles)} articles", *found[:20]]
        if len(found) > 20:
            lines.append(f"    … and {len(found) - 20} more")
    return "\n".join(lines)


def try_file(store: Store, path: Path, topics: frozenset[str] = frozenset()) -> str:
    """`try_out` with the subscriptions of a file that need not be live; switched-off ones are tried too."""
    return try_out(store, [replace(each, enabled=True) for each in _read(path, topics)])


def resume(store: Store, address: str, now: float) -> str:
    """Lifts the pause or hold of a webhook's address; what waits goes out at once. Raises `UnknownName`."""
    if not store.deliveries.resume(endpoint_id("webhook", address), now):
        raise UnknownName(f"{address} is neither paused nor failing: see `atalaya subscriptions list`")
    return f"{address}: resumed"


def new_secret() -> str:
    """A signing secret as Standard Webhooks wants it: whsec_ and 32 random bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _read(path: Path, topics: frozenset[str]) -> list[Subscription]:
    return read(path.read_text(encoding="utf-8", errors="replace"), str(path), topics)


def _targets(targets: Sequence[Target]) -> str:
    return ", ".join(target.address or target.kind for target in targets) or "Redis only"


def _troubles(targets: Sequence[Target], troubled: dict[str, Endpoint]) -> list[str]:
    lines = []
    for target in targets:
        if found := troubled.get(endpoint_id(target.kind, target.address)):
            state = f"paused: {found.paused}" if found.paused else f"{found.failures} failures in a row"
            lines.append(f"    {target.address}: {state}; {found.waiting} deliveries wait")
    return lines


def _conditions(verdict: Verdict) -> list[str]:
    return [f"  {'✓' if check.holds else '✗'} {check.text}" for check in verdict.checks]


def _not_remembered(store: Store, article_id: str) -> str:
    """What else is known of it."""
    for trace in store.traces.find(article=article_id, limit=1):
        return f"{article_id} did not get past {trace.stage}: {DROP_REASONS.get(trace.reason, trace.reason)}"
    return f"{article_id} is not known: never seen, or longer ago than alerts.explain_hours"
