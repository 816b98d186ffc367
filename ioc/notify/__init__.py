"""Who outside is told of alerts, what they are sent and when: pure, without network, clock or disk."""

from ioc.notify.notice import Notice, NoticeError, notice_of
from ioc.notify.subscription import Match, Quiet, Sink, Subscription, Subscriptions, read_subscriptions

__all__ = [
    "Match",
    "Notice",
    "NoticeError",
    "Quiet",
    "Sink",
    "Subscription",
    "Subscriptions",
    "notice_of",
    "read_subscriptions",
]
