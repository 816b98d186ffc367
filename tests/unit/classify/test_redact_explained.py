"""Names by what stands behind them: whose kin somebody is, which class, what office; lists, couples, nicknames."""

from __future__ import annotations

import pytest

from ioc.classify import redact


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bãi tắm có sứa lửa, Hạnh Nguyên, em họ tôi, bị bỏng cả cánh tay.", ", [tên], em họ tôi"),
        ("Đất thổ cư của bố tôi để lại bị Hoà Bình, em trai tôi, tự ý bán.", "bị [tên], em trai"),
        ("Hà My, 10A2, bị mất xe đạp điện trong trường", "[tên], 10A2"),
        ("Thợ lái máy xúc (Đông, quê ở xa) làm đứt cáp quang rồi bỏ đi.", "([tên], quê"),
        ("sang nay Duc Thinh con nha co Loan bi xe tai tat vao le", "nay [tên] con nha co [tên]"),
        ("Nhung con chi Hao bi lua ban di, gia dinh lo lam", "[tên] con chi"),
        ("moi lan goi cho Tuan can bo dia chinh thi anh ay bao ban hop", "cho [tên] can bo"),
        ("cai ong Ba Gà do xe ben tren le", "ong [tên] do xe"),
        ("Lo, Pao va Chi Van Tai bi bat vi dot nuong", "[tên], [tên] va [tên]"),
        ("ngõ e bị 2 con chó nhà mạnh vs nhà tuyền rượt hoài", "nhà [tên] vs nhà [tên]"),
        ("trog ngõ có ôg Tiệm hay phơi thóc ra đường", "ôg [tên] hay"),
        ("lan ơi đọc đc thì trả xe cho t đi", "[tên] ơi"),
    ],
    ids=str,
)
def test_names_are_found(text: str, expected: str) -> None:
    assert expected in redact(text).text


@pytest.mark.parametrize(
    "text",
    [
        "Rác đầy bãi, anh em dọn không xuể.",
        "Đường hẹp, con em chúng tôi đi học nguy hiểm.",
        "Bụi, ồn và khói bị phản ánh mãi.",
        "nhà tôi và nhà bên cạnh đều mất nước",
        "trời ơi đường ngập hết rồi, mẹ ơi",
        "Bác sỹ ở trạm xá không có mặt, bv tinh thi xa",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert redact(text).text == text
