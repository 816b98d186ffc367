"""Names of people in a text: words that a small linear model, from how they are written and what stands around, takes for some.

The model weighs signs (titles, introductions), lists of names, capitals and neighbours; ``data/names.bin`` has its
weights. Place names are known from the province's data, and history's from ``data/people.yaml``: they stay.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

import ahocorasick_rs
import orjson
import yaml

from ioc.classify.name_features import Lists, Words, chains, features
from ioc.classify.normalise import fold
from ioc.classify.personal import Span, Views

_NEAR: Final = 16
"""Characters between a name and the phone number that it belongs to."""
_SURE: Final = 0.0
_ALONG: Final = -1.5
"""Least scores: of one word of a name, and of those beside it."""
_HAN: Final = re.compile("[\u4e00-\u9fff]")
_HAN_SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭"
    "廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常阮裴邓农"
)
_HAN_NAME: Final = re.compile(
    r"(?:我叫|我是|我的名字是|我的名字叫|我姓名|姓名[:：]?\s?|名叫|叫做|名字[是叫]|联系人?[:：]?|联系一下|本人|导游|司机|老板|同事|朋友|丈夫|妻子|儿子|女儿|叫)"
    rf"((?:欧阳|[{_HAN_SURNAMES}])[\u4e00-\u9fff]{{1,2}}?)(?=[^\u4e00-\u9fff]|$|[的在从来说被和把要想住是向给已昨今这那她他我们有没])"
    rf"|(?<![\u4e00-\u9fff])((?:欧阳|[{_HAN_SURNAMES}])[\u4e00-\u9fff]{{0,2}})(?=先生|女士|小姐|师傅|老板|警官|医生|老师|经理|导游)"
    rf"|(?:的|向|和|跟|给|与|找|叫|是)((?:欧阳|[{_HAN_SURNAMES}])[\u4e00-\u9fff]{{0,2}}?)(?=先生|女士|小姐|师傅|警官|医生|老师|经理)"
    rf"|姓([{_HAN_SURNAMES}])(?=的)"
    rf"|((?:阿|小|老)[{_HAN_SURNAMES}强明红华芳伟丽敏静军])(?=[，,。的说])"
)


class Weights(Mapping[str, float]):
    """What each feature counts, as ``data/names.bin`` has it."""

    def __init__(self, raw: bytes) -> None:
        content: dict[str, Any] = orjson.loads(zlib.decompress(raw))
        self.bias = float(content["bias"])
        self._of: dict[str, float] = content["weights"]
        self.get = self._of.get  # type: ignore[method-assign]

    def __getitem__(self, feature: str) -> float:
        return self._of[feature]

    def __iter__(self) -> Iterator[str]:
        return iter(self._of)

    def __len__(self) -> int:
        return len(self._of)


@cache
def people() -> dict[str, list[str]]:
    """The shipped lists."""
    data: dict[str, list[str]] = yaml.safe_load((files("ioc.classify") / "data" / "people.yaml").read_bytes())
    return data


@cache
def shipped_weights() -> Weights:
    """The shipped model of names."""
    return Weights((files("ioc.classify") / "data" / "names.bin").read_bytes())


@cache
def shipped_lists() -> Lists:
    """The shipped lists, by word."""
    return Lists.of(people())


class NameFinder:
    """Finds names; ``public`` are names of places and history that stay."""

    def __init__(self, public: Iterable[str] = (), weights: Weights | None = None) -> None:
        self._lists = shipped_lists()
        self._weights = weights or shipped_weights()
        stay = [f" {fold(name)} " for name in (*people()["public_names"], *public)]
        self._public = ahocorasick_rs.AhoCorasick(stay)

    def public_spans(self, views: Views) -> list[tuple[int, int]]:
        """Where names of places and history stand."""
        hits = self._public.find_matches_as_indexes(f" {views.folded} ", overlapping=True)
        return [(begin, stop - 2) for _, begin, stop in hits]

    def find(self, views: Views, contacts: Sequence[Span] = ()) -> Iterator[Span]:
        """Names, without the title before them; ``contacts``: phones and addresses that people stand beside."""
        if not views.text.isascii() and _HAN.search(views.text):
            yield from (Span(*found.span(found.lastindex or 0), "name") for found in _HAN_NAME.finditer(views.text))
        words = Words(views, self._lists)
        weigh, bias = self._weights.get, self._weights.bias
        for first, last in chains(words, self.public_spans(views)):
            near = is_near(words, (first, last), contacts)
            scores = [
                bias + sum(weigh(each, 0.0) for each in features(words, (first, last), index, contact=near))
                for index in range(first, last)
            ]
            yield from _spans(words, first, scores)


def is_near(words: Words, chain: tuple[int, int], contacts: Sequence[Span]) -> bool:
    """Whether a contact stands right before or behind a chain."""
    start, end = words.starts[chain[0]], words.ends[chain[1] - 1]
    return any(
        0 <= contact.start - end <= _NEAR and "\n" not in words.text[end : contact.start]
        or 0 <= start - contact.end <= _NEAR
        for contact in contacts
    )


def _spans(words: Words, first: int, scores: Sequence[float]) -> Iterator[Span]:
    """Runs of words of which one is surely of a name, and the others may be."""
    begin = 0
    while begin < len(scores):
        if scores[begin] < _ALONG:
            begin += 1
            continue
        end = begin
        while end < len(scores) and scores[end] >= _ALONG:
            end += 1
        if max(scores[begin:end]) >= _SURE:
            yield Span(words.starts[first + begin], words.ends[first + end - 1], "name")
        begin = end
