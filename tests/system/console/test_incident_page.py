"""One incident in a real Chromium: story, evidence, clocks, every action, two who act at once, a merge taken back."""

from __future__ import annotations

import io
import json
import re
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from ioc.vocabulary import ACTIONS
from tests.system.console.browser import Person, complaints, context_of, opened, person, picture
from tests.system.running import Running
from tests.system.words import new_word

BOMB = '<img src=x onerror="globalThis.bombed=1"><script>globalThis.bombed=1</script>"\'>{{7*7}}${7*7}'
PHONE = "0912345678"
LAMP, MANHOLE = "Đèn đường hỏng, tối om", "Nắp cống bị mất, rất nguy hiểm"
KEYS = {
    "acknowledge": "a", "accept": "n", "start": "b", "resolve": "x", "close": "z", "reopen": "o", "assign": "u",
    "request_info": "q", "comment": "c", "return": "t", "reclassify": "p", "merge": "y", "split": "v",
    "not_related": "k", "reject": "r",
}  # fmt: skip
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def duty(running: Running) -> Person:
    """An officer of the provincial centre."""
    return person(running.url, running.folder / ".ioc", "provincial_duty")


@pytest.fixture(scope="module")
def client(running: Running) -> Iterator[httpx.Client]:
    """The operator's key: what somebody else does meanwhile."""
    headers = {"authorization": f"Bearer {running.key}"}
    with httpx.Client(base_url=running.url, headers=headers, timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture
def open_page(browser: Browser, running: Running, duty: Person) -> Iterator[Open]:
    """Opens an incident's page in a browser of its own; sees that none of them had to complain."""
    contexts, heard = [], []

    def open_one(incident_id: str, who: Person = duty, **options: Any) -> Page:
        context = context_of(browser, running.url, who, **options)
        contexts.append(context)
        context.on("page", lambda page: heard.append(complaints(page)))
        page = opened(context, f"/#/incident/{incident_id}")
        page.wait_for_selector(f"[data-incident='{incident_id}']")
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert [line for lines in heard for line in lines] == []


class Desk:
    """Sends reports and asks what became of them."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.communes = client.get("/v1/catalogue").json()["communes"]

    def report(self, text: str, commune: int, **fields: Any) -> dict[str, Any]:
        """The incident that a citizen's report makes or joins."""
        place = self.communes[commune]
        body = {
            "id": f"page-{new_word()}",
            "occurred_at": datetime.now(UTC).isoformat(), "channel": "app",
            "text": text, "lat": place["lat"], "lon": place["lon"],
        } | fields  # fmt: skip
        taken = self.client.post("/v1/reports", json=body)
        assert taken.is_success, taken.text
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            answer = self.client.get(f"/v1/reports/{body['id']}").json()
            if incident_id := answer.get("incident_id"):
                found = self.client.get(f"/v1/incidents/{incident_id}")
                if found.status_code == 200:
                    return dict(found.json())
            time.sleep(0.05)
        raise AssertionError(body["id"])

    def act(self, incident_id: str, action: str, reason: str = "", **arguments: Any) -> dict[str, Any]:
        body = {"action": action, "reason": reason, "by": "lan", "arguments": arguments}
        answer = self.client.post(f"/v1/incidents/{incident_id}/actions?wait=10", json=body)
        assert answer.status_code == 202, answer.text
        return dict(answer.json()["incident"])

    def get(self, incident_id: str, part: str = "") -> dict[str, Any]:
        return dict(self.client.get(f"/v1/incidents/{incident_id}{part}").raise_for_status().json())


@pytest.fixture(scope="module")
def desk(client: httpx.Client) -> Desk:
    return Desk(client)


def shown(page: Page, incident_id: str, version: int) -> None:
    """Wait until the page shows a version, its story included."""
    expect(page.locator(f"[data-incident='{incident_id}']")).to_have_attribute("data-version", str(version))
    expect(page.locator(f"[data-incident='{incident_id}']")).to_have_attribute("data-story", str(version))


def offered(page: Page) -> list[str]:
    page.wait_for_selector("[data-action]")
    names: list[str] = page.locator("[data-action]").evaluate_all("all => all.map((each) => each.dataset.action)")
    return sorted(names)


def do(page: Page, action: str, reason: str = "", fill: Callable[[Locator], None] | None = None) -> None:
    """Do an action by its key, as far as its dialog goes."""
    page.wait_for_selector(f"[data-action='{action}']")
    page.keyboard.press(KEYS[action])
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(f"[data-act='{action}']")).to_be_visible()
    if fill is not None:
        fill(dialog)
    if reason:
        dialog.locator("textarea").fill(reason)
    dialog.locator("button[type=submit]").click()


