"""How people are reached in Chinese text, where they live, and the numbers of their papers and accounts.

Addresses are taken from the street or the block on. Digits may be Chinese numerals, also those of banks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ioc.classify.personal import Kind, Span, Views
from ioc.text.normalise import to_simplified

_NUMERALS: Final = "零〇○一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖"
_AS_DIGITS: Final = str.maketrans(_NUMERALS, "000123456789" + "12" + "123456789")
_SAID: Final = re.compile(
    f"(?<![{_NUMERALS}十百千万亿点\\d])[{_NUMERALS}\\d](?:[ \\-—·，,、]?[{_NUMERALS}\\d]){{7,13}}(?!["
    f"{_NUMERALS}十百千"
    "万亿点\\d])"
)
_LEAST_NUMERALS: Final = 4
"""With fewer it is a number written with digits, and a word behind it: "1900 1234一直"."""
_NUMERAL: Final = re.compile(f"[{_NUMERALS}]")
_PHONE: Final = re.compile(r"1[3-9]\d{9}|0[35789]\d{8}|02\d{8,9}|(?:00)?84[35789]\d{8}|(?:00)?861[3-9]\d{9}")
_PHONE_CUE: Final = re.compile("(?:电话|手机|号码|联系|致电|拨打|微信|打)[号码是为:： ]{0,4}$")
_ABROAD: Final = re.compile(r"(?<![\d+])(?:\+|00)86[ -]?(?:\d[ -]?){9,12}(?<=\d)(?!\d)")

_MOBILE: Final = re.compile(r"(?<![\d+.-])(?:\(?(?:\+|00)86\)?[ -]?)?1[3-9]\d([ -]?)\d{4}\1\d{4}(?![\d-])")
"""Of China, with or without its code."""

_PAPER: Final = re.compile(
    "(?:台胞证|回乡证|通行证|护照|签证|身份证|驾照|驾驶证|行驶证|许可证|居留证|居住证|暂住证|导游证|学生证|工作证"
    "|健康证|军官证|结婚证|社保卡|医保卡|保险单|病历|学号|工号|订单|预订|预定"
    "|证件)(?:号码?|编号|单)?(?:[是为:： ]|no\\.?)*"
    r"((?=(?:[a-z-]*\d){5})[a-z]{0,4}-?\d[\da-z]*(?:[-/ ]\d+)*|(?=(?:[a-z]*\d){2})[a-z][a-z\d]{7,11})(?![\w-])"
    "(?!\\s?(?:元|块|盾|万|号线))",
    re.ASCII,
)
_PASSPORT: Final = re.compile(r"(?:号码?|编号)[是为:：]?\s?([a-z]{1,2}\d{7,8})(?!\w)", re.ASCII)
_ACCOUNT: Final = re.compile(
    "(?:银行|银联卡?|卡号|账号|帐号|账户|信用卡|储蓄卡|借记卡|工行|农行|建行|中行|户头|汇到|转到|打到)(?:卡|"
    "账号|账户|号码?)?[^\\d\\n。，]{0,6}?"
    r"(\d(?:[ -]?\d){9,20})(?!\d)(?!\s?(?:元|块|盾|万|千))"
)
_CARD: Final = re.compile(r"(?<!\d)(62\d{2}([ -]?)\d{4}\2\d{4}\2\d{4}(?:\2\d{1,3})?)(?!\d)")

_HOUSES: Final = (
    "(?:花园|公寓|小区|大厦|大楼|新村|家园|嘉园|名苑|山庄|国际|广场|城|苑|别墅|宿舍|楼盘|华庭|园|府|轩|阁|公馆)"
)
_ROOM: Final = "(?:室|房|号房|号室|号)"
_NOT_IN_NAMES: Final = "(?:(?!住|在|到|址|是|寄|的|去|们|我|从|于|往|离|来|市|县|镇|区|省|乡|：|[0-9])[\u4e00-\u9fff])"
_ADDRESS: Final = re.compile(
    # A street, with whatever stands behind its number.
    f"(?:{_NOT_IN_NAMES}{{1,4}}坊)?{_NOT_IN_NAMES}{{2,6}}?(?:路|街|巷|坊|大道|胡同)\\s?\\d+(?:/\\d+)*(?:巷|弄"
    "|号)(?!公路|线|码头|门诊)"
    "(?:\\d+(?:号楼|号房|[号栋幢巷弄楼层室房]))*(?:\\d{2,4}(?=[^\\d]|$))?"
    # A block, and the flat in it.
    f"|(?:{_NOT_IN_NAMES}{{2,6}}{_HOUSES}\\s?)?(?:[a-z]|[a-z]?\\d{{1,3}})\\s?(?:栋|座|幢"
    f"|号楼)\\s?(?:[\\d一二三]{{1,2}}单元)?\\s?\\d{{3,4}}\\s?{_ROOM}?(?!\\d|公里|米|人|户|元|块)"
    # A floor and the flat in it.
    f"|(?<!\\d)\\d{{1,2}}楼\\s?\\s?\\d{{3,4}}\\s?{_ROOM}?(?!\\d|公里|米|人|户|元|块)"
    # A room.
    "|(?<![\\d.])[a-z]?\\d{3,4}(?:号房(?!间)|房(?!间|价|东|租|屋|源|产|子|费)|室(?![内外友温]))"
)

_NETWORK: Final = (
    "(?:微信|weixin|薇信|vx|抖音|小红书|快手|微博|qq|脸书|电报|飞机|telegram|facebook|whatsapp|line|zalo|tikt"
    "ok|推特|instagram"
    "|ins|skype|viber|wechat)"
)
_HANDLE: Final = re.compile(
    f"(?:{_NETWORK}(?:号码?|账号|帐号|id|名)?(?:是|为|叫|加|转给|发给|联系|搜|找)?|(?:加我|私我|搜索?"
    f"|关注)(?:{_NETWORK})?)[:： ]?\\s?"
    r"((?=@|[\w.-]*[\d_.-]\w)@?[a-z0-9_][\w.-]{3,28}[a-z0-9_])(?!\w)",
    re.ASCII,
)
_AT: Final = re.compile(r"(?<=[\u4e00-\u9fff:：])@[a-z0-9_][\w.-]{2,28}\w", re.ASCII)
_HAN_AT: Final = re.compile(f"{_NETWORK}(@[\\w·]{{2,14}})")
_DIGIT: Final = re.compile("[0-9]")
_LETTER: Final = re.compile("[a-z@]")


def find_han_contacts(views: Views) -> Iterator[Span]:
    """Phones, papers, accounts, addresses and handles of a text that has Chinese letters."""
    plain = to_simplified(views.plain)
    if _LETTER.search(plain):
        yield from (Span(*found.span(1), "handle") for found in _HANDLE.finditer(plain) if _LETTER.search(found[1]))
    if "@" in plain:
        yield from (Span(*found.span(1), "handle") for found in _HAN_AT.finditer(plain))
        yield from (Span(*found.span(), "handle") for found in _AT.finditer(plain))
    if _NUMERAL.search(plain):
        yield from _said_phones(plain)
    if not _DIGIT.search(plain):
        return
    yield from (Span(*found.span(), "phone") for found in _MOBILE.finditer(plain))
    yield from (Span(*found.span(), "phone") for found in _ABROAD.finditer(plain))
    yield from _numbers(plain, "id_number", _PAPER)
    if any(paper in plain for paper in ("护照", "签证", "身份证", "通行证")):
        yield from _numbers(plain, "id_number", _PASSPORT)
    yield from _numbers(plain, "account", _CARD)
    yield from _numbers(plain, "account", _ACCOUNT)
    yield from (Span(*found.span(), "address") for found in _ADDRESS.finditer(plain))


def _numbers(plain: str, kind: Kind, pattern: re.Pattern[str]) -> Iterator[Span]:
    yield from (Span(*found.span(1), kind) for found in pattern.finditer(plain))


def _said_phones(plain: str) -> Iterator[Span]:
    """Phones of which digits are Chinese numerals."""
    for found in _SAID.finditer(plain):
        if len(_NUMERAL.findall(found[0])) < _LEAST_NUMERALS:
            continue
        digits = "".join(filter(str.isdecimal, found[0].translate(_AS_DIGITS)))
        if _PHONE.fullmatch(digits) or _PHONE_CUE.search(plain, max(0, found.start() - 10), found.start()):
            yield Span(*found.span(), "phone")
