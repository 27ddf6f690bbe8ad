"""Notify people of what got worse: one message a run to each target, and each finding once.

At least once, to be exact. The next run sends again what a target did not accept, and what a
program had claimed that died while it sent it (see ``store.notifications``).
So people may be notified twice after a crash, or by a server that accepted the message and
did not say so; never being notified would be worse.

A new target, or one whose URL changed, is notified of what is new now.
"""

import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from squash_jenkins.config import Settings
from squash_jenkins.errors import StoreError
from squash_jenkins.models.finding import builds_of
from squash_jenkins.notifications.apprise_process import LIMIT_SECONDS, Message, deliver
from squash_jenkins.notifications.news import SHOWN, News, compose, news
from squash_jenkins.notifications.targets import INSTALL, Target, sendable, targets
from squash_jenkins.store import Store
from squash_jenkins.store.rows import FindingRow
from squash_jenkins.text.numbers import counted

_AT_ONCE = 8
PageUrl = Callable[[FindingRow], str]


@dataclass(slots=True)
class SendResult:
    """Hold how many findings were sent to each target, by its name, and what went wrong."""

    sent: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def notify(
    settings: Settings, store: Store, page_url: PageUrl, *, now: datetime | None = None
) -> list[str]:
    """Send what is due; return what went wrong in sentences. See `send_due`."""
    return send_due(settings, store, page_url, now=now).warnings


def send_due(
    settings: Settings,
    store: Store,
    page_url: PageUrl,
    *,
    now: datetime | None = None,
    seconds: float = LIMIT_SECONDS,
) -> SendResult:
    """Send each target one message about the new findings that it was not notified of.

    It takes about `seconds` at most, and nothing that goes wrong is raised: the next run tries
    again.

    Parameters
    ----------
    page_url
        Gives the URL of a finding's page, empty for none.
    now
        The time (UTC), by default that of the clock.
    seconds
        How long servers are waited for, all together.

    """
    found, faults = targets(settings)
    result = SendResult(warnings=list(faults))
    if found and not sendable():
        result.warnings.append(INSTALL)
    elif found:
        run = _Run(store, page_url, now or datetime.now(UTC), time.monotonic() + seconds)
        try:
            run.send(settings, found, result)
        except StoreError as error:
            result.warnings.append(f"Not everybody was notified: {error}")
    return result


def send_test(settings: Settings) -> SendResult:
    """Send each target a message that says it is a test."""
    message = Message("Test of squash-jenkins", "Notifications about findings arrive here.")
    return _to_all(settings, message)


def probe(settings: Settings) -> SendResult:
    """Check that Apprise knows each target; nothing is sent."""
    return _to_all(settings, None)


def _to_all(settings: Settings, message: Message | None) -> SendResult:
    found, faults = targets(settings)
    result = SendResult(warnings=list(faults))
    if found and not sendable():
        result.warnings.append(INSTALL)
    elif found:
        send = partial(_deliver, message=message, until=time.monotonic() + LIMIT_SECONDS)
        for target, fault in zip(found, _at_once(send, found), strict=True):
            if fault:
                result.warnings.append(f"{target.name} cannot be used: {fault}.")
            else:
                result.sent[target.name] = 1
    return result


def _at_once(send: Callable[[Target], str], found: Sequence[Target]) -> list[str]:
    with ThreadPoolExecutor(min(len(found), _AT_ONCE)) as pool:
        return list(pool.map(send, found))


def _deliver(target: Target, *, message: Message | None, until: float) -> str:
    return deliver(target.url.get_secret_value(), message, until - time.monotonic())


@dataclass(frozen=True, slots=True)
class _Run:
    """Hold what is the same for all targets; `until` is a time of the monotonic clock."""

    store: Store
    page_url: PageUrl
    now: datetime
    until: float

    def send(self, settings: Settings, found: Sequence[Target], result: SendResult) -> None:
        """Send to all targets, and note in `result` what came of it."""
        with self.store.reader() as reader:
            fresh = news(settings, reader, self.now)
        claimed: dict[Target, tuple[set[int], Message]] = {}
        for target in found if fresh else ():
            mine = self._claim(target, fresh)
            if mine:
                claimed[target] = mine, self._message([e for e in fresh if e.row.key in mine])

        def send(target: Target) -> str:
            return _deliver(target, message=claimed[target][1], until=self.until)

        faults = _at_once(send, list(claimed)) if claimed else []
        for target, fault in zip(claimed, faults, strict=True):
            self._settle(target, claimed[target][0], fault, result)

    def _claim(self, target: Target, fresh: Sequence[News]) -> set[int]:
        due = {each.row.key for each in fresh} - self.store.notifications.sent_to(target.digest)
        return self.store.notifications.claim(due, target.digest, self.now) if due else set()

    def _message(self, fresh: Sequence[News]) -> Message:
        with self.store.reader() as reader:
            named = builds_of([each.row.finding for each in fresh[:SHOWN]])
            numbers, starts = reader.builds.numbers(named), reader.builds.starts(named)
        return compose(fresh, numbers, self.page_url, starts)

    def _settle(
        self, target: Target, keys: Collection[int], fault: str, result: SendResult
    ) -> None:
        if fault:
            self.store.notifications.release(keys, target.digest, self.now)
            result.warnings.append(
                f"{target.name} was not notified of {counted(len(keys), 'finding')}: {fault}. "
                "The next run tries again (`squash-jenkins notify --test` tries it now)."
            )
            return
        self.store.notifications.sent(keys, target.digest, self.now, self.now)
        result.sent[target.name] = len(keys)