def done(page: Page) -> None:
    expect(page.get_by_role("dialog")).to_have_count(0)


def status(page: Page) -> Locator:
    return page.locator(".incident-head .status")


def test_it_opens_from_the_list_by_keyboard_and_tells_the_whole_story_in_order(
    open_page: Open, desk: Desk, running: Running
) -> None:
    first = desk.report(f"{LAMP}, gọi lại cho tôi số {PHONE}", 0)
    incident_id = first["incident_id"]
    joined = desk.report(f"{LAMP} cả đoạn này", 0)
    assert joined["incident_id"] == incident_id
    desk.act(incident_id, "acknowledge")
    now = desk.act(incident_id, "comment", "Đã gọi đội chiếu sáng")
    page = open_page(incident_id)
    page.evaluate("location.hash = '#/incidents'")
    page.keyboard.press("x")
    page.get_by_role("searchbox").fill(incident_id)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"#/incident/{incident_id}$"))
    shown(page, incident_id, now["version"])
    expect(page.get_by_role("heading", level=1)).to_have_text(first["title"])
    told = page.locator(".timeline .line").evaluate_all(
        "all => all.map((each) => [each.dataset.kind, each.dataset.rule, each.querySelector('time').dateTime])"
    )
    why = desk.get(incident_id, "/why")["story"]
    assert told == [[line["kind"], line["rule_id"], line["at"]] for line in why]
    assert [line[2] for line in told] == sorted(line[2] for line in told)
    assert [line[0] for line in told][:3] == ["classify", "open", "route"]
    assert {"join", "command"} <= {line[0] for line in told}
    expect(page.locator(".timeline blockquote").last).to_have_text("Đã gọi đội chiếu sáng")
    expect(page.locator(".timeline .person .said").last).to_have_text("operator/lan: ghi chú.")
    pieces = page.locator(".piece-text")
    expect(pieces).to_have_count(2)
    assert PHONE not in page.content()
    expect(pieces.first).to_contain_text("[số điện thoại]")
    expect(page.locator("[data-clock=acknowledge]")).to_contain_text("operator/lan")
    expect(page.locator("[data-clock=resolve]")).to_contain_text("còn")
    expect(page.locator(".answers .report")).to_have_count(2)
    small = page.locator(".spot")
    expect(small.locator(".pin.incident")).to_have_count(1)
    expect(small.locator("path.evidence-dot")).to_have_count(1)  # both were sent from the same place
    expect(small.locator("path.map-outline.own")).to_have_count(1)
    expect(page.locator(".place-links .number")).to_have_text(f"{now['lat']:.5f}, {now['lon']:.5f}")
    page.get_by_role("button", name="Chỉ người làm").click()
    expect(page.locator(".timeline .line")).to_have_count(2)
    page.get_by_role("button", name="Chỉ người làm").click()
    page.get_by_role("button", name="Mới nhất trước").click()
    expect(page.locator(".timeline .line").first).to_have_attribute("data-rule", now["history"][-1]["rule_id"])
    page.get_by_role("button", name="Mới nhất trước").click()
    picture(page, "incident")
    with page.expect_download() as saving:
        page.get_by_role("button", name="Tải hồ sơ").click()
    assert saving.value.suggested_filename == f"{incident_id}.md"
    assert saving.value.path().read_text() == desk.get(incident_id, "/why")["dossier"]["vi"]


