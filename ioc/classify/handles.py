"""How people are reached on the net: e-mail, also said in words, and accounts on social networks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ioc.classify.cues import cues
from ioc.classify.papers import BANKS
from ioc.classify.personal import AS_DIGITS, Span, Views

_HOSTS: Final = r"(?:g(?:o |i )?(?:meo|mail)|gimeo|gmail|yahoo|outlook|hotmail|icloud|gmai|email)"
_EMAIL: Final = re.compile(
    r"(?<![\w.+-])[\w.+-]++(?:@(?![\w.-]*\.gov\.vn\b)|\s?(?:\(at\)|\[at\]|\(@\)|\(a\))\s?)"
    r"[\w-]+(?:(?:\.[\w-]+)*\.[a-z]{2,}(?![\w-])|(?:\s?(?:\.|\(dot\)|\[dot\])\s?[a-z]{2,10})+)"
)
_SAID_EMAIL: Final = re.compile(
    r"(?<![\w.+-])(?:(?:mail|email|thu|gmail|lien he|qua)\s(?:toi|em|la|ve|vao|cua|minh|e|qua|cho)\s)?"
    r"((?:(?!(?:mail|email|e|thu|gmail|la|ve|vao|qua|cho|toi|em|cua|he|gui|ib|dia chi|chi|nhan|theo|so|hoac"
    r"|va)\s)[\w+-]++\s){0,2}?[\w.+-]++(?:\s(?:cham|dot|gach duoi|gach ngang)\s(?:[\w+-]++\s)??[\w.+-]++){0,3}"
    rf"\s?(?:@|\sat\s|\(at\)|\[at\]|(?:a )?cong|a moc|a cong)\s?{_HOSTS}(?:\s?(?:\.|dot|cham)\s?(?:com|vn|net))*)"
)
_DOTLESS: Final = re.compile(rf"(?<![\w.+-])[\w.+-]++@{_HOSTS}(?:\s?,\s?(?:com|vn)|com|vn)?(?![\w.@])")
"""The same by somebody who left out the dot, or what is behind it, or wrote a comma."""
_MAIL_WORDS: Final = cues(("meo", "gmeo", "gimeo", "gmail", "yahoo", "outlook", "hotmail", "icloud", "gmai"))
_ONE_HANDLE: Final = r"@[a-z0-9_][\w.-]{0,28}\w"
_AT_HANDLE: Final = re.compile(rf"(?<![\w@.]){_ONE_HANDLE}(?:{_ONE_HANDLE})*")
"""Several without anything between them at once: one by one each would take another look at the whole text."""
_LINK: Final = re.compile(
    r"(?<!\w)(?:https?://)?(?:www\.|m\.|vt\.|web\.)?(?:facebook\.com|fb\.com|fb\.me|fb\.watch|zalo\.me|t\.me|messenger\.com"
    r"|tiktok\.com|shopee\.vn|shope\.ee|lazada\.vn/shop"
    r"|instagram\.com|x\.com|twitter\.com|wa\.me|m\.me|threads\.net|youtube\.com/@|youtu\.be|viber\.com|line\.me"
    r"|weibo\.com"
    r"|douyin\.com|linkedin\.com)/?[^\s,;()\[\]，。；、！？]*[^\s,;.!?()\[\]，。；、！？]"
)
_NETWORKS: Final = frozenset(
    [
        "facebook",
        "fb",
        "face",
        "zalo",
        "tiktok",
        "tik",
        "top",
        "instagram",
        "insta",
        "ins",
        "ig",
        "telegram",
        "tele",
        "viber",
        "wechat",
        "weixin",
        "skype",
        "twitter",
        "nick",
        "youtube",
        "whatsapp",
        "messenger",
        "threads",
        "line",
        "kakaotalk",
        "kakao",
        "qq",
    ]
) - {"tik", "top", "line"}
_ACCOUNT_WORDS: Final = cues(
    ("khoan", "acc", "account", "fanpage", "page", "trang", "nhom", "kenh", "user", "line", "tok", *_NETWORKS)
)
_NETWORK: Final = rf"(?<!\w)(?:tik tok|{'|'.join(sorted(_NETWORKS))})"
_OF: Final = (
    r"cua (?:ba|ong|co|anh|chi|han|no|y|ban|dua|thang)|cua|toi|em|e|minh|mk"
    r"|anh|chi|t|ca nhan|no|ho|ten|la|nick|id|co ten|mang ten|name|named|is|account|user"
    r"|username|profile|shopee|lazada|game|page|nhom|trang|chinh chu|he|her|his|my|facebook|fb|zalo|tiktok"
    r"|instagram|tele|acc|gia|ao|clone|dung|qua|tai khoan|ong ta|ba ta|anh ta|chi ta|co ta|han|thang do|doi tuong|ke do"
)
_NAMED_HANDLE: Final = re.compile(
    rf"(?:{_NETWORK}|(?<!\w)(?:username|user|acc|nick ?name|line(?=\s*(?:id|la)?\s*[:=]|\s+[a-z]+[._]\w)))"
    rf"(?:\s+(?:{_OF})(?!\w))*\s*[:=\-]?\s*[\"'“(]?"
    r"((?:live:)?(?=[\w.-]*[a-z])(?=[\w.-]*[\d_.-]\w)[a-z0-9_][\w.-]{1,28}\w)"
)
_PARTED: Final = re.compile(r"[\d_.-]\w")
"""What every such name has."""
_CHINESE_HANDLE: Final = re.compile(
    r"(?:微信|qq|抖音|小红书|whatsapp|telegram|脸书|账号|帐号)(?:号码?|帐号|账号|id)?(?:是"
    r"|为)?[:：]?\s?([a-z0-9_][\w.-]{3,28}[a-z0-9_])",
    re.ASCII,
)
_HAN_HANDLE: Final = re.compile(
    r"(?:抖音|微信|小红书|脸书|快手|微博)(?:账号|帐号|号|昵称|名)(?:是|叫)?[:：“\"]?(?!详谈)([\u4e00-\u9fff]{2,8}?)(?=[”\"，。,拍发说卖在骗上直]|$)"
)
_ACCOUNT_NAME: Final = re.compile(
    rf"(?:{_NETWORK}|(?<!\w)(?:tai khoan|acc|account|fanpage|page|nhom chat|kenh|ten hien thi"
    rf"|trang))(?:\s+(?:{_OF})(?!\w))*(?![.!?]\s)\W{{1,3}}"
)
_QUOTED_BEFORE: Final = re.compile(
    r"(?<!\w)(?:nick|tai khoan|acc|account|shop|trang|page|fanpage"
    r"|kenh)\s(?:ten\s(?:la\s)?)?[\"“']([^\"”'\n]{2,40})[\"”']"
    rf"(?=\s(?:tren|o)\s(?:{'|'.join(sorted(_NETWORKS))})\b)"
)
"""A name between quotation marks, and the network behind it."""
_QUOTE: Final = re.compile("[\"“']")
_SELF: Final = re.compile(r"(?:anh|chi|em|minh|me)\W{1,3}$")
"""Words that stand between a network and a name, and begin one when capitalised: "nick Anh Ba Đất"."""
_NO_PART: Final = (
    r"muon|vay|tien|lua|ban|rao|dang|nhan|ho|hen|chui|boi|noi|tung|chan|chuyen|mao|xai|bat|goi|gui|lay|dung|quay|doi|da|se|len|tren"
    r"|trong|xong|voi|va|roi|r|nha|nhe|ma|thi|la|lam|mua|cho|livestream|live|spam|add|ket|ib|de|k|ko|khong|bi|hack|bay|co"
    r"|cua|toi|em|e|minh|mk|nao|nay|do|kia|gia|ao|moi|cu|rieng|chinh|ca|that|rac|nick|acc|ten|nhin|xem|vao|ra|qua"
)
_DONE: Final = (
    r"nhan tin|dang|rao|ban|lua|chui|tung|quay|livestream|live|doa|vao|add|ket ban|gui|chuyen|spam|noi xau|boi nho|len"
    r"|trong nhom|xong|bi lua|lam|noi|lay|hen|up|dang bai|kich dong|keu goi"
    r"|block|cho vay|chup|tu xung|mao danh|gia danh|xin|doi|hack"
)
_OFFICES: Final = (
    r"cong|phuong|xa|tinh|huyen|thanh pho|ubnd|uy ban|nhom|hoi|lop|truong|khu|to|so|oa|group|page|trang|moi|nguoi"
    r"|dan|ba con|cac|may|nhieu|hay|bao|dai|chinh thuc|co quan|ban|benh vien|chung cu|cu dan|thay|ai|de|dung|that"
    r"|con|phai|cung|van|bi|chi|toan"
)
"""Before what many or an office own."""
_AUTHORITIES: Final = r"tinh|phuong|xa|huyen|thanh pho|ubnd|cong an"
_OFFICE: Final = re.compile(rf"(?:{_OFFICES})\b")
_SMALL_NAME: Final = re.compile(
    rf"(?<!\w)(?:(?:acc|nick|fanpage|page|user|username|tai khoan) (?:{'|'.join(sorted(_NETWORKS))})"
    rf"|(?:{'|'.join(sorted(_NETWORKS))})(?: (?:ten|nick|acc)|:"
    r"| (?:cua )?(?:no|han|y|ong ta|ba ta|ong ay|ba ay) la)) (?:(?:ten|la) )*"
    rf"((?!(?:{_NO_PART}|{_AUTHORITIES})\b)(?=\w*[^\W\d])[^\W_]+(?: (?!(?:{_NO_PART})\b)[^\W_]+){{0,4}})"
)
"""How somebody is called on a network, without capitals: up to what is done there."""
_BEFORE_NETWORK: Final = re.compile(
    rf"(?<![\w@./-])((?=[\w.]*[a-z]{{3}})(?=[\w.]*[._\d])[a-z\d_][\w.]{{4,28}}\w)"
    rf" (?=(?:tren|o|ben|on) (?:{'|'.join(sorted(_NETWORKS))})\b)",
    re.ASCII,
)
"""An account with a digit or a dot in it, and the network behind it."""
_ACTING_NAME: Final = re.compile(
    rf"(?<!\w)(?:{'|'.join(sorted(_NETWORKS))}) ((?!(?:{_NO_PART}|{_OFFICES})\b)(?=\w*[^\W\d])[^\W_]+"
    rf"(?: (?!(?:{_NO_PART})\b)[^\W_]+){{1,4}}) (?:{_DONE})\b"
)
"""The same right behind the network, where what is done there follows."""
_ASKED_FOR: Final = re.compile(
    rf"(?<!\w)(?:ib|inb|inbox|nt|nhan|nhan tin|kb|ket ban|add|tim|lh|lien he|lien lac|qua|vao|theo doi|fl|follow)"
    rf"(?: (?:qua|toi|cho|voi|vs|minh|em|e|mk))? (?:{'|'.join(sorted(_NETWORKS))})(?: (?:cua )?(?:toi|em|e|minh|mk))?"
    rf" ((?!(?:{_NO_PART}|{_OFFICES})\b)(?=\w*[^\W\d])[^\W_]+"
    rf"(?: (?!(?:{_NO_PART}|ne|nhe|nha|a|nhen|ha)\b)[^\W_]+){{1,3}}"
    rf"(?: ne)?)(?= (?:nhe|nha|a|nhen|ha|giup|gium|de|roi|xong)\b|[.,;:!?\n)]|$)"
)
"""The same behind how somebody is to be reached, where the sentence ends."""
_NUMBERED_NAME: Final = re.compile(
    rf"(?<!\w)(?:{'|'.join(sorted(_NETWORKS))}) (?:ten |la )?(0\d{{2,3}}(?: (?!(?:{_NO_PART})\b)[^\W\d_]+"
    rf"|(?<=\d) nha(?! ?[,.])|(?<=[a-z]) nha(?= tro)){{1,3}})(?=[,.;:!?\n)]|$)"
)
"""The end of a phone and what somebody does: "zalo 0366 gam nha tro"."""
_GLUED: Final = re.compile(
    rf"(?<!\w)(?:{'|'.join(sorted(_NETWORKS))}) (?:la |ten |nick |no |id )?"
    r"(?!cong?an|ubnd|uyban|phuong|tinh|huyen|doan|truong|benhvien|marketplace|livestream|messenger|community|official|whatsapp|advertis|notification|business|instagram)"
    r"([a-z]{11,28})(?![\w@.-]\w)(?!\w)"
)
"""Words written as one."""
_RENAMED: Final = re.compile(r"(?<!\w)doi ten (?:thanh|la) (?=[^\W\d_])")
_ACTS: Final = re.compile(rf"\s(?:toan |chuyen )?(?:{_DONE}|toan|chuyen)\b")
_WEAK: Final = ("trang", "kenh", "page")
"""Words that stand before anything: they announce an account only with a network or a word of naming behind."""
_NAMING: Final = re.compile(rf"\s(?:{'|'.join(sorted(_NETWORKS))}|ten|co ten|mang ten|nick|ca nhan)\b")
_SHOWING: Final = cues((*_NETWORKS, "acc", "account", "fanpage"))
_SHOWING_PHRASES: Final = ("tai khoan", "nhom chat", "ten hien thi")
_NAMES: Final = cues(("ten", "ca"))
"""Of the words of naming, those that are no network."""
_GROUPS: Final = frozenset(("hoi", "nhom", "ban", "bao", "dai", "doan", "clb", "chi"))
"""What alone in capitals is no name: "facebook Hội cư dân"."""
_NO_NAMES: Final = _GROUPS | _NETWORKS
_TEN: Final = re.compile(r"\bten\b")
_MOST_SHOWN: Final = 7
"""Words behind the first one of how an account is called."""
_BANK: Final = re.compile(rf"(?:{BANKS})\b")
_NOT_SHOWN: Final = re.compile(
    r"(?:(?:tinh|thanh pho|phuong|xa|huyen|ubnd|cong an|so|quang ninh|ha long|ioc|smart|marketing|pay|lite|shop"
    r"|app|group|live"
    r"|official|messenger|mini app|oa|vneid|dich vu cong|facebook|zalo|i|the|but|and|he|she|my)\b|[^\w\"'“])"
)


def find_handles(views: Views, words: set[str]) -> Iterator[Span]:
    """E-mail addresses and accounts; ``words``: the text's, folded."""
    plain = views.plain
    if "/" in plain:
        yield from (Span(*found.span(), "handle") for found in _LINK.finditer(plain))
    if "@" in plain or not words.isdisjoint(_MAIL_WORDS):
        yield from (Span(*found.span(), "email") for found in _EMAIL.finditer(plain))
        yield from (Span(*found.span(), "email") for found in _DOTLESS.finditer(plain))
        yield from (Span(*found.span(1), "email") for found in _SAID_EMAIL.finditer(plain))
        yield from (Span(*found.span(), "handle") for found in _AT_HANDLE.finditer(plain))
    elif ("(" in plain or "[" in plain) and ("(at)" in plain or "[at]" in plain or "(a)" in plain):
        yield from (Span(*found.span(), "email") for found in _EMAIL.finditer(plain))
    if not words.isdisjoint(_ACCOUNT_WORDS):
        for found in _NAMED_HANDLE.finditer(plain) if _PARTED.search(plain) else ():
            if not found[1].replace("-", "").replace(".", "").translate(AS_DIGITS).isdecimal():
                yield Span(*found.span(1), "handle")
        if _may_show_names(plain, words):
            yield from _shown_names(views, words)
        if not words.isdisjoint(_NETWORKS):
            yield from (Span(*found.span(1), "handle") for found in _SMALL_NAME.finditer(plain))
            yield from (Span(*found.span(1), "handle") for found in _ACTING_NAME.finditer(plain))
            yield from (Span(*found.span(1), "handle") for found in _BEFORE_NETWORK.finditer(plain))
            yield from (Span(*found.span(1), "handle") for found in _ASKED_FOR.finditer(plain))
            yield from (Span(*found.span(1), "handle") for found in _NUMBERED_NAME.finditer(plain))
            yield from (
                Span(*found.span(1), "handle")
                for found in _GLUED.finditer(plain)
                if views.text[found.start(1) : found.end(1)].isascii()
            )
    if views.is_east_asian:
        yield from (Span(*found.span(1), "handle") for found in _CHINESE_HANDLE.finditer(plain))
        yield from (Span(*found.span(1), "handle") for found in _HAN_HANDLE.finditer(views.text))


