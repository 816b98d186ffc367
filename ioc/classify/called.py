"""Names behind "tên", whatever the words mean, where it is plainly somebody who is called so.

"mẹ tên hạt, đang …", "techcombank ten do thi nhan".
"""

from __future__ import annotations

from typing import Final

from ioc.classify.cues import cues
from ioc.classify.lists import COMMON, KNOWN, MIDDLE_WORDS, Lists
from ioc.classify.words import Words

CALLED: Final = frozenset(("tên", "ten"))
"""The word for a name, with its mark and without."""
_CUES: Final = cues(("ten",))
_WHO: Final = frozenset(
    "mình tôi em e mk tớ tui cháu con mẹ bố má vợ chồng chủ ai người đứa thằng ông bà anh chị cô chú bác dì"  # noqa: SIM905 (a list of words)
    " bé bạn gái trai nó viên thợ khách ck vk cu xe quản ng xưng kẻ lão shipper"
    " minh toi chau me bo vo chong chu nguoi dua thang ong chi co bac be ban gai no vien tho khach lai".split()
)
"""Right before "tên": who is called so, or the last word of it ("lái xe", "nhân viên")."""
_BANKED: Final = frozenset(
    "bank techcombank vietcombank agribank bidv vietinbank sacombank mb mbbank vpbank tpbank acb vib msb shb tcb vcb"  # noqa: SIM905 (a list of words)
    " momo zalopay stk tk".split()
)
_NOBODY: Final = frozenset(
    "đường phố trộm cướp lửa tôi em mình cháu con đầy đủ gì thật nào này đó kia ấy khai hàng sản phẩm người của là"  # noqa: SIM905 (a list of words)
    " miền cũ mới trên trong ở trước sau giả chủ công khu cửa quán shop hãng hộ các những cho khác giống trùng chung"
    " riêng đúng sai nhầm và với hay hoặc thì mà không chưa đã đang bị có được vào lên ra theo ghi để tiếng ngân"
    " đơn doanh cơ gọi họ đệm mẹ bố vợ chồng cô chú bác ông bà anh chị bé đứa thằng một hai mấy đồng thương trường lớp"
    " lad nick cầu dưới duoi tk stk fb zalo facebook tài ai sao kiểu như e mk thôi á nhé nha ạ nè cả đâu lạ hiện hiển"
    " đẹp xấu dài ngắn tục"
    " lót tuổi tàu thuốc lừa nghiện côn bịp sở giặc nghịch phản ăn thân miễn đại cách lãnh đội xóm thôn tổ đất tổng"
    " duong pho trom cuop lua toi minh chau day du gi that nay do kia ay hang nguoi cua la mien cu moi tren o truoc"
    " gia chu cong khu quan ho cac nhung cho khac giong va voi thi ma khong chua da dang bi co duoc vao len ra de ngan"
    " don goi dem me bo vo chong co bac ong ba anh chi be dua thang mot hai may truong lop tai sao nhu hien thuoc"
    " nhe thoi lai dep tuc lot tau so dong kieu trung the sai xe and of years year times the for in min minutes minute"
    " people percent to trai xã xa ubnd bhyt cccd cmnd shipper người nguời ngân quỹ quy".split()
)
"""What stands behind "tên" and is nobody's name, or behind the number ten."""
ENDS: Final = frozenset(
    "của ở là và với thì mà có không k ko kg đang đã bị đi đến về ra vào lên xuống nhận tự sđt số nhà hôm nay qua đó"  # noqa: SIM905 (a list of words)
    " này ấy nhé nhe ạ á nè cho bên làm xong rồi cũng sẽ hay do trên dưới tại từ sinh năm học lớp trú con vợ chồng"
    " người thường bảo nói xưng toàn đòi chuyên nhưng lúc khi cầm lừa bán mua lấy mất xin cùng rất quá giả người gọi"
    " cua la va voi thi ma co khong dang da bi di den ve ra vao len xuong nhan sdt so nha hom nay qua nay do ay a cho"
    " ben lam xong roi cung se hay tren duoi tai tu sinh nam hoc lop tru con vo chong nguoi thuong bao noi toan doi"
    " chuyen nhung luc khi cam lua ban mua lay mat xin cung rat gia goi ngoai ngoài trong cách cach".split()
)
"""What a sentence goes on with behind a name."""
_ROLES: Final = frozenset("TRtr")
_ROLE_WORDS: Final = 3
_ANY: Final = frozenset(("", "nào", "nao", "gì", "gi"))
_SOMEBODY: Final = frozenset(("ng", "người", "nguoi"))
"""Before what somebody does: "ng bán"."""
_APART: Final = frozenset((",", "|", "(", "~", ":"))
_LONGEST: Final = 4
_ALL_OF_IT: Final = 3
"""So many words up to the next mark are all the name, and before a word that goes on two."""
_WHOLE: Final = 3