def test_every_action_of_the_state_and_role_is_offered_and_done(open_page: Open, desk: Desk) -> None:
    incident_id = desk.report(f"{MANHOLE} giữa đường", 1)["incident_id"]
    page = open_page(incident_id)
    assert offered(page) == sorted({*ACTIONS} - {"close", "reopen"})
    page.keyboard.press(KEYS["acknowledge"])
    expect(page.locator("[data-clock=acknowledge]")).to_contain_text("Xong")
    expect(page.locator("[data-action=acknowledge]")).to_have_count(0)

    do(page, "reclassify", "Là mặt đường", lambda box: box.locator("[name=severity]").select_option("normal"))
    done(page)
    expect(page.locator(".incident-head .severity.normal")).to_be_visible()
    unit = {"code": ""}

    def another(box: Locator) -> None:
        box.locator("[name=unit]").evaluate("(each) => each.options.length")
        options = box.locator("[name=unit] option:not([disabled])")
        unit["code"] = options.nth(3).get_attribute("value") or ""
        box.locator("[name=unit]").select_option(unit["code"])

    do(page, "assign", "", another)
    done(page)
    assert desk.get(incident_id)["unit"] == unit["code"]
    # A reason that is needed is asked for before anything is sent, and what was written stays.
    do(page, "return")
    dialog = page.get_by_role("dialog")
    assert dialog.locator("textarea").evaluate("(box) => !box.checkValidity()")
    dialog.locator("textarea").fill("Không thuộc đơn vị này")
    page.keyboard.press("Control+Enter")
    done(page)
    expect(status(page)).to_have_text("trả lại")
    do(page, "accept")
    done(page)
    expect(status(page)).to_have_text("đã nhận việc")
    do(page, "request_info", "Nắp cống ở số nhà bao nhiêu ạ?")
    done(page)
    expect(page.locator("[data-clock=resolve]")).to_contain_text("Đang dừng")
    expect(page.locator(".answers")).to_contain_text("số nhà bao nhiêu")
    do(page, "start")
    done(page)
    expect(page.locator("[data-clock=resolve]")).not_to_contain_text("Đang dừng")

    do(page, "resolve", "Đã thay nắp mới", attached)
    done(page)
    expect(status(page)).to_have_text("đã xử lý")
    expect(page.locator(".answers")).to_contain_text("Đã thay nắp mới")
    page.locator(".proof").get_by_role("button", name="Xem 1 ảnh").click()
    assert page.locator(".proof img").evaluate("(each) => each.decode().then(() => each.naturalWidth)") == 32
    assert offered(page) == ["close", "comment", "reopen"]
    do(page, "close")
    done(page)
    expect(status(page)).to_have_text("đóng")
    do(page, "reopen", "Nắp lại mất")
    done(page)
    expect(status(page)).to_have_text("mở lại")
    do(page, "reject", "Báo trùng với việc khác")
    done(page)
    expect(status(page)).to_have_text("từ chối")
    now = desk.get(incident_id)
    shown(page, incident_id, now["version"])
    acted = [each["action"] for each in now["history"] if each["by"] != "system"]
    assert acted == [
        "acknowledge", "reclassify", "assign", "return", "accept", "request_info", "start", "resolve", "close",
        "reopen", "reject",
    ]  # fmt: skip


def attached(box: Locator) -> None:
    """Add a picture of what was done, and wait until it is kept."""
    out = io.BytesIO()
    Image.new("RGB", (32, 24), "green").save(out, "PNG")
    files = [{"name": "xong.png", "mimeType": "image/png", "buffer": out.getvalue()}]
    box.locator("input[type=file]").set_input_files(files)  # type: ignore[arg-type]
    expect(box.locator(".uploads li")).to_have_count(1)


def test_who_was_slower_is_told_what_changed_and_loses_no_word(open_page: Open, desk: Desk, duty: Person) -> None:
    incident_id = desk.report(f"{LAMP} ngõ nhỏ", 2)["incident_id"]
    one, other = open_page(incident_id), open_page(incident_id)
    other.wait_for_selector("[data-action=assign]")
    other.keyboard.press(KEYS["comment"])
    words = other.get_by_role("dialog").locator("textarea")
    words.fill("Chờ xe thang")
    do(one, "start")
    done(one)
    other.keyboard.press("Control+Enter")
    problem = other.get_by_role("dialog").locator(".problem.changed")
    expect(problem).to_contain_text("vừa được người khác thay đổi")
    expect(problem).to_contain_text("chuyển xử lý → đang xử lý")
    expect(problem).to_contain_text(f"{duty.name}: bắt đầu xử lý")
    expect(words).to_have_value("Chờ xe thang")
    picture(other, "incident-conflict")
    other.get_by_role("button", name="Tôi đã xem, vẫn thực hiện").click()
    done(other)
    # What the one did the other shows by itself, and the other way round.
    now = desk.get(incident_id)
    for page in (one, other):
        shown(page, incident_id, now["version"])
        expect(status(page)).to_have_text("đang xử lý")
        expect(page.locator(".timeline blockquote").last).to_have_text("Chờ xe thang")
    assert [each["action"] for each in now["history"]][-2:] == ["start", "comment"]


