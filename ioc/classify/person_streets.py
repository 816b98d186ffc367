"""Streets without capitals that are called after somebody: a surname and one word or two."""

from __future__ import annotations

import re
from typing import Final

from ioc.classify.personal import Views
from ioc.text.normalise import fold

_SURNAMES: Final = frozenset(
    "nguyễn trần lê phạm hoàng lý ngô võ phan tô tôn bùi đặng đinh hồ huỳnh vũ đoàn trương lương mạc phùng chu cao"  # noqa: SIM905 (a list of words)
    " nguyen tran pham hoang huynh bui".split()
)
"""With their marks, and without where they are hardly another word."""
_UNSURE: Final = frozenset("le ly ngo vo dang dinh doan truong luong".split())  # noqa: SIM905 (a list of words)
"""Without their marks: behind a word for a house."""
FIRST: Final = frozenset(map(fold, _SURNAMES | _UNSURE))
"""All of them without marks."""
_STOPS: Final = frozenset(
    "có bị đang đã sẽ là thì mà và với để cho không ko k hay hoặc lấy bán mua thu làm xây đổ vứt mở kéo hát chặt lắm"  # noqa: SIM905 (a list of words)
    " nhé nha ạ á này kia đó rồi nữa từ lúc hôm sáng tối chiều ngày hè đêm sđt số gần cạnh đối trước sau cũng"
    " co bi dang da se la thi ma va voi de cho khong hoac lay ban mua lam xay do vut mo keo nhe a nay roi nua tu luc"
    " hom sang chieu ngay dem sdt so gan canh doi truoc sau cung".split()
)
"""What a sentence goes on with behind a street."""
_WORD: Final = re.compile(r"[^\W\d_]+")
_MOST: Final = 3
"""Words of such a street."""


def person_end(views: Views, start: int, *, cued: bool) -> int:
    """Where one ends that begins at an offset; 0: none does.

    Args:
        views: The text.
        start: The offset of its first word.
        cued: Whether a word for a house stands before its number, behind which fewer words are another.

    """
    first = _WORD.match(views.text, start)
    if first is None or not (first[0] in _SURNAMES or (cued and first[0] in _UNSURE)):
        return 0
    end, at = 0, first.end()
    for _ in range(_MOST - 1):
        word = _WORD.match(views.text, at + 1) if views.text[at : at + 1] == " " else None
        if word is None or not word[0].islower() or word[0] in _STOPS:
            break
        end = at = word.end()
    return end
