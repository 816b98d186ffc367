"""Personal data in Chinese text; what only looks like it stays."""

from __future__ import annotations

import pytest

from ioc.classify import Redactor

_redact = Redactor(("Bãi Cháy", "Cô Tô"))


def _gone(text: str) -> list[str]:
    return [text[span.start : span.end] for span in _redact(text).spans]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("租了阿福的摩托车，他不还押金。", ["阿福"]),
        ("昨天老周在工地掉下来。", ["老周"]),
        ("请转告办事处的小阮。", ["小阮"]),
        ("合伙骗我：阿文、阿义和老范。", ["阿文", "阿义", "老范"]),
        ("老闆阿強欠我工資。", ["阿強"]),
        ("這個小陳很負責。", ["小陳"]),
        ("导游阿May收了钱就走。", ["阿May"]),
        ("龙哥的修车店把废油倒进河里。", ["龙哥"]),
        ("按摩店的小雪偷了钱包。", ["小雪"]),
        ("大家叫他胖哥。", ["胖哥"]),
        ("阿叔陳伯話間屋漏水。", ["陳伯"]),
        ("外号“刀疤”的人收保护费。", ["刀疤"]),
    ],
)
def test_nicknames_are_found(text: str, names: list[str]) -> None:
    assert _gone(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("对方自称刘经理。", ["刘"]),
        ("旅行团的马大姐中暑了。", ["马"]),
        ("邻座的蒋大爷心脏病发作。", ["蒋"]),
        ("敬请郭科长批示。", ["郭"]),
        ("老板胡先生不发工资。", ["胡"]),
        ("隔壁班的阮同學暈倒了。", ["阮"]),
        ("班主任何老师不承认。", ["何"]),
        ("派出所的Hoàng警官帮了大忙。", ["Hoàng"]),
    ],
)
def test_surnames_before_a_title_are_found(text: str, names: list[str]) -> None:
    assert _gone(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("我哥黄海在船上失联了。", ["黄海"]),
        ("老人覃桂英，78岁，下午走失。", ["覃桂英"]),
        ("台商許文雄敬上。", ["許文雄"]),
        ("麻烦告诉阮德成，车挡住门口了。", ["阮德成"]),
        ("你们的公务员范氏秋很有耐心。", ["范氏秋"]),
        ("阿婆阮氏花每天卖水果。", ["阮氏花"]),
        ("请不要公开，我叫欧阳静。", ["欧阳静"]),
        ("抢了孙丽的手机。", ["孙丽"]),
        ("我爷爷韦国栋昨天被狗咬了。", ["韦国栋"]),
        ("陈伟在夜市卖假珍珠。陈伟收了我两百万。", ["陈伟", "陈伟"]),
        ("我和同事张志远、李佳怡被困。", ["张志远", "李佳怡"]),
        ("我儿子子轩在泳池被烫伤。", ["子轩"]),
        ("我儿子乐乐走丢了。", ["乐乐"]),
        ("司机说他叫俊英，要了双倍的钱。", ["俊英"]),
        ("请查收。发件人：赵鹏。", ["赵鹏"]),
        ("何秀珍老人一个人住。", ["何秀珍"]),
        ("該去哪裡補辦？賴冠宇", ["賴冠宇"]),
    ],
)
def test_full_and_given_names_are_found(text: str, names: list[str]) -> None:
    assert _gone(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("有个女的自称Linda，骗了我们。", ["Linda"]),
        ("昨晚打架的是Tú和一个胖子。", ["Tú"]),
        ("姓名Đỗ Thị Hạnh，在餐馆打工。", ["Đỗ Thị Hạnh"]),
        ("多亏Thảo带我们去。", ["Thảo"]),
        ("本人Michael 陈，被打了。", ["Michael 陈"]),
        ("名牌上写着VŨ ĐÌNH TOÀN。", ["VŨ ĐÌNH TOÀN"]),
    ],
)
def test_latin_names_in_chinese_text_are_found(text: str, names: list[str]) -> None:
    assert _gone(text) == names


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("我的电话是一三八零零五五二一七九，请回复。", ["一三八零零五五二一七九"]),
        ("手机零九三六 二二八 四一七", ["零九三六 二二八 四一七"]),
        ("手机幺三九七七零幺二三四五", ["幺三九七七零幺二三四五"]),
        ("联系方式壹叁捌柒柒零壹贰叁肆伍", ["壹叁捌柒柒零壹贰叁肆伍"]),
        ("电话：〇九一二 三三四 五五六", ["〇九一二 三三四 五五六"]),
        ("手机号：一三九，七七零五，八八二一", ["一三九，七七零五，八八二一"]),
        ("支付宝：13977058821", ["13977058821"]),
        ("联系电话：0086-771-5588-203", ["0086-771-5588-203"]),
        ("转到农业银行6228 4801 2277 5560 113", ["6228 4801 2277 5560 113"]),
        ("银联卡6217 8520 0001 9934 076被吞了", ["6217 8520 0001 9934 076"]),
        ("台胞证04418829丢了", ["04418829"]),
        ("護照310648825、簽證都濕了", ["310648825"]),
        ("劳动许可证LD-220817过期了", ["LD-220817"]),
        ("护照丢了！号码EB7702914。", ["EB7702914"]),
        ("请看我的抖音@longwan_xiaofei", ["@longwan_xiaofei"]),
        ("加我wx_nanning2019，发给你们", ["wx_nanning2019"]),
        ("微信转给laoban_gg168六百块", ["laoban_gg168"]),
    ],
)
def test_numbers_and_handles_of_chinese_text_are_found(text: str, values: list[str]) -> None:
    assert _gone(text) == values


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("地址和平街42号305房。", ["和平街42号305房"]),
        ("我住2栋1804，太吵。", ["2栋1804"]),
        ("住海龙花园5号楼702的人烧纸。", ["海龙花园5号楼702"]),
        ("酒店1203房的客人扔酒瓶。", ["1203房"]),
        ("我們住在和平路9號", ["和平路9號"]),
        ("住和平路 128号。", ["和平路 128号"]),
        ("送到A座 806 房。", ["A座 806 房"]),
        ("他住6楼603。", ["6楼603"]),
    ],
)
def test_addresses_of_chinese_text_are_found(text: str, addresses: list[str]) -> None:
    assert _gone(text) == addresses


@pytest.mark.parametrize(
    "text",
    [
        "小孩和老人在小店门口，老板、老师和阿姨都不管，阿婆摔倒了。",
        "导游一路要小费，小路塌了一小段。",
        "水管里流出小红虫，小黄车挡路。",
        "阿里巴巴上买的货被扣了。",
        "老王烧烤店油烟大，小李理发店放音乐。",
        "班主任说没办法，任何经理都不出来，对方律师不接。",
        "我是高中生，我是江苏人，孩子高烧三十九度。",
        "谢谢师傅，真的谢谢大家。",
        "陈富大街和黎圣宗街交叉口堵车。",
        "陈氏集团的工地噪音大。",
        "台灣人跟韓國人在酒吧打架，黄牛和黄牛一伙。",
        "卡车倒的垃圾堆成小山，百年的罗汉松被偷了。",
        "Bãi Cháy是个好地方，Grab司机乱收费，VIP小姐不在。",
        "一百二十万盾的船票，二零二五年三月二十一日买的。",
        "打1900 1234一直没人接。",
        "转账5000000盾给骗子。",
        "签证30天，护照2025年到期，订单号码没人知道。",
        "阳光花园3号楼电梯坏了，18号公路堵车，会议室302在哪里？",
    ],
)
def test_ordinary_chinese_words_stay(text: str) -> None:
    assert _gone(text) == []