def test_what_the_state_no_longer_allows_is_refused_in_words(open_page: Open, desk: Desk) -> None:
    incident_id = desk.report(f"{LAMP} khu chợ", 3)["incident_id"]
    page = open_page(incident_id)
    page.wait_for_selector("[data-action=accept]")
    page.keyboard.press(KEYS["accept"])
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    desk.act(incident_id, "resolve", "Tổ khác đã sửa")
    expect(dialog.locator("[role=alert]").last).to_have_text("Trạng thái mới của sự việc không còn cho phép việc này.")
    expect(dialog.locator("button[type=submit]")).to_be_disabled()


def test_what_the_gateway_refuses_is_told_in_words(open_page: Open, desk: Desk) -> None:
    incident_id = desk.report(f"{LAMP} sân bóng", 14)["incident_id"]
    page = open_page(incident_id)
    page.wait_for_selector("[data-action=accept]")
    # A page that has not heard of it yet still offers what was allowed before.
    before = json.dumps(desk.get(incident_id, "/standing"))
    page.route("**/standing", lambda route: route.fulfill(body=before, content_type="application/json"))
    now = desk.act(incident_id, "resolve", "Tổ khác đã sửa")
    shown(page, incident_id, now["version"])
    do(page, "accept")
    refused = page.get_by_role("dialog").locator(".problem.refused")
    expect(refused).to_have_text("Chưa thực hiện. Trạng thái hiện tại của sự việc không cho phép.")


def test_two_incidents_are_merged_and_taken_apart_again(open_page: Open, desk: Desk) -> None:
    mark = "".join(secrets.choice("bcdfgkmpt") for _ in range(8))
    into = desk.report(f"{MANHOLE} gần bến {mark}", 4)
    gone = desk.report(f"{LAMP} cạnh trạm {mark}", 5)
    page = open_page(gone["incident_id"])

    def choose(box: Locator) -> None:
        box.get_by_role("searchbox").fill(mark)
        box.locator(f"input[value='{into['incident_id']}']").check()
        picture(page, "incident-merge")

    do(page, "merge", "Cùng một chỗ", choose)
    done(page)
    expect(status(page)).to_have_text("trùng")
    expect(page.locator(".merged-into")).to_contain_text(into["incident_id"])
    other = open_page(into["incident_id"])
    expect(other.locator(".piece")).to_have_count(2)
    merged = other.locator(f"[data-merged='{gone['incident_id']}']")
    merged.get_by_role("button", name="Hoàn tác gộp").click()
    merged.get_by_role("button", name="Đúng, tách ra").click()
    expect(merged).to_have_count(0)
    expect(other.locator(".piece")).to_have_count(1)
    expect(status(page)).to_have_text("chuyển xử lý")
    # Whoever parted them is remembered: a merge has to be meant then.
    do(page, "merge", "", choose)
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".problem.refused")).to_contain_text("hai việc khác nhau")
    dialog.get_by_label("Vẫn gộp").check()
    dialog.locator("button[type=submit]").click()
    done(page)
    page.locator(".merged-into").get_by_role("button", name="Hoàn tác gộp").click()
    expect(status(page)).to_have_text("chuyển xử lý")
    assert desk.get(gone["incident_id"])["parent"] is None


def test_suggestions_are_merged_or_told_apart_and_evidence_is_taken_out(open_page: Open, desk: Desk) -> None:
    # Too far apart to be joined by itself, near enough and alike enough to be suggested.
    place = desk.communes[6]
    text = f"{MANHOLE} ngay ngã tư bưu điện {secrets.token_hex(3)}"
    first = desk.report(text, 6)
    second = desk.report(text, 6, lat=place["lat"] + 0.0011)
    assert [each["incident_id"] for each in second["similar"]] == [first["incident_id"]]
    page = open_page(second["incident_id"])
    suggestion = page.locator(f"[data-similar='{first['incident_id']}']")
    expect(suggestion).to_contain_text("giống")
    suggestion.get_by_role("button", name="Không liên quan").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("input[type=radio]")).to_be_checked()
    dialog.locator("button[type=submit]").click()
    done(page)
    expect(suggestion).to_have_count(0)
    joined = desk.report(text, 6)
    assert joined["incident_id"] == first["incident_id"]
    page = open_page(first["incident_id"])
    expect(page.locator(".piece")).to_have_count(2)
    do(page, "split", "Hai chỗ khác nhau", lambda box: box.locator("[type=checkbox]").nth(1).check())
    done(page)
    expect(page.locator(".piece")).to_have_count(1)


