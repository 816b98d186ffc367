"""Names in Chinese characters and in Hangul: a surname after an introduction, before a title, or at the beginning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ioc.classify.han_people import find_han_people, is_ordinary
from ioc.classify.personal import Span
from ioc.text.normalise import to_simplified

_SURNAME: Final = (
    "(?:欧阳|司马|上官|诸葛"
    "|[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭"
    "廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷龙黎史陶贺毛郝顾龚邵万覃武钱严莫孔向常阮裴农温关麦俞施柳岑凌甘符])"
)
_COMMON: Final = "[王李张刘陈杨黄赵吴周徐孙朱胡郭林郑梁谢宋许邓韩冯曹阮黎裴]"
_TITLE: Final = "(?:先生|女士|小姐|师傅|老板|老板娘|警官|医生|老师|经理|导游|主任|阿姨|大哥|同志|同学|护士|队长|船长)"
_INTRODUCTION: Final = (
    "(?:(?:投诉|举报|反映|申请|报案|当事|寄件|收件|登记|负责)[人者][是为]?[:：]?|我叫|我是|本人|名字是|名字叫"
    "|姓名[是为]?[:：]?\\s?|名叫|叫做|名为|联系人?[是为]?[:：]?|导游|司机|同事|朋友|丈夫|妻子|老公|老婆|儿子|女儿"
    "|父亲|母亲|孩子|店主|房东|老板娘|老板|船长|署名|落款[:：]?|收款人[:：]?|户名[:：]?|服务员|前台(?!小)|客服(?!小)|店员|保安|工程师|技术员|工人|律师|记者|教练|厨师|会计|翻译|队员|警察|民警|交警|校长|班主任|领班|主管|老师|学生|医生|护士|经理"
    "|哥哥|姐姐|弟弟|妹妹|邻居|游客|员工|媳妇|名字|隔壁|叫)"
)
_ENDS: Final = "[的在从来说被和把要想住是向给已昨今这那她他我们有没去到也跟与因为刚正及从被于骑开坐乘带多]"
_NAME: Final = re.compile(
    rf"{_INTRODUCTION}({_SURNAME}[\u4e00-\u9fff]{{1,2}}?)(?={_ENDS}|[^\u4e00-\u9fff]|$|{_TITLE})"
    rf"|{_INTRODUCTION}(范氏[\u4e00-\u9fff]|[阮黎陈裴邓武黄]氏[\u4e00-\u9fff])"
    rf"|{_INTRODUCTION}({_COMMON}[\u4e00-\u9fff]{{2}})"
    rf"|(?<![\u4e00-\u9fff])({_SURNAME}[\u4e00-\u9fff]{{1,2}})(?=[:：]|[，,](?:护照|身份证|电话|手机))"
    rf"|(?<![\u4e00-\u9fff])({_COMMON}[\u4e00-\u9fff]{{1,2}}?)(?=[和与跟]{_SURNAME}[\u4e00-\u9fff]{{1,2}}{_ENDS})"
    rf"|(?<=[和与跟])({_COMMON}[\u4e00-\u9fff]{{1,2}}?)(?={_ENDS}|[^\u4e00-\u9fff]|$)"
    rf"|(?<![\u4e00-\u9fff])({_COMMON}[\u4e00-\u9fff]{{2}})(?=[在被说把])"
    rf"|(?<![\u4e00-\u9fff])({_SURNAME}[\u4e00-\u9fff]{{0,2}}?)(?={_TITLE})"
    r"|(?<![\u4e00-\u9fff])((?:欧阳|司马|上官|诸葛)[\u4e00-\u9fff]{1,2}?)(?=[、，,和])"
    rf"|[的向和跟给与找叫是请问]({_SURNAME}[\u4e00-\u9fff]{{0,2}}?)(?={_TITLE})"
    rf"|(?:司机|导游|老板|店主|房东|联系|请|与|和)({_SURNAME})(?={_TITLE})"
    rf"|(?:写着|上写|叫作|署名)({_SURNAME}[\u4e00-\u9fff]{{1,2}})(?=[^\u4e00-\u9fff]|$)"
    rf"|(?<![\u4e00-\u9fff])({_SURNAME}[\u4e00-\u9fff]{{1,2}}?)(?=的(?:银行|账|电话|手机|车|护照|身份证|微信"
    rf"|地址|家|孩子|妻子|丈夫))"
    rf"|(?:(?<![\u4e00-\u9fff])|找|寻)({_SURNAME}[\u4e00-\u9fff]{{1,2}})(?=[，,]\s?(?:男|女|[1-9]\d?岁))"
    rf"|姓({_SURNAME})(?=[的，,。])"
    rf"|([阿小](?![姨婆公妈孩姐哥弟妹])[\u4e00-\u9fff])(?=护士|医生|老师|师傅|警官|姐(?![妹姐])|哥(?!哥))"
    rf"|(?:司机|导游|老板|店主|房东|客服|保安|邻居|同事|师傅|队长)([老小]{_SURNAME})(?![\u4e00-\u9fff]?(?:姐|人|孩))"
    rf"|{_INTRODUCTION}([阿小](?![姨婆公妈孩伯叔嫂爷奶哥姐弟妹])[\u4e00-\u9fff])"
    rf"|(?<![\u4e00-\u9fff])([阿小](?![姨婆公妈时区吃车店偷狗路学心巷贩船餐摊孩朋])[\u4e00-\u9fff])(?=[在被说把和跟])"
    rf"|{_INTRODUCTION}\s?([A-Z][A-Za-zÀ-ỹ]*(?:[ ·'’-][A-Z][A-Za-zÀ-ỹ]*){{0,3}})(?![a-zA-Z])"
)
_KOREAN: Final = (
    "(?:남궁|선우|황보|[김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차"
    "주우구민진지엄채원천방공현함])[가-힣]{1,2}"
)
_KOREAN_NAME: Final = re.compile(
    rf"(?:이름은|저는|전|제가|가이드|기사|친구|남편|아내|아들|딸|사장|직원|신고자|신고인|성명|관광객|여행객|승객|손님|고객|동생|오빠|언니"
    rf"|누나|어머니|아버지|선장|매니저|주인|점원)[:：]?\s?({_KOREAN}?)"
    r"(?=입니다|이고|이라고|라고|이에요|예요|이며|인데|에게|에게서|\s?씨|님|[^가-힣]|$)"
    rf"|(?<![가-힣])({_KOREAN}?)(?=\s?(?:씨|님)(?![가-힣]{{3}}))"
)


def find_han_names(text: str) -> Iterator[Span]:
    """Names in Chinese characters or in Hangul, without the title."""
    simple = to_simplified(text)
    yield from (Span(*found, "name") for found in find_han_people(simple))
    for names in (_NAME, _KOREAN_NAME):
        for found in names.finditer(simple):
            begin, end = found.span(found.lastindex or 0)
            if not is_ordinary(simple, begin, end):
                yield Span(begin, end, "name")