def may_be_called(words: Words) -> bool:
    """Whether "tên" stands in a text, with its mark or without: most need no closer look."""
    return not words.cues.isdisjoint(_CUES)


class CalledNames:
    """Finds them."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists

    def find(self, words: Words) -> list[tuple[int, int]]:
        """First word of each name and the one behind it."""
        places = [at for word in CALLED.intersection(words.low) for at in words.everywhere(word)]
        last = len(words.low) - 1
        return [(at + 1, end) for at in places if at < last and (end := self._called_end(words, at + 1))]

    def _called_end(self, words: Words, index: int) -> int:
        """Where the name ends that begins right behind "tên"; 0: none does."""
        low, called = words.low, index - 1
        if words.gaps[index] != "_" or words.caps[index] != "l":
            return 0
        before = low[called - 1] if called and words.gaps[called] == "_" else ""
        known = before in _WHO or before in _BANKED or (before not in _ANY and _is_role_before(words, called))
        if known and index + 2 < len(low) and low[index + 1] in MIDDLE_WORDS and words.gaps[index + 2] == "_":
            return index + _WHOLE
        if known and self._is_common(words, index):
            return index + 1
        if low[index] in _NOBODY or (before and not known):
            return 0
        if self._lists.joined(low[called], low[index]) and not words.codes[index]:
            return 0
        end = index + 1
        while end - index <= _LONGEST and end < len(low) and words.gaps[end] == "_" and words.caps[end] == "l":
            if low[end] in ENDS or low[end] in self._lists.acts or words.is_role(end):
                break
            end += 1
        return self._cut(words, index, end, known=known)

    def _is_common(self, words: Words, index: int) -> bool:
        """Whether many people are called so, where without marks it may be another word: "minh ten hien, thu ngan"."""
        if words.style[1] == "m" or words.low[index] not in _NOBODY or not COMMON[words.codes[index]]:
            return False
        follows = words.next_word(index)
        return not (follows and (self._lists.joined(words.low[index], follows) or follows in ENDS))

    def _cut(self, words: Words, index: int, end: int, *, known: bool) -> int:
        """How much of the words up to the next mark or the next word that is in no name is the name."""
        apart = end == len(words.low) or words.gaps[end] in _APART
        if not known:
            return end if apart and 1 < end - index <= _ALL_OF_IT and KNOWN[words.codes[index]] else 0
        if end - index <= (_ALL_OF_IT if apart else 2):
            return end
        return index + 1


def _is_role_before(words: Words, called: int) -> bool:
    """Whether who somebody is stands up to three words before "tên": "tai xe xe buyt ten toan", "ng bán tên sang"."""
    for at in range(called, max(0, called - _ROLE_WORDS), -1):
        if words.gaps[at] != "_":
            return False
        if words.low[at - 1] in _SOMEBODY or (words.sign(at)[:1] in _ROLES and words.sign(at)[1:] != "0"):
            return True
    return False