def test_a_bomb_stays_text_in_every_field(open_page: Open, desk: Desk, client: httpx.Client) -> None:
    name = f"b-{secrets.token_hex(4)}"
    found = desk.report(f"{BOMB} {LAMP}", 7, id=f"{name}<b>x</b>")
    incident_id = found["incident_id"]
    for action in ("comment", "request_info"):
        desk.act(incident_id, action, f"{BOMB} {action}")
    now = desk.act(incident_id, "start", BOMB)
    page = open_page(incident_id)
    shown(page, incident_id, now["version"])
    expect(page.locator(".piece-text")).to_contain_text("<script>")
    expect(page.locator(".answers")).to_contain_text("<script>")
    page.locator(".history summary").click()
    do(page, "resolve", BOMB)
    done(page)
    page.locator(".answers").get_by_text("<script>").last.wait_for()
    page.evaluate("location.hash = '#/incident/' + encodeURIComponent('22-<img src=x onerror=globalThis.bombed=1>')")
    expect(page.get_by_text("Không có sự việc")).to_be_visible()
    page.evaluate("location.hash = '#/storm'")
    page.wait_for_selector(".storm")
    assert page.evaluate("globalThis.bombed ?? 0") == 0
    assert page.locator("main img, main script, main b").count() == 0


def test_a_report_with_a_picture_shows_it_when_asked(open_page: Open, desk: Desk, client: httpx.Client) -> None:
    out = io.BytesIO()
    Image.new("RGB", (48, 36), "red").save(out, "JPEG")
    kept = client.post("/v1/attachments", content=out.getvalue(), headers={"content-type": "image/jpeg"})
    photos = [kept.json()["reference"], "https://photos.example.vn/a.jpg"]
    found = desk.report(f"{MANHOLE} có ảnh", 8, photos=photos)
    page = open_page(found["incident_id"])
    expect(page.locator(".evidence")).to_contain_text("1 ảnh ở nơi gửi")
    assert page.locator(".evidence img").count() == 0  # a look is written down: nobody has looked yet
    page.get_by_role("button", name="Xem 1 ảnh").click()
    assert page.locator(".evidence img").evaluate("(each) => each.decode().then(() => each.naturalWidth)") == 48
    picture(page, "incident-picture")


def test_silences_and_emergency_modes_are_marked(open_page: Open, desk: Desk, client: httpx.Client) -> None:
    found = desk.report(f"{LAMP} bãi xe", 9)
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    about = {"centres": [found["centre"]], "owner": "Tổ trực", "ends_at": until}
    bodies = [
        about | {"reason": "Thi công", "matchers": [f"commune = {found['commune']}"]},
        about | {"kind": "emergency", "reason": "Bão số 3", "communes": [found["commune"]]},
    ]
    names = [client.post("/v1/silences?wait=10", json=body).raise_for_status().json()["silence_id"] for body in bodies]
    try:
        deadline = time.monotonic() + 30
        while not all(desk.get(found["incident_id"], "/standing")[each] for each in ("silences", "emergencies")):
            assert time.monotonic() < deadline, "the gateway hears of it within moments"
        page = open_page(found["incident_id"])
        expect(page.locator("[data-mark=silence]")).to_contain_text("Thi công")
        expect(page.locator("[data-mark=emergency]")).to_contain_text("Bão số 3")
        picture(page, "incident-marks")
        page.evaluate("location.hash = '#/storm'")
        expect(page.locator("[data-mark=emergency]")).to_contain_text("Bão số 3")
    finally:
        for name in names:
            client.delete(f"/v1/silences/{name}").raise_for_status()


def test_a_report_that_the_law_asks_for_is_marked_as_sent(open_page: Open, desk: Desk) -> None:
    asset = f"portal-{secrets.token_hex(3)}"
    event = {
        "id": f"soc-{asset}", "asset_id": asset, "kind": "data_exfiltration", "severity": "critical",
        "observed_at": datetime.now(UTC).isoformat(),
    }  # fmt: skip
    desk.client.post("/v1/security", json=event).raise_for_status()
    deadline = time.monotonic() + 30
    while True:
        listed = desk.client.get("/v1/incidents", params={"category": "security", "limit": 200}).json()["incidents"]
        found = [each for each in listed if each["evidence"] and each["evidence"][0]["event_id"] == event["id"]]
        if found:
            break
        assert time.monotonic() < deadline
        time.sleep(0.1)
    owed = found[0]["deadlines"]
    page = open_page(found[0]["incident_id"])
    expect(page.locator(".deadlines li")).to_have_count(len(owed))
    expect(page.locator(".deadlines li").first).to_contain_text("còn")
    do(page, "comment", "Đã gửi", lambda box: box.locator("[name=deadline]").select_option(owed[0]["name"]))
    done(page)
    expect(page.locator(".deadlines li").first).to_contain_text("đã gửi")
    assert desk.get(found[0]["incident_id"])["deadlines"][0]["done_at"]


