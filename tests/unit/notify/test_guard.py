"""Where requests may go."""

from __future__ import annotations

import pytest

from connectors.notify.guard import BlockedError, Guard


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/", "https://localhost/", "https://10.1.2.3/", "https://192.168.1.1:8443/", "https://172.16.0.9/",
        "https://169.254.169.254/latest/meta-data", "https://100.64.0.1/", "https://0.0.0.0/", "https://[::1]/",
        "https://[::ffff:10.0.0.1]/", "https://[fd00::1]/", "https://[fe80::1]/", "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/", "https://224.0.0.1/", "https://2130706433/", "https://0x7f.1/", "ftp://8.8.8.8/",
    ],
)  # fmt: skip
async def test_what_is_inside_is_refused(url: str) -> None:
    with pytest.raises(BlockedError):
        await Guard([]).address_of(url)


async def test_public_addresses_need_tls() -> None:
    assert await Guard([]).address_of("https://8.8.8.8/x") == ("8.8.8.8", 443)
    assert await Guard([]).address_of("https://[2001:4860:4860::8888]:8443/x") == ("2001:4860:4860::8888", 8443)
    with pytest.raises(BlockedError, match="without TLS"):
        await Guard([]).address_of("http://8.8.8.8/x")


async def test_what_is_named_may_be_reached() -> None:
    assert (await Guard(["localhost"]).address_of("http://localhost:8080/"))[1] == 8080
    assert await Guard(["10.0.0.0/8"]).address_of("http://10.1.2.3/") == ("10.1.2.3", 80)
    with pytest.raises(BlockedError):
        await Guard(["localhost"]).address_of("http://127.0.0.1/")
    with pytest.raises(ValueError, match=r"."):
        Guard(["10.0.0.0/99"])