def _may_show_names(plain: str, words: set[str]) -> bool:
    """Whether any word or phrase stands in a text behind which ``_shown_names`` looks."""
    return (
        not words.isdisjoint(_SHOWING)
        or "page" in words
        or not (words.isdisjoint(_WEAK) or words.isdisjoint(_NAMES))
        or any(phrase in plain for phrase in _SHOWING_PHRASES)
    )


def _shown_names(views: Views, words: set[str]) -> Iterator[Span]:
    """How people call themselves on a network: capitalised words after its name."""
    if _QUOTE.search(views.plain):
        yield from (Span(*found.span(1), "handle") for found in _QUOTED_BEFORE.finditer(views.plain))
    for found in _ACCOUNT_NAME.finditer(views.plain):
        start = found.end()
        called = _SELF.search(views.plain, found.start(), start)
        if called and views.text[called.start()].isupper():
            start = called.start()
        named = _TEN.search(found[0]) is not None
        weak = found[0].startswith(_WEAK) and not _NAMING.search(found[0])
        if not named and _NOT_SHOWN.match(views.plain, start) and views.plain[start : start + 1] not in "\"'“":
            continue
        end = _shown_end(views, start)
        if weak and not (found[0].startswith("page") and _does_by_page(views, start, end)):
            continue
        if (
            end > start + 1
            and views.folded[start:end] not in _NO_NAMES
            and (named or not _BANK.match(views.plain, start))
        ):
            yield Span(start, end, "handle")
    if not words.isdisjoint(_SHOWING):
        for found in _RENAMED.finditer(views.plain):
            end = _shown_end(views, found.end())
            if end > found.end() + 1 and not _NOT_SHOWN.match(views.plain, found.end()):
                yield Span(found.end(), end, "handle")


def _does_by_page(views: Views, start: int, end: int) -> bool:
    """Whether words that are no office's name are a page's on which something is done: "page Rao Vặt 24h toàn đăng"."""
    several = views.text.find(" ", start, end) > 0
    return several and not _OFFICE.match(views.plain, start) and _ACTS.match(views.plain, end) is not None


def _shown_end(views: Views, start: int) -> int:
    """Where capitalised words and numbers end that begin at ``start``; ``start``: none does."""
    end = start
    for number, word in enumerate(re.finditer(r"[^\s,;]+", views.text[start : start + 70])):
        letters = word[0].strip(",.;:!?()\"'“”")
        capital = letters[:1].isupper() or (number > 0 and letters[:1].isdigit())
        if number > _MOST_SHOWN or not capital or word.start() + start > end + 2:
            break
        end = start + word.end() - (len(word[0]) - len(word[0].rstrip(",.;:!?()\"'“”")))
        if word[0].rstrip(",.;:!?()\"'“”") != word[0]:
            break
    return end
