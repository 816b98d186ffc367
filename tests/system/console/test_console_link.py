"""The console and its link: ten thousand incidents, a burst, a gateway that goes away, a provider's people."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from playwright.sync_api import Browser, Page, expect

from deploy.local.kafka import Broker, BrokerError
from deploy.local.topics import create_topics
from ioc.records import encode
from ioc.topics import INCIDENTS, alert_topic, catalogue
from tests.provider import AUDIENCE, CLIENT, Provider
from tests.provider import running as provider_running
from tests.system import stored
from tests.system.console.browser import Person, aside, complaints, connected, context_of, opened, person, picture
from tests.system.gateway import Gateway, produce
from tests.system.gateway import running as gateway_running
from tests.system.running import lacking
from tests.system.test_store import Store

pytestmark = pytest.mark.timeout(400)  # the first waits for a start and ten thousand records

CENTRES = ("province", "north", "south")
MANY = 10_000
BURST = 1_000
SEVERITIES = ("high", "normal", "low")
FRAMES = """async (steps) => {
  const list = document.querySelector(".virtual");
  const waits = [];
  let last = performance.now();
  for (let step = 0; step < steps; step += 1) {
    list.scrollTop = (list.scrollHeight - list.clientHeight) * (step / (steps - 1));
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    waits.push(now - last);
    last = now;
  }
  return waits.sort((a, b) => a - b);
}"""


@dataclass
class Stack:
    """Broker, gateway and store, without a worker: what is on the topics, tests write."""

    bootstrap: str
    gateway: Gateway
    provider: Provider

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.gateway.port}"

    def put(self, *rows: dict[str, Any]) -> None:
        """Write states of incidents."""
        aside(lambda: produce(self.bootstrap, INCIDENTS, *((row["incident_id"], row) for row in rows)))

    def alert(self, *rows: dict[str, Any], reason: str = "opened") -> None:
        """Write alerts of the centre `north` about incidents."""
        topic = alert_topic("north")
        alerts = [(row["incident_id"], alert_about(row, reason)) for row in rows]
        aside(lambda: produce(self.bootstrap, topic, *alerts))


def incident(number: int, **changes: Any) -> dict[str, Any]:
    """An open incident that changed so many seconds ago."""
    at = datetime.now(UTC) - timedelta(seconds=number)
    values = {
        "incident_id": f"22-06685-20261127-{number:06d}", "centre": "north", "severity": SEVERITIES[number % 3],
        "status": "routed", "title": f"Sự việc số {number}", "opened_at": at, "updated_at": at,
        "due_at": at + timedelta(hours=number % 7), "acknowledged_at": None, "acknowledged_by": None, "overdue": False,
        "version": 1,
    }  # fmt: skip
    found: dict[str, Any] = orjson.loads(encode(stored.incident(**(values | changes))))
    return found


def alert_about(row: dict[str, Any], reason: str) -> dict[str, Any]:
    names = ("incident_id", "centre", "severity", "status", "title", "version")
    values = {name: row[name] for name in names}
    about = stored.alert(
        alert_id=f"{row['incident_id']}-{row['version']}-{reason}", reason=reason, at=datetime.now(UTC), **values
    )
    found: dict[str, Any] = orjson.loads(encode(about))
    return found


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A broker of its own: ten thousand incidents would be in the way of tests that count them."""
    with ExitStack() as ends:
        broker = Broker(tmp_path_factory.mktemp("kafka"))
        try:
            broker.start()
        except BrokerError as error:
            lacking(f"no broker to be had here: {error}")
        ends.callback(broker.stop)
        aside(lambda: asyncio.run(create_topics(broker.bootstrap, catalogue(CENTRES))))
        home = tmp_path_factory.mktemp("gateway")
        provider = ends.enter_context(provider_running())
        oidc = {"issuer": provider.issuer, "audience": AUDIENCE, "roles": ["ops=operator"], "client_id": CLIENT}
        gateway = ends.enter_context(gateway_running(home, broker.bootstrap, CENTRES, sections={"oidc": oidc}))
        store = Store(home, broker.bootstrap, f"sqlite:///{home / 'store.db'}").start()
        ends.callback(store.kill)
        store.until_ready()
        stack = Stack(broker.bootstrap, gateway, provider)
        for begin in range(0, MANY, 2_000):
            stack.put(*(incident(number) for number in range(begin, begin + 2_000)))
        deadline = time.monotonic() + 60
        while stack.gateway.client.get(f"/v1/incidents?text={MANY - 1}&limit=1").json().get("incidents", []) == []:
            assert time.monotonic() < deadline, store.log()
            time.sleep(0.2)
        yield stack


@pytest.fixture(scope="module")
def duty(stack: Stack) -> Person:
    return person(stack.url, stack.gateway.home, "provincial_duty")


@pytest.fixture
def page(stack: Stack, browser: Browser, duty: Person) -> Iterator[Page]:
    context = context_of(browser, stack.url, duty)
    page = opened(context)
    yield page
    context.close()


def shown(page: Page) -> int:
    """How many incidents the list says that it has."""
    return int(page.locator(".count").get_attribute("data-shown") or -1)


def row(page: Page, number: int) -> Any:
    return page.locator(f"#row-22-06685-20261127-{number:06d}")


def test_ten_thousand_incidents_scroll(page: Page) -> None:
    expect(page.locator(".count")).to_have_attribute("data-all", str(MANY))
    waits = page.evaluate(FRAMES, 120)
    drawn = page.locator(".virtual-row").count()
    median, slow = waits[60], waits[114]
    print(f"scrolled {MANY} incidents: median frame {median:.0f} ms, p95 {slow:.0f} ms, {drawn} rows drawn")
    assert drawn < 80
    assert median < 300  # a machine without a graphics card that runs other tests
    page.keyboard.press("End")
    expect(page.locator(f"[aria-rowindex='{MANY + 1}']")).to_be_visible()
    page.get_by_role("searchbox").fill("SU VIEC SO 777")
    expect(page.locator(".count")).to_have_attribute("data-shown", "19")  # x777 and 777x
    picture(page, "search")


