from __future__ import annotations

import pytest

from ioc.events.photos import photo_faults

HOSTS = ("photos.example.vn", ".media.example.vn")


@pytest.mark.parametrize(
    "link",
    [
        "https://example.vn/1.jpg",
        "HTTPS://example.vn/1.jpg",
        "https://example.vn:8443/1.jpg?width=200#top",
        "s3://photos/2",
        "2026/11/27/1.jpg",
        "ioc:attachment/" + "a" * 40,
    ],
)
def test_without_a_list_every_host_and_key_will_do(link: str) -> None:
    assert not [*photo_faults([link], ())]


@pytest.mark.parametrize(
    "link",
    [
        "http://example.vn/1.jpg",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:image/png;base64,AAAA",
        "file:///etc/passwd",
        "//example.vn/1.jpg",
        "https:///1.jpg",
        "https://user@example.vn/1.jpg",
        "https://photos.example.vn\\@evil.example/1.jpg",
        "https://example.vn/a b.jpg",
        "https://[::1/1.jpg",
        "https://example.vn:99999/1.jpg",
    ],
)
def test_what_is_no_address_of_a_picture_is_refused_in_any_case(link: str) -> None:
    for hosts in ((), HOSTS):
        faults = [*photo_faults(["https://photos.example.vn/1.jpg", link], hosts)]
        assert [(fault.pointer, fault.code) for fault in faults] == [("/photos/1", "not_allowed")]


@pytest.mark.parametrize(
    ("link", "fine"),
    [
        ("https://photos.example.vn/1.jpg", True),
        ("https://PHOTOS.example.vn:443/1.jpg", True),
        ("https://a.media.example.vn/1.jpg", True),
        ("ioc:attachment/" + "a" * 40, True),
        ("https://media.example.vn/1.jpg", False),
        ("https://evilphotos.example.vn/1.jpg", False),
        ("https://photos.example.vn.evil.example/1.jpg", False),
        ("https://photos.example.vn:8443/1.jpg", False),
        ("https://evil.example/?https://photos.example.vn/1.jpg", False),
        ("s3://photos/2", False),
        ("2026/11/27/1.jpg", False),
    ],
)
def test_a_list_lets_its_hosts_through_and_no_others(link: str, *, fine: bool) -> None:
    assert [fault.pointer for fault in photo_faults([link], HOSTS)] == ([] if fine else ["/photos/0"])