def test_a_lost_answer_is_asked_for_again_and_done_once(open_page: Open, desk: Desk) -> None:
    incident_id = desk.report(f"{LAMP} cầu vượt", 10)["incident_id"]
    page = open_page(incident_id)
    page.wait_for_selector("[data-action=comment]")
    lost = {"left": 1}

    def lose(route: Any) -> None:
        if lost["left"]:
            lost["left"] -= 1
            route.fetch()  # the gateway has it, the answer never comes
            route.abort()
            return
        route.continue_()

    page.route("**/actions*", lose)
    do(page, "comment", "Một lần thôi")
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".problem.unsure")).to_contain_text("không thành hai lần")
    dialog.locator("button[type=submit]").click()
    done(page)
    said = [each for each in desk.get(incident_id)["history"] if each["reason"] == "Một lần thôi"]
    assert len(said) == 1


def test_who_may_do_less_is_offered_less(open_page: Open, desk: Desk, running: Running) -> None:
    home = running.folder / ".ioc"
    found = desk.report(f"{MANHOLE} lề đường", 11)
    operator = open_page(found["incident_id"], person(running.url, home, "operator", centres=[found["centre"]]))
    assert "reject" not in offered(operator)
    unit = open_page(found["incident_id"], person(running.url, home, "handling_unit", unit=found["unit"]))
    assert offered(unit) == ["accept", "acknowledge", "comment", "request_info", "resolve", "return", "start"]
    expect(unit.locator(".evidence")).to_have_count(0)  # who reported it is not for units
    expect(unit.locator(".timeline .line")).to_have_count(2)
    do(unit, "accept")
    done(unit)
    expect(status(unit)).to_have_text("đã nhận việc")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(open_page: Open, desk: Desk, scheme: str) -> None:
    options = {"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    found = desk.report(f"{MANHOLE} chỗ rẽ", 12 if scheme == "light" else 15)
    page = open_page(found["incident_id"], color_scheme=scheme, bypass_csp=True)
    shown(page, found["incident_id"], desk.get(found["incident_id"])["version"])
    page.emulate_media(reduced_motion="reduce")
    expect(page.locator(".answers .report")).to_have_count(1)
    axe = Axe()
    # What differs by night is colours; they are the same whatever the width.
    widths: Sequence[int] = (1600, 390) if scheme == "light" else (1600,)
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        checked = axe.run(page, options=options)
        assert checked.violations_count == 0, f"{width}: {checked.generate_report()}"
    page.set_viewport_size({"width": 1600, "height": 900})
    for action in ("merge", "reclassify", "resolve", "split") if scheme == "light" else ("merge",):
        page.keyboard.press(KEYS[action])
        expect(page.get_by_role("dialog")).to_be_visible()
        checked = axe.run(page, options=options)
        assert checked.violations_count == 0, f"{action}: {checked.generate_report()}"
        page.keyboard.press("Escape")
    picture(page, f"incident-{scheme}")


def test_it_fits_a_phone_and_is_english_too(open_page: Open, desk: Desk) -> None:
    found = desk.report(f"{LAMP} bờ kè dài lắm, dài đến mức phải xuống dòng nhiều lần trên màn hình nhỏ", 13)
    page = open_page(found["incident_id"], phone=True)
    page.wait_for_selector(".timeline .line")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Việc khác").click()
    page.locator("[data-action=comment]").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    picture(page, "phone-incident-dialog")
    page.get_by_role("button", name="Hủy").click()
    page.get_by_role("button", name="Việc khác").click()
    picture(page, "phone-incident")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Story", exact=True)).to_be_visible()
    assert not re.search(r"incident\.[a-z_.]+", page.inner_text("main"))
    assert json.dumps(page.inner_text("main")).count("undefined") == 0
