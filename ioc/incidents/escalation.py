"""Escalation: while nobody takes an incident up, the next in its chain is told; the timers are part of the case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from ioc.incidents import outputs
from ioc.incidents.case import Case, Page
from ioc.incidents.desk import SYSTEM, Desk
from ioc.incidents.history import appended, step
from ioc.incidents.memory import Writer
from ioc.incidents.silencing import Silencer
from ioc.incidents.voice import Voice
from ioc.paging import Chain, Receiver
from ioc.vocabulary import PROVINCE_CENTRE

_MAX_LISTED: Final = 5
_NAMES: Final[dict[Receiver, str]] = {
    "unit": "đơn vị xử lý",
    "duty": "trực ban",
    "centre": "trung tâm",
    "province": "trung tâm tỉnh",
}


class Escalator:
    """Takes the steps that are due."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._memory = desk.memory
        self._voice = Voice(desk)
        self._silencer = Silencer(desk)

    def apply(self, due: Iterable[str], writer: Writer) -> None:
        """Take the next step of each of these incidents; one receiver may get several together."""
        together: defaultdict[tuple[str, Receiver], list[tuple[Case, Page]]] = defaultdict(list)
        for name in due:
            case = self._memory.cases[name]
            taken = self._take(case, writer)
            if taken is None:
                continue
            after, page, chain = taken
            to = chain.steps[page.step].to
            if chain.grid is None:
                self._tell([(after, page)], to, writer)
            else:
                together[_topic(after, to), to].append((after, page))
        for (_, to), cases in together.items():
            self._tell(cases, to, writer)

    def _take(self, case: Case, writer: Writer) -> tuple[Case, Page, Chain] | None:
        """One incident's step; none where there is none to take now."""
        page, now = case.page, writer.now
        assert page is not None, "it is due"
        chain = self._desk.paging.now.chain(page.chain)
        if chain is None or page.step >= len(chain.steps):
            writer.page(case, self._memory.pager.begin(case, now))  # the file has changed
            return None
        if not chain.windows.hold(now):
            writer.page(case, page._replace(at=chain.windows.opens(now) or chain.due(page.step, now)))
            return None
        if self._voice.is_held(case, now):
            writer.page(case, page._replace(at=chain.due(page.step, now)))  # what speaks for it is escalated instead
            return None
        before = case.incident
        if (rule := self._silencer.rule_for(case, writer)) is not None:
            writer.keep(replace(case, held_by=rule.record.silence_id, held_until=rule.until(now)))
            self._silencer.hold(rule, case, "escalated", writer)
            return None
        to, name = chain.steps[page.step].to, f"escalate-{chain.id}"
        incident = replace(
            before, updated_at=now, version=before.version + 1,
            history=appended(
                before.history, step(now, SYSTEM, "escalate", (before.status, before.status), name, reason=to)
            ),
        )  # fmt: skip
        after = replace(case, incident=incident)
        writer.put(after)
        writer.page(after, self._next(chain, page, now))
        writer.changes.decisions.append(
            outputs.decision(
                "escalate", name, to, now, incident=before.incident_id, event=None, subject=f"{incident.version}",
                inputs={
                    "chain": chain.id, "step": page.step + 1, "steps": len(chain.steps), "turn": page.turn,
                    "since_at": page.since, "to": to, "unit_code": before.unit, "severity": before.severity,
                    "status": before.status,
                },
                versions=self._desk.paging_versions,
            )
        )  # fmt: skip
        return after, page, chain

    @staticmethod
    def _next(chain: Chain, page: Page, now: datetime) -> Page | None:
        follows = chain.after(page.step, page.turn)
        if follows is None:
            return None
        number, turn = follows
        # Ticks do not add up to delay; but who was just told, late, gets the whole time.
        at = chain.due(number, page.at)
        return Page(chain.id, number, turn, at if at > now else chain.due(number, now), page.since)

    def _tell(self, cases: list[tuple[Case, Page]], to: Receiver, writer: Writer) -> None:
        """One alert of steps that one receiver is told of."""
        (first, page), *others = cases
        minutes = int((writer.now - page.since).total_seconds() // 60)
        unit = self._desk.duties.departments.get(first.incident.unit)
        whom = f"{_NAMES[to]} {unit.name if unit else first.incident.unit}" if to == "unit" else _NAMES[to]
        text = f"Chưa ai nhận sau {minutes} phút; chuyển {whom}: {first.incident.title}"
        if others:
            listed = ", ".join(case.incident.incident_id for case, _ in others[:_MAX_LISTED])
            more = ", …" if len(others) > _MAX_LISTED else ""
            text += f" Cùng {len(others)} vụ khác: {listed}{more}"
        alert = outputs.alert(first.incident, "escalated", text, writer.now, grouped=len(others))
        alert.centre, alert.to = _topic(first, to), to
        writer.changes.alerts.append(alert)


def _topic(case: Case, to: Receiver) -> str:
    """Centre that is told of a step."""
    return PROVINCE_CENTRE if to == "province" else case.incident.centre
