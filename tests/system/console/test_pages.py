"""Map, service figures, data quality, silences and emergency mode in a real Chromium, on the whole product."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.system.console.browser import Person, complaints, context_of, opened, person, picture
from tests.system.running import Running

NOW = datetime.now(UTC)
MARK = secrets.token_hex(3)
SITE, STATION, GATE = f"site-{MARK}", f"air-{MARK}", f"gate-{MARK}"
TOLD_S = 60
"""States are told every 15 s at most."""
SOON_MS = 15_000
"""What somebody asked for is on screen by then, on a machine that others use too."""
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def duty(running: Running) -> Person:
    """An officer of the provincial centre, of every other one too."""
    return person(running.url, running.folder / ".ioc", "provincial_duty")


@pytest.fixture(scope="module")
def province(running: Running) -> dict[str, Any]:
    """A province with something on every layer: reports near each other, a lost site, bad air, a queue."""
    found = running.get("/v1/map/places")
    here = found["communes"][0]
    lat, lon = here["lat"], here["lon"]
    hour = NOW.replace(minute=0, second=0, microsecond=0)
    readings = [
        {"device_id": STATION, "metric": "pm2_5", "value": 90.0, "unit": "µg/m³", "lat": lat + 0.02, "lon": lon,
         "observed_at": (hour - timedelta(minutes=15 * quarter)).isoformat()}
        for quarter in range(16)
    ]  # fmt: skip
    readings.append(readings[0] | {"observed_at": NOW.isoformat()})
    sites = [
        {"site_id": f"{SITE}-{name}", "operator": "operator-a", "technology": "4G", "state": state, "lat": lat,
         "lon": lon + east, "observed_at": NOW.isoformat()}
        for name, state, east in (("lost", "out_of_service", 0.01), ("fine", "in_service", 0.02))
    ]  # fmt: skip
    queue = {
        "gate_id": GATE, "direction": "out", "kind": "queue", "observed_at": NOW.isoformat(), "vehicles_waiting": 230,
        "yard_fill_ratio": 0.5, "yard": "bai-1", "lat": lat - 0.02, "lon": lon,
    }  # fmt: skip
    reports = [
        {"id": f"{MARK}-{number}", "occurred_at": NOW.isoformat(), "channel": "app", "lat": lat + number / 2_000,
         "lon": lon, "text": f"{text}, số nhà {number}"}
        for number, text in enumerate(("Cây đổ chắn ngang đường", "Vỡ ống nước chảy tràn", "Đèn đường hỏng cả dãy"))
    ]  # fmt: skip
    with httpx.Client(base_url=running.url, headers={"authorization": f"Bearer {running.key}"}, timeout=30) as client:
        for path, body in (("sensors", readings), ("bts", sites), ("gate", queue), ("reports", reports)):
            answer = client.post(f"/v1/{path}", json=body)
            assert answer.status_code == 202, answer.text
    missing = {"stations": STATION, "sites": f"{SITE}-fine", "gates": GATE}
    deadline = time.monotonic() + TOLD_S
    while missing := {
        layer: name for layer, name in missing.items()
        if all(each["id"] != name for each in running.get(f"/v1/map/{layer}")[layer])
    }:  # fmt: skip
        assert time.monotonic() < deadline, missing
        time.sleep(0.5)
    return {"commune": here, **found}


@pytest.fixture
def open_page(browser: Browser, running: Running, duty: Person) -> Iterator[Open]:
    """Opens pages in browsers of their own; sees that none of them had to complain."""
    contexts, heard = [], []

    def open_one(address: str, **options: Any) -> Page:
        context = context_of(browser, running.url, duty, reduced_motion="reduce", **options)
        contexts.append(context)
        context.on("page", lambda page: heard.append(complaints(page)))
        return opened(context, address)

    yield open_one
    for context in contexts:
        context.close()
    assert [line for lines in heard for line in lines] == []


def accessible(page: Page) -> None:
    """Nothing that the rules of accessibility find wrong."""
    found = Axe().run(page).response["violations"]
    assert found == [], [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in found]


def listed(page: Page, layer: str, identity: str) -> Any:
    return page.locator(f'[data-key="{layer}/{identity}"]')


def test_the_map_needs_no_tiles_and_shows_every_layer(open_page: Open, province: dict[str, Any]) -> None:
    asked: list[str] = []
    page = open_page("/#/map")
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    assert province["tiles"] is None
    expect(page.locator("path.map-outline")).to_have_count(len(province["communes"]))
    expect(listed(page, "sites", f"{SITE}-lost")).to_contain_text("Mất dịch vụ")
    expect(listed(page, "sites", f"{SITE}-fine")).to_have_count(0)  # the list has what is in trouble
    expect(listed(page, "stations", STATION)).to_contain_text(re.compile("Kém|Xấu"))
    expect(listed(page, "gates", GATE)).to_contain_text("230 xe")
    expect(page.locator(".cluster").first).to_be_attached()  # drawn behind the list
    expect(page.locator(".pin.site.site-out_of_service").first).to_be_attached()
    plate = page.locator(".pin.station .plate").first
    assert plate.evaluate("each => getComputedStyle(each).backgroundColor") in {"rgb(255, 126, 0)", "rgb(255, 0, 0)"}
    legend = page.locator(".map-legend")
    for word in ("khẩn cấp", "Tốt", "Nguy hại", "Mất dịch vụ", "Ùn tắc nghiêm trọng"):
        expect(legend).to_contain_text(word)
    assert {each.split("/")[2] for each in asked} == {page.url.split("/")[2]}  # nobody else was asked for anything
    accessible(page)
    picture(page, "map")
    page.emulate_media(color_scheme="dark")
    accessible(page)
    picture(page, "map-dark")


def test_what_is_on_the_map_is_reached_by_the_keyboard(open_page: Open, province: dict[str, Any]) -> None:
    page = open_page("/#/map")
    row = listed(page, "gates", GATE)
    expect(row).to_be_visible()
    row.focus()
    page.keyboard.press("Enter")
    expect(row).to_have_attribute("aria-pressed", "true")
    popup = page.locator(".leaflet-popup")
    expect(popup).to_contain_text("Xuất: Đông")
    expect(popup).to_contain_text("Bãi bai-1 đầy")
    incident = page.locator("[data-list=incidents] .map-row").filter(has_text="số nhà").first
    incident.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".popup-link")).to_have_attribute("href", re.compile("^#/incident/"))
    page.keyboard.press("4")  # base stations off
    expect(page.locator("[data-layer=sites]")).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".pin.site")).to_have_count(0)
    page.keyboard.press("4")
    page.locator(".map-tools select").select_option(province["commune"]["centre"])
    expect(row).to_be_visible()
    elsewhere = next(each["code"] for each in province["centres"] if each["code"] not in {
        province["commune"]["centre"], province["commune"]["centre_also"], "province"})  # fmt: skip
    page.locator(".map-tools select").select_option(elsewhere)
    expect(row).to_have_count(0)


def test_every_page_fits_a_phone(open_page: Open, province: dict[str, Any]) -> None:
    page = open_page("/#/map", phone=True)
    for name, there in (
        ("map", f'[data-key="sites/{SITE}-lost"]'), ("figures", ".chart canvas"), ("quality", ".board .ratio"),
    ):  # fmt: skip
        page.goto(f"/#/{name}")
        expect(page.locator(there).first).to_be_visible()
        # Neither the page nor its part below the bar scrolls sideways.
        assert page.evaluate("[document.documentElement, document.getElementById('main')]"
                             ".every((each) => each.scrollWidth <= innerWidth)"), name  # fmt: skip
        accessible(page)
        picture(page, f"{name}-phone")


def test_figures_have_charts_with_data_and_the_same_in_tables(
    open_page: Open, running: Running, province: dict[str, Any]
) -> None:
    page = open_page("/#/figures")
    expect(page.locator(".chart canvas")).to_have_count(6)
    expect(page.get_by_role("status").filter(has_text="Đang tải")).to_have_count(0)
    month = running.get("/v1/figures/monthly")
    whole = next(row for row in month["rows"] if row["centre"] == row["unit"] == "*")
    assert whole["received"] >= 3
    chart = page.locator("[data-chart='Tiếp nhận và đã xử lý']")
    last = chart.locator("tbody tr").last
    expect(last).to_contain_text(month["month"])
    assert int(re.sub(r"\D", "", last.locator("td").first.inner_text())) >= 3
    drawn = chart.locator("canvas").evaluate("""canvas => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const accent = getComputedStyle(document.documentElement).getPropertyValue("--accent").trim();
      const wanted = [1, 3, 5].map((at) => parseInt(accent.slice(at, at + 2), 16));
      let found = 0;
      for (let at = 0; at < data.length; at += 4) if (wanted.every((value, n) => data[at + n] === value)) found += 1;
      return found;
    }""")
    assert drawn > 50
    accessible(page)
    picture(page, "figures")
    units = page.locator("[data-table=units] tbody tr")
    assert units.count() >= 1
    units.first.get_by_role("button").click()
    expect(page).to_have_url(re.compile(r"unit="))


def test_the_board_of_quality_has_the_worst_first(open_page: Open, running: Running, province: dict[str, Any]) -> None:
    page = open_page("/#/quality")
    board = page.locator("[data-board=quality]")
    expect(board).to_contain_text("kém nhất trước")
    page.get_by_role("button", name="7 ngày").click()
    found = [(row["source"], row["class"]) for row in running.get("/v1/quality?hours=168")["rows"]]
    sources = [source for source, kind in found if kind is None]
    expect(board.locator("tbody tr.whole")).to_have_count(len(sources))
    assert board.locator("tbody tr.whole").evaluate_all("rows => rows.map((row) => row.dataset.source)") == sources
    expect(page.locator("[data-board=devices]")).to_contain_text("Danh mục thiết bị của tỉnh còn trống")
    accessible(page)
    picture(page, "quality")


def test_a_silence_begins_and_ends(open_page: Open, province: dict[str, Any]) -> None:
    page = open_page("/#/silences")
    page.keyboard.press("n")
    dialog = page.locator("dialog")
    dialog.get_by_role("button", name="Bắt đầu").click()
    expect(dialog.get_by_role("alert").filter(has_text="Cần ít nhất một điều kiện")).to_be_visible()
    dialog.get_by_label(province["centres"][0]["name"]).check()
    dialog.locator("[name=device]").fill(f"device-{MARK}")
    dialog.locator("[name=reason]").fill(f"Thay pin {MARK}")
    dialog.locator("[name=hours]").select_option("2")
    accessible(page)
    picture(page, "silence-new")
    dialog.get_by_role("button", name="Bắt đầu").click()
    row = page.locator("[data-list=silences] .silence").filter(has_text=MARK)
    expect(row).to_contain_text(f"Mã thiết bị: device-{MARK}", timeout=SOON_MS)
    expect(row).to_contain_text("còn 1 giờ 59 phút")
    expect(row).to_contain_text("Chưa giữ lại cảnh báo nào")
    accessible(page)
    picture(page, "silences")
    row.get_by_role("button", name="Kết thúc sớm").click()
    page.locator("dialog [name=why]").fill("xong sớm")
    page.locator("dialog").get_by_role("button", name="Kết thúc sớm").click()
    expect(row).to_have_count(0, timeout=SOON_MS)
    expect(page.locator("[data-list=past] .silence").filter(has_text=MARK)).to_contain_text("hết lúc")


def test_emergency_mode_is_confirmed_on_and_off(open_page: Open, running: Running, province: dict[str, Any]) -> None:
    page = open_page("/#/silences", phone=True)
    page.get_by_role("button", name="Bật chế độ khẩn cấp").click()
    dialog = page.locator("dialog")
    where = province["centres"][1]
    dialog.get_by_label(where["name"]).check()
    dialog.locator("[name=reason]").fill(f"Bão {MARK}")
    dialog.get_by_role("button", name="Tiếp tục").click()
    switch = dialog.get_by_role("button", name="Bật chế độ khẩn cấp")
    expect(switch).to_be_disabled()
    expect(dialog).to_contain_text(where["name"])
    accessible(page)
    picture(page, "emergency-confirm-phone")
    dialog.get_by_label("Tôi đã có quyết định").check()
    switch.click()
    banner = page.locator("[data-list=emergency].on")
    expect(banner).to_contain_text(MARK, timeout=SOON_MS)
    (mode,) = (each for each in running.get("/v1/silences?kind=emergency")["silences"] if MARK in each["reason"])
    assert mode["centres"] == [where["code"]]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    picture(page, "emergency-phone")
    banner.get_by_role("button", name="Tắt chế độ khẩn cấp").click()
    page.locator("dialog").get_by_role("button", name="Tắt chế độ khẩn cấp").click()
    expect(page.locator("[data-list=emergency]")).to_contain_text("Đang tắt", timeout=SOON_MS)
    assert running.get("/v1/silences?kind=emergency")["silences"] == []


def test_who_has_one_centre_sees_and_silences_that_one(
    browser: Browser, running: Running, province: dict[str, Any]
) -> None:
    here = {province["commune"]["centre"], province["commune"]["centre_also"]}
    other = next(each for each in province["centres"] if each["code"] not in here)
    officer = person(running.url, running.folder / ".ioc", "duty_officer", centres=(other["code"],))
    context = context_of(browser, running.url, officer)
    page = opened(context, "/#/map")
    expect(page.locator("[data-layer=sites]")).to_be_visible()
    expect(page.locator(".map-as-of")).to_contain_text(re.compile(r"\d\d:\d\d:\d\d"))
    expect(listed(page, "sites", f"{SITE}-lost")).to_have_count(0)
    page.goto("/#/silences")
    page.get_by_role("button", name="Tạm im cảnh báo").click()
    offered = page.locator("dialog fieldset").filter(has_text="Trung tâm").locator("input[type=checkbox]")
    expect(offered).to_have_count(1)
    expect(offered).to_be_checked()
    context.close()
