"""Open311 on the running product: read by a client that others wrote, posted as the specification's text has it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import orjson
import pytest
from defusedxml.ElementTree import fromstring
from georeport import GeoReport

from connectors.gateway.keys import new_key
from tests.system.gateway import records
from tests.system.running import Running
from tests.system.words import new_word

_WAIT_S = 40
PATH = "/open311/v2"
PHONE = "0912 345 678"


@pytest.fixture
def client(running: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.url + PATH, timeout=20, trust_env=False) as client:
        yield client


def form(running: Running, word: str, **more: str) -> dict[str, str]:
    return {
        "api_key": running.key, "service_code": "urban_infrastructure", "lat": "20.95049", "long": "107.08051",
        "description": f"Ổ gà lớn {word} gần chợ, gọi {PHONE}", "phone": PHONE, "first_name": "An",
        "attribute[KIND]": "road_surface",
    } | more  # fmt: skip


def until(ask: Callable[[], httpx.Response]) -> Any:
    deadline = time.monotonic() + _WAIT_S
    while (answer := ask()).status_code != 200:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.1)
    return answer.json()


def test_a_client_that_others_wrote_reads_it(running: Running, client: httpx.Client) -> None:
    # Two, because the client makes of a single element of XML no list.
    for _ in range(2):
        name = client.post("/requests.json", data=form(running, new_word())).json()[0]["service_request_id"]
        until(lambda name=name: client.get(f"/requests/{name}.json"))  # type: ignore[misc]
    for output in ("json", "xml"):
        reader = GeoReport(running.url + PATH, output_format=output)
        services = reader.get_service_list()
        assert len(services) == 13
        assert {each["service_code"] for each in services} > {"traffic", "telecom"}
        details = reader.get_service_definition("urban_infrastructure")
        assert "road_surface" in str(details)
        one = reader.get_service_request(name)
        assert name in str(one)
        some = reader.get_service_requests(service_code="urban_infrastructure", status="open")
        assert name in {each["service_request_id"] for each in some}


def test_what_is_posted_goes_the_way_of_every_report_and_nothing_personal_comes_back(
    running: Running, client: httpx.Client
) -> None:
    sent = form(running, new_word())
    first = client.post("/requests.json", data=sent)
    assert first.status_code == 200, first.text
    made = first.json()[0]
    assert set(made) == {"service_request_id", "service_notice", "account_id"}
    assert made["account_id"] is None
    name = made["service_request_id"]
    # Sent again, as JSON this time and with the key in a header, it is the same.
    again = {key: value for key, value in sent.items() if key != "api_key"}
    second = client.post("/requests", json=again, headers={"x-api-key": running.key})
    assert second.json()[0]["service_request_id"] == name
    other = client.post("/requests.xml", data=form(running, new_word()))
    assert fromstring(other.content).findtext("request/service_request_id") not in {"", name}
    found = until(lambda: client.get(f"/requests/{name}.json", params={"extensions": "true"}))[0]
    assert (found["status"], found["service_code"]) == ("open", "urban_infrastructure")
    assert (found["lat"], found["long"]) == (20.95, 107.081)
    assert found["description"] is None
    assert found["expected_datetime"].endswith("+07:00")
    assert found["notes"][0]["type"] == "received"
    assert found["address_id"]
    assert found["agency_responsible"]
    inside = {"api_key": running.key}
    described = client.get(f"/requests/{name}.json", params=inside).json()[0]["description"]
    assert described.startswith("Ổ gà lớn")
    for answer in (client.get(f"/requests/{name}.xml"), client.get(f"/requests/{name}.xml", params=inside)):
        assert "345" not in answer.text
    token = client.get(f"/tokens/{name}.json").json()
    assert token == [{"service_request_id": name, "token": name}]
    receipts = [each for each in records(running.bootstrap, "ioc.receipts") if each.key == name.encode()]
    assert len(receipts) == 2


def test_an_agency_says_what_becomes_of_a_request_and_the_same_again_changes_nothing(
    running: Running, client: httpx.Client
) -> None:
    agency, _ = new_key(running.folder / ".ioc" / "keys.json", "open311.agency", ["incidents:write"])
    name = client.post("/requests.json", data=form(running, new_word())).json()[0]["service_request_id"]
    asked = {"extensions": "true"}

    def seen() -> dict[str, Any]:
        found: dict[str, Any] = until(lambda: client.get(f"/requests/{name}.json", params=asked))[0]
        return found

    def standing(incident: str) -> dict[str, Any]:
        return running.get(f"/v1/incidents/{incident}")

    deadline = time.monotonic() + _WAIT_S
    while (incident := seen()["extended_attributes"]["incident_id"]) is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)

    def say(update: str, status: str, **more: str) -> httpx.Response:
        body = {"api_key": agency, "service_request_id": name, "update_id": update, "status": status,
                "updated_datetime": "2026-03-02T09:10:00+07:00"} | more  # fmt: skip
        return client.post("/servicerequestupdates.json", data=body)

    started = say("1", "IN_PROGRESS")
    assert (started.status_code, started.json()) == (200, [{"update_id": "1", "service_request_id": name}])
    done = say("2", "CLOSED", description=f"Đã vá xong, hỏi anh An {PHONE}")
    assert done.status_code == 200, done.text
    deadline = time.monotonic() + _WAIT_S
    while (before := standing(incident))["status"] != "resolved":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    steps = [each for each in before["history"] if each["by"] == "open311.agency"]
    # Nothing shows that it was done: the incident is flagged, and not held up.
    assert [each["action"] for each in steps] == ["start", "resolve", "flag"]
    assert PHONE not in orjson.dumps(before).decode()
    for again in (say("1", "IN_PROGRESS"), say("2", "CLOSED")):
        assert again.status_code == 200, again.text
    assert standing(incident)["version"] == before["version"]
    refused = say("3", "IN_PROGRESS")
    assert (refused.status_code, refused.json()[0]["code"]) == (400, 400)
    assert refused.json()[0]["description"].startswith("status: ")
    assert say("4", "CLOSED", service_request_id="nothing").status_code == 404
    written = client.post("/servicerequestupdates.xml", json={
        "service_request_id": incident, "update_id": "5", "status": "OPEN", "description": "Sẽ kiểm tra lại",
        "updated_datetime": "2026-03-02T09:12:00+07:00",
    }, headers={"x-api-key": agency})  # fmt: skip
    assert fromstring(written.content).findtext("request_update/update_id") == "5"
    deadline = time.monotonic() + _WAIT_S
    while seen()["status"] != "closed":
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_clients_own_name_of_a_request_decides(running: Running, client: httpx.Client) -> None:
    headers = {"idempotency-key": new_word()}
    names = {
        client.post("/requests.json", data=form(running, new_word()), headers=headers).json()[0]["service_request_id"]
        for _ in range(2)
    }
    assert len(names) == 1


def test_lists_are_filtered_and_paged(running: Running, client: httpx.Client) -> None:
    at = {"lat": f"20.9{secrets.randbelow(900) + 100}", "long": "107.0923"}
    names = [
        client.post("/requests.json", data=form(running, new_word(), **at)).json()[0]["service_request_id"]
        for _ in range(3)
    ]
    for name in names:
        until(lambda name=name: client.get(f"/requests/{name}.json"))  # type: ignore[misc]
    both = client.get("/requests.json", params={"service_request_id": ",".join(names[:2])}).json()
    assert {each["service_request_id"] for each in both} == set(names[:2])
    lat, lon = float(at["lat"]), float(at["long"])
    box = {"bbox": f"{lon - 0.001},{lat - 0.001},{lon + 0.001},{lat + 0.001}"}
    near = client.get("/requests.json", params=box).json()
    assert {each["service_request_id"] for each in near} >= set(names)
    pages = [client.get("/requests.json", params={**box, "page": page, "page_size": 2}).json() for page in (1, 2)]
    assert [each["service_request_id"] for page in pages for each in page] == [
        each["service_request_id"] for each in near
    ][:4]
    assert client.get("/requests.json", params={**box, "status": "closed"}).json() == []
    before = {**box, "updated_before": "2020-01-01T00:00:00Z"}
    assert client.get("/requests.json", params=before).json() == []
    tag = client.get("/services.json").headers["etag"]
    assert client.get("/services.json", headers={"if-none-match": tag}).status_code == 304


def test_what_is_about_a_crime_is_shown_to_its_publisher_only(running: Running, client: httpx.Client) -> None:
    told = form(
        running, new_word(), service_code="security", description=f"Bọn trộm cắp bẻ khóa lấy xe máy {new_word()}",
        **{"attribute[KIND]": "theft"},
    )  # fmt: skip
    name = client.post("/requests.json", data=told).json()[0]["service_request_id"]
    found = until(lambda: client.get(f"/requests/{name}.json"))[0]  # who has the id was given it
    assert found["service_code"] == "security"
    public = client.get("/requests.json", params={"service_code": "security"}).json()
    assert name not in {each["service_request_id"] for each in public}
    own = client.get("/requests.json", params={"service_code": "security", "api_key": running.key}).json()
    assert name in {each["service_request_id"] for each in own}


def test_reports_of_other_ways_in_are_requests_too(running: Running, client: httpx.Client) -> None:
    report = f"o/{new_word()}.xml"
    body = {"id": report, "occurred_at": "2026-03-02T07:45:00+07:00", "text": "Đèn đường hỏng cả tuần ở phường Hà Tu"}
    headers = {"authorization": f"Bearer {running.key}"}
    sent = httpx.post(f"{running.url}/v1/reports", json=body, headers=headers, trust_env=False)
    assert sent.status_code == 202
    found = until(lambda: client.get(f"/requests/operator/{report}.json"))
    assert found[0]["service_request_id"] == f"operator/{report}"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"api_key": ""}, 403),
        ({"api_key": "ioc_000000000000_" + "A" * 43}, 403),
        ({"service_code": "006"}, 404),
        ({"service_code": ""}, 400),
        ({"lat": "95"}, 400),
        ({"media_url": "javascript:alert(1)"}, 400),
        ({"attribute[WHISPAWN]": "123456"}, 400),
    ],
)
def test_errors_are_as_the_specification_has_them(
    running: Running, client: httpx.Client, change: dict[str, str], code: int
) -> None:
    for path in ("/requests.json", "/requests.xml"):
        answer = client.post(path, data=form(running, new_word()) | change)
        assert answer.status_code == code, answer.text
        if path.endswith("json"):
            assert answer.headers["content-type"] == "application/json"
            assert [each["code"] for each in answer.json()] == [code]
            assert answer.json()[0]["description"]
        else:
            assert answer.headers["content-type"] == "text/xml; charset=utf-8"
            root = fromstring(answer.content)
            assert (root.tag, root.findtext("error/code")) == ("errors", str(code))


def test_a_key_that_may_not_post_is_refused_and_what_is_not_there_is_404(
    running: Running, client: httpx.Client
) -> None:
    token, _ = new_key(running.folder / ".ioc" / "keys.json", "open311.reader", ["reports:read"])
    assert client.post("/requests.json", data=form(running, new_word(), api_key=token)).status_code == 403
    assert client.get("/requests.json", params={"api_key": "nonsense"}).status_code == 403
    for path in ("/requests/nothing.json", "/services/nothing.json", "/tokens/nothing.json", "/nothing.json"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()[0]["code"]) == (404, 404), path
    assert client.put("/requests.json").json()[0]["code"] == 404
    multipart = client.post("/requests.json", files={"media": b"x"}, data={"api_key": running.key})
    assert multipart.status_code == 400
    assert client.get("/discovery").headers["content-type"] == "text/xml; charset=utf-8"
    found = client.get("/discovery.json").json()
    assert found["endpoints"][0]["url"] == running.url + PATH
    assert client.get("/services", headers={"accept": "application/json"}).json()[0]["service_name"] == "Giao thông"
    english = client.get("/services.json", headers={"accept-language": "en-GB"}).json()
    assert english[0]["service_name"] == "Traffic"