def test_a_burst_of_a_thousand_alerts_is_shown_whole(page: Page, stack: Stack) -> None:
    heard = complaints(page)
    expect(page.locator(".count")).to_have_attribute("data-all", str(MANY))
    rows = [incident(100_000 + number, severity="critical" if number % 100 == 0 else "high") for number in range(BURST)]
    began = time.monotonic()
    stack.put(*rows)
    stack.alert(*rows)
    expect(page.locator(".count")).to_have_attribute("data-all", str(MANY + BURST), timeout=30_000)
    print(f"{BURST} alerts on screen {time.monotonic() - began:.1f} s after the first was written")
    expect(page.locator("[data-tile=critical] strong")).to_have_text("10")
    expect(page.locator(".alarm-more")).to_contain_text("9")
    page.keyboard.press("c")
    expect(page.locator(".virtual-row.selected .severity")).to_have_text("khẩn cấp")
    assert page.locator(".virtual-row").count() < 80
    page.keyboard.press("?")  # it still answers
    expect(page.get_by_role("dialog")).to_be_visible()
    assert heard == []
    picture(page, "burst")
    stack.put(*(each | {"status": "closed", "version": 2, "updated_at": now()} for each in rows))
    expect(page.locator(".count")).to_have_attribute("data-all", str(MANY), timeout=30_000)


def test_a_lost_connection_is_said_at_once_and_the_gap_is_filled_without_doubles(page: Page, stack: Stack) -> None:
    expect(page.locator(".count")).to_have_attribute("data-all", str(MANY))
    before = incident(200_000, severity="critical", title="Trước khi mất kết nối")
    stack.put(before)
    stack.alert(before)
    expect(page.locator("[data-alarm]")).to_be_visible()
    stack.gateway.kill()
    banner = page.locator("[data-connection=lost]")
    expect(banner).to_be_visible(timeout=3_000)
    expect(page.locator("[data-live=lost]")).to_be_visible()
    expect(banner).to_contain_text("MẤT KẾT NỐI")
    expect(banner).to_contain_text(re.compile(r"cách đây \d+ giây"))
    picture(page, "connection-lost")
    # Meanwhile: one comes, one gets worse, one is closed by somebody.
    comes, worse = incident(200_001, title="Đến khi không ai nhìn"), incident(5, severity="critical", version=2)
    worse |= {"updated_at": now()}
    closed = incident(7, status="closed", version=2) | {"updated_at": now()}
    stack.put(comes, worse, closed)
    stack.alert(comes)
    stack.alert(worse, reason="worsened")
    assert row(page, 200_001).count() == 0
    stack.gateway.start()
    expect(banner).to_have_count(0, timeout=20_000)
    connected(page)
    expect(page.locator("[data-tile=critical] strong")).to_have_text("2")
    page.get_by_role("searchbox").fill("Đến khi không ai nhìn")
    expect(row(page, 200_001)).to_have_count(1)
    page.get_by_role("searchbox").fill("")
    expect(page.locator(".count")).to_have_attribute("data-all", str(MANY + 1))
    ids = page.locator(".virtual-row").evaluate_all("rows => rows.map((row) => row.id)")
    assert len(ids) == len(set(ids))
    for each in (before, comes, worse):
        stack.put(each | {"status": "closed", "version": 3, "updated_at": now()})


def test_a_gap_that_kafka_no_longer_has_reads_the_whole_list_again(page: Page, stack: Stack) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    gap = 'retry: 2000\n\nevent: gap\ndata: {"reason":"gone"}\n\n'
    page.route("**/v1/stream", lambda route: route.fulfill(status=200, content_type="text/event-stream", body=gap))
    page.context.set_offline(True)
    expect(page.locator("[data-connection=lost]")).to_be_visible(timeout=3_000)
    page.context.set_offline(False)
    expect(page.get_by_text("không còn lưu").first).to_be_visible(timeout=15_000)
    page.unroute("**/v1/stream")
    connected(page)
    assert any("/v1/incidents?status=received" in url for url in asked)


def test_a_provider_signs_people_in_from_the_browser(stack: Stack, browser: Browser) -> None:
    context = context_of(browser, stack.url, None)
    try:
        page = context.new_page()
        page.goto("/#/quality")
        expect(page.get_by_text("Đăng nhập bằng tài khoản của tỉnh")).to_be_visible()
        picture(page, "sign-in-provider")
        stack.provider.refuses = "access_denied"
        page.get_by_text("Đăng nhập bằng tài khoản của tỉnh").click()
        expect(page.get_by_role("alert")).to_contain_text("không cho đăng nhập")
        stack.provider.refuses = ""
        page.goto("/#/quality")
        page.reload()
        page.get_by_text("Đăng nhập bằng tài khoản của tỉnh").click()
        connected(page)
        expect(page.locator(".who")).to_have_text("oidc:hoa.tran")
        expect(page).to_have_url(re.compile("#/quality$"))
        (cookie,) = context.cookies()
        assert cookie["name"] == "__Host-ioc_session"
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
        page.get_by_label("Đăng xuất").click()
        expect(page.get_by_text("Đăng nhập bằng tài khoản của tỉnh")).to_be_visible()
        page.reload()
        expect(page.get_by_text("Đăng nhập bằng tài khoản của tỉnh")).to_be_visible()
    finally:
        context.close()


def now() -> str:
    return datetime.now(UTC).isoformat()
