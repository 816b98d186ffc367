"""Who is named in Chinese text: nicknames, surnames before a title, full and given names, also in Latin letters.

Chinese has no spaces and no capitals: a name is known by the surname it begins with, by letters that given names are
made of, and by what stands beside it. Works on simplified letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_HAN: Final = "\u4e00-\u9fff"
_SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙朱胡郭何林罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘袁蒋杜苏魏吕沈姚卢傅钟姜崔谭廖范汪陆贾韦邱"
    "侯邹熊孟秦阎薛尹段贺郝顾龚邵覃莫阮裴黎董农叶严戴夏贝赖盘冉岑甘柳施俞武龙马高方石金江白温雷陶尤巫庞樊倪翁童颜"
    "聂翟葛鲍耿焦伍冼甄祁闫殷邝纪乔孔卓滕瞿邬娄卞鄢简麦关易古文申左祝管鲁季项游向蒙全岳齐商成舒阳符苗费余丁任田程"
    "于史毛钱常万康邢涂凌蓝骆喻缪褚柯詹洪欧"
)
_WORDLIKE: Final = (
    "马高方石金江白温雷童余任田程于史毛钱常万康何龙叶武甘施严顾曾谢许连林段盘熊洪贝农柳丁石洪欧关易古文申左祝管"
    "鲁季项游向蒙全岳齐商成舒阳符苗费简麦纪伍"
)
"""Of the surnames, those that other words end with: before a title they are one only where a word begins."""
_SURE: Final = "".join(letter for letter in _SURNAMES if letter not in _WORDLIKE)
_GIVEN: Final = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛超兰霞平刚桂华建国文志红玉梅玲萍燕云莲珍荣爱妹香月莺媛瑞凡佳嘉琼勤贞莉岚琳"
    "锦黛倩婷姣婉娴瑾颖瑶怡婵雁蓓仪荷丹蓉眉君琴蕊薇菁梦晨诗欣雨雅惠慧美淑芬依家辉豪浩宇轩子梓涵诺俊峰海龙飞鹏晓东"
    "林森鑫波斌彬鸣凯恒宁康健德义仁礼智信忠贤良福寿喜庆贵富宝金祥胜凤翔宗祖耀昌盛世兴旺永江泽源深博武思哲睿聪辰阳"
    "旭昊昕晟景冬秋"
    "春震霖雪露雯奇雄毅诚廉正卿悦琪琦璐璇玥瑜璟钰铭鸿麟骏驰帆帅才翰琪咏冠安明莹珊珠成伦廷威权孝桃娥翠花绍启振宏哲"
    "维鹤心如之若芷萱彤舒蔓曼慈蕾菲芸芹茜莎薰冰洁清淳玮珂琛璋钧锋锐铮楠楠桐柏松杉榕樱枫盈圆孟秉光"
    "栋坤峻崇炎炜炳焕煜熙珏培均坚壮奎媚婕婧妍妮姗姝娅桦标根民汉沛沁泓沐泰洛淇滔烈甜益祯禹立绮绪翼舜艺芝芊茂茹虹蝶"
    "裕谦谊逸"
    "邦郁钢钊锡镇闯隆隽音韵韬顺馨达远进升利勋南双友桥山川河桃倪柔纯善美柱"
)
_DOUBLE: Final = "(?:欧阳|司马|上官|诸葛|司徒|夏侯|皇甫|慕容)"
_FULL: Final = f"(?:{_DOUBLE}[{_HAN}]{{1,2}}|[{_SURNAMES}][{_GIVEN}小阿晓大][{_GIVEN}])"
"""Three letters, of which two are a given name's."""
_SHORT: Final = f"(?:[{_SURNAMES}][{_GIVEN}])"
_NO_PERSON_BEHIND: Final = (
    "(?![路街坊巷岛山湾桥寺庙店馆村镇县区港庄园院楼厦厂校宫陵墓社乡州省城河滩江湖门隧码公饭宾商超市广号口银集餐记"
    "]|酒[店家楼吧]|大道|大街|纪念|主席|铺|一街|二路)"
)
_END: Final = (
    f"(?=[^{_HAN}]|$|[在的从来说被把要想住是向给已昨今这那她他我们没去也跟与因刚正于骑开坐带家有和姓又老先女小同收"
    "打敬])"
)
_STOP: Final = f"(?=[^{_HAN}]|$)"

# --- nicknames ---
_AH: Final = (
    "阿(?![姨婆公伯嬷叔爸爷妹妈姐嫂嬤嫲弟哥舅姑祖太里拉富根联姆司胶尔斯萨迪莫飘奴曼塞什坝婶兄伊凡肯那们拉的片])"
    f"[{_HAN}]"
    "|阿(?!Sir)[A-Z][a-z]{1,5}(?![A-Za-z])"
)
_LITTLE: Final = (
    "小(?:(?!林[子丛]|马[路驹甲扎]|黄[车狗瓜鱼鸭]|金库|石[头子块]|白[菜点]|苏打|钟[头声]|武装|方[块形]|范围|于|任"
    "|红[书点帽旗色包花灯薯虫鱼蛇]|段|孙子|周末|王[子国]|玉米|梅沙|陆地|陈[设]|杨梅|叶[子榕紫]|兰花|芳香|贝壳"
    "|熊猫?|江|温|"
    "雷|康|高|田|毛|钱|常|万|金|石|白|何|龙|柳|洪|农|严|施|盘)"
    f"[{_SURNAMES}芳丽梅红明强军芬玲娟霞燕凤莲胖兰玉娜静敏雪倩琴婷萍莉珍翠英慧蓉琳艳雅蕾琪欣娇伟杰勇鹏辉斌浩峰"
    "亮刚磊超])"
)
_OLD: Final = (
    "老(?!钟|马路|黄[牛历瓜]|街|高|方|石|金|江|白|龙|毛|钱[^在说]|田|常|武|万|温|雷|康|何[时必]|任|程|于|史|施"
    "|农|叶|柳|盘|夏|洪|童|严|颜|戴|涂)"
    f"[{_SURNAMES}]"
)
_NO_WORD_BEFORE: Final = '(?<![大中最太很不从变弱胆古较偏缩细窄微矮瘦幼家这那更比偏好有些敬养苍“"「『])'
_NOT_OLD_BEFORE: Final = '(?<![大中最太很不从变古较偏这那比养敬苍“"「『])'
_NO_SHOP: Final = (
    f"(?!奶茶|米粉|烧烤|海鲜|豆花|超市|(?:(?![的在家说被把和跟从去到开])[{_HAN}]){{0,4}}(?:[店馆铺]|餐厅|大排档))"
)
_NICKNAME: Final = (
    f"(?:{_AH}|{_NO_WORD_BEFORE}{_LITTLE}|{_NOT_OLD_BEFORE}{_OLD}){_NO_SHOP}(?![庙寺路街村山岛镇乡县市湾城厂])"
)
_CALLED_SO: Final = (
    f"(?:(?<![{_HAN}])|(?<=[的找跟和叫请给是让被问对向与、他她娘]))"
    f"[{_SURNAMES}{_GIVEN}虎彪豹鬼炮胖三四五六七八九](?<![国家表堂师正长爱宝金玉文花子帅靓])(?:哥|姐"
    "|总(?![是会有要共在部局站结经计体数统能得算之裁署书监公司量值额台分闸线价督归工]))"
    f"(?![哥姐妹弟伦们夫]){_NO_SHOP}"
    f"|(?:(?<![{_HAN}])|(?<=[的找跟和叫请给是让被问对向与、叔哥]))"
    f"[{_SURE}六七八九](?:伯|叔|婶|嫂|姨|爷|婆)(?![伯叔婶嫂姨爷婆父母妈]){_NO_SHOP}"
    f"|(?:隔壁|邻居|对面|楼上|楼下|旁边)(?:的)?([{_SURE}])(?=家)"
)

# --- surnames before a title ---
_TITLE: Final = (
    "(?:先生|女士|小姐|师傅|老板|警官|医生|老师|经理|导游|主任|阿姨|大哥|大姐|大爷|大妈|大叔|大娘|大婶|大嫂|同志"
    "|同学|护士|队长|船长"
    "|太太(?!餐|饭|酒|小|面)|科长|局长|处长|厅长|书记|厂长|院长|校长|律师|教练|会计|法官|教授|村长|领事|参赞|"
    "站长|所长|班长"
    "|秘书|助理|店长|姑娘|医师|大夫|老先生|老太太|奶奶"
    "|爷爷|伯伯|叔叔|婆婆|总(?![是会有要共在部局站结经计体数统能得算之裁署书监公司量值额台分闸线价督归工]))"
)
_NO_SURNAME: Final = (
    "感谢|谢谢|多谢|致谢|答谢|中文|英文|外文|语文|法文|日文|韩文|作文|对方|双方|警方|校方|院方|店方|官方|地方|我方|甲方|乙方|馆方"
    "|资方|厂方|男方|女方|多方|各方|东方|西方|海关|机关|相关|有关|押金|现金|租金|定金|订金|佣金|资金|奖金|浙江|龙江|主任|责任|信任"
    "|担任|现任|前任|新任|工程|课程|全程|过程|里程|流程|行程|由于|关于|对于|属于|等于|至于|终于|在于|历史|收钱|给钱|付钱|找钱|要钱"
    "|少钱|拿钱|赔钱|骗钱|退钱|花钱|的钱|经常|非常|平常|日常|正常|通常|任何|为何|如何|不曾|设施|允许|也许|或许|大连|森林|桂林|园林"
    "|路段|阶段|手段|交易|容易|保管|主管|不管|尽管|接管|代管|高管|监管|城管|下龙|明白|告白|体温|高温|其余|业余|农田|千万|十万|健康"
    "|提高|身高|最高|很高|儿童|事项|各项|款项|方向|一向|安全|完全|齐全|整齐|厂商|客商|奸商|台商|完成|变成|改成|导游|旅游|太阳|申请"
    "|司马|骑马|牵马|养马|赛马|罗马|宝石|钻石|化石|岩石|乐园"
)
"""Words of two letters of which the second one is a surname, too."""
_TITLED: Final = (
    f"(?<!感)([{_SURE}])(?={_TITLE})|(?:(?<![{_HAN}])|(?<=[的找跟和叫请给是问被让下])|(?<=隔壁|邻居|老板|司机|导游"
    "|房东|前台|经理|医生|船长|主任|师傅|业主|乘客|住户|家属|游客|旅客|客人|邻座|位姓))"
    f"([{_WORDLIKE}])(?!谢)(?={_TITLE})"
    f"|([{_WORDLIKE}])(?<!{_NO_SURNAME})(?=先生|女士|小姐(?!姐)|太太(?!餐|饭|酒|小|面)|师傅|经理|医生|老师|导游|警官|护士)"
    f"|([{_SURNAMES}][{_GIVEN}{_HAN}][{_GIVEN}])(?=老先生|老太太|先生|女士|小姐|老师|同志|医生|警官)"
)

# --- full names ---
_WHO: Final = (
    "(?:室友|舍友|工友|我叫|我系|我係|叫做|名叫|姓名[是为]?[:：]?\\s?|名字[是叫]?|我是|本人|真名|中文名[是叫]"
    "?|人叫|他叫|她叫"
    "|对方叫|"
    "自称|化名|署名|落款[:：]?"
    "|申请人|受害人|证人|当事人|失踪者|死者|伤者|患者|病人|收件人写?|寄件人|联系人|联系我|负责人|发件人|发信"
    "人|签名|签字|担保人|欠债人|欠款人|报警人|家属|目击者|经办人|法人|户名"
    "|驾驶员|车主|船主|店主|业主|住户|租客|户主|摊主|嫌疑人|男子|女子|同胞|旅客|乘客|游客|台商|商人|业务员"
    "|公务员|工作人员|职员|工人|学生|同学|同事|朋友|司机|导游|老人|老板|房东|房客|邻居|隔壁|保安|警察|民警|交警"
    "|厨师|翻译|船员|护士长?|医生|老师|班主任"
    "|太太|先生|老婆|老公|丈夫|妻子|妈妈|爸爸|母亲|父亲|爷爷|奶奶|外公|外婆|儿子|女儿|孙子|孙女|侄子|侄女|外甥"
    "|表哥|表弟|表姐|表妹"
    "|哥哥|姐姐|弟弟|妹妹|[我他她][哥姐弟妹爸妈爷]|男友|女友|男朋友|女朋友|未婚妻|阿婆|阿姨|阿公|大妈|大爷"
    "|女婿|儿媳|媳妇|岳父|岳母|公公|婆婆|姐夫|妹夫|嫂子|弟媳|包工头|工头|领队|房客|中介|保姆|月嫂|店长|组长"
    "|孩子)[:：，]?\\s?"
)
_FACING: Final = (
    "(?:告诉|感谢|多亏|谢谢|替|给|找|抢了|偷了|骗了|打了|叫|跟|和|与|被|联系|转告|通知|举报|投诉[:：]?|表扬|寻找|寻)"
)
_AGE: Final = f"(?=[，,（(]\\s?(?:男|女|[1-9]\\d?岁|今年|[{_HAN}]族))"
_NO_WORD: Final = (
    "(?!高[烧兴温大校平分中度]|方[式便向法正]|金[额属色融花]|马[上路桶达]|白[色天吃花]|石[头块油]|万[一分]"
    "|任[何务意]|常[常年见规]|谢谢|严[重查禁格]|许[多可]"
    "|施工|江[边水]|温[度泉]|雷[雨电声]|田[地里]|余[额款下]|毛[病巾]|钱[包没都了]|何[时人必]|连[续夜]|段[时子]"
    "|程[度序]|于[是]|童年|黄[色牛昏金花]|康复"
    "|林[业子]|王子|龙[虾王珠眼海]|周[末一二三四五六日围边年]|高利|叶[子片]|安全|武[装警器]|农[民田村药]|顾客"
    "|洪水|盘[子点]|蓝[色天]|曾[经]|万[盾家福]"
    "|杨梅|孙[子女]|桃|梁[上]|熊[猫孩]|夏[天日]|戴[着上口]|童[车]|莫名|严|贝壳|张[开嘴贴罚床票着]|单|卢布|沈阳"
    "|邓小|包|江[里面南西苏]|欧[元美洲]|史|涂)"
)
_FULL_NAME: Final = (
    f"{_WHO}{_NO_WORD}({_FULL}){_NO_PERSON_BEHIND}"
    f"|{_WHO}{_NO_WORD}([{_SURNAMES}][{_HAN}][{_GIVEN}]|[{_SURNAMES}][{_GIVEN}][{_HAN}]){_STOP}"
    f"|{_WHO}{_NO_WORD}([{_SURE}][{_HAN}][{_GIVEN}]){_NO_PERSON_BEHIND}{_END}"
    f"|{_WHO}{_NO_WORD}({_SHORT}){_NO_PERSON_BEHIND}{_END}"
    f"|{_FACING}{_NO_WORD}({_FULL}){_NO_PERSON_BEHIND}"
    f"|{_FACING}{_NO_WORD}({_SHORT}){_STOP}"
    f"|(?:抢了|偷了|骗了|打了|替|帮|请|找|跟|和){_NO_WORD}({_SHORT})(?=的|提)"
    f"|(?:告诉|给|叫|找|隔壁|替){_NO_WORD}([{_SURE}][{_GIVEN}][{_HAN}]"
    f"|[{_SURE}][{_HAN}][{_GIVEN}])(?=[打家的，。在说做去来]){_NO_PERSON_BEHIND}"
    f"|(?<![{_HAN}])我({_FULL})(?=[，,])"
    f"|(?<![{_HAN}]){_NO_WORD}([{_SURNAMES}][{_HAN}]{{1,2}}){_AGE}"
    f"|(?<![{_HAN}]){_NO_WORD}({_FULL}){_NO_PERSON_BEHIND}{_END}"
    f"|(?<![{_HAN}]){_NO_WORD}([{_SURE}][{_GIVEN}])(?=[在被把说骗偷打收])"
    f"|{_NO_WORD}([{_SURE}][{_GIVEN}]{{2}}){_NO_PERSON_BEHIND}{_END}"
    f"|(?<=[。？！?!])\\s?{_NO_WORD}({_FULL}|{_SHORT})[。.]?$"
    f"|([{_SURNAMES}][{_HAN}]{{1,2}}?)(?=敬上|敬启|谨上|叩谢|上书|拜托)"
    f"|(?<![{_HAN}])([{_SURNAMES}](?P<twice>[{_HAN}])(?P=twice))(?<!谢谢谢)(?=，真的是我的名|，是我的名|（)"
)
_VIETNAMESE: Final = (
    f"[阮范黎陈裴邓武黄胡潘吴何杜丁李梁农郑陶谭段刘王张朱杨冯高赵唐罗]氏(?:[{_GIVEN}]{{2}}(?=[^{_HAN}]|$"
    "|[在的说被把是，、和])"
    f"|[{_HAN}]{{2}}(?=[^{_HAN}]|$|[的说])|[{_HAN}])(?![街路坊族团宗])(?<!氏[集宗家祠企兄])(?<!集团)(?<!家族)"
    f"|[阮范黎陈裴邓武黄胡潘吴杜丁]文(?![化件明字具])[{_HAN}](?![化件字明]){_NO_PERSON_BEHIND}{_END}"
)
_GIVEN_ALONE: Final = (
    "(?:儿子|女儿|孙子|孙女|弟弟|妹妹|侄子|侄女|外甥|宝宝|中文名[是叫]?|[他她]叫|名叫|名字叫|人叫|真名|小名"
    "|小名叫|孩子叫|儿子叫|女儿叫)"
    "(?!安全|平安|健康|美国|中国|海东|花[园生]|家[里长]|正在|心[里脏]|成[功绩]|东西|清[洁洗]|国[家外]|冰[块水]"
    f"|光[着头]|平常|喜欢|如[果何]|冬|春|秋|雨水|深夜)([{_GIVEN}]{{2}})"
    f"(?=[^{_HAN}]|$|[在被把昨今说的])"
    "|(?:儿子|女儿|孙子|孙女|弟弟|妹妹|宝宝|孩子)((?P<pet>[晶静丽芳倩乐豆妞彤萌果莹琪欣婷涵圆贝多娜笑航浩轩晨"
    "瑶甜朵兜诺糖丁"
    "丫囡毛蕾菲星阳洋明佳])(?P=pet))"
)
_BY_NAME: Final = (
    f"叫([大小{_GIVEN}][{_GIVEN}])(?=的(?:人|司机|男|女|老板|导游|师傅|家伙|骗子|小|中|越|工|员|保安|店|服务))"
    f'|(?:外号|绰号|花名|诨名|小名|网名)(?:叫|是)?[“"「『]?([{_HAN}]{{2,4}}?)(?=[”"」』，。的]|$)'
)
_MORE: Final = (
    f"(?:、|和|与|跟|及|还有)(?:\\s?)({_NICKNAME}|{_FULL}|{_SHORT}|[{_SURE}][{_HAN}][{_GIVEN}])(?=[^{_HAN}]|$"
    "|[在的说被把是和与跟及一都三二两])"
)

# --- Latin letters ---
_LATIN: Final = "[A-ZÀ-ỸĐ][A-Za-zÀ-ỹĐđ]*(?:[ ·'’-][A-ZÀ-ỸĐ][A-Za-zÀ-ỹĐđ]*){0,4}"
_LATIN_NAME: Final = (
    "(?:自称|本人|真名|姓名[是为:：]?|名字[是叫:：]?|名叫|我叫|他叫|她叫|叫|房客|客人|旅客|乘客|游客|同事|朋友"
    "|同学|邻居|司机|导游|翻译|老板|房东|经理|船长|护士|医生|老师|丈夫|妻子|太太"
    "|老公|老婆|儿子|女儿|(?:上面?|牌)写着|写的是|署名|户名[是为:：]?|收件人[是为:：]?|联系人[是为:：]?"
    "|申请人[是为:：]?)\\s?"
    f"({_LATIN}(?:\\s?[{_SURNAMES}](?=[^{_HAN}]|$))?)(?![A-Za-zÀ-ỹ\\d])"
)
_MARKED: Final = "(?=[A-Za-zÀ-ỹĐđ ]*[À-ÖØ-öø-ỹĐđ])"
_MARKED_NAME: Final = (
    f"(?:(?<=[{_HAN}])(?<![在去到从往离近至路街住于岛湾市吃喝买])|(?<![^，。！？；：、,.!?;:]))"
    "(?=[A-Za-zÀ-ỹĐđ]*[À-ÖØ-öø-ỹĐđ])[A-ZÀ-ỸĐ][A-Za-zÀ-ỹĐđ]*"
    "(?=[是带说把被和跟叫让帮给骗打收哥姐叔总一，。、！]|$)(?![，,.、] ?[A-ZĐ])"
    "|(?:感谢|谢谢|多亏|告诉|女友|男友|女朋友|男朋友|找|跟|给|被|替|叫|表扬|举报"
    f"|投诉){_MARKED}({_LATIN})(?![A-Za-zÀ-ỹ\\d])(?![路街市区岛湾])"
    f"|(?<![A-Za-zÀ-ỹ ]){_MARKED}({_LATIN})(?=\\s?(?:{_TITLE}|哥|姐|叔))"
    f"|(?<![A-Za-zÀ-ỹ ])({_LATIN})(?=\\s?(?:先生|女士|小姐|太太|警官|医生|老师))"
    f"|(?:Mr|Mrs|Ms|Miss)\\.?\\s?({_LATIN})"
)
_NO_LATIN: Final = frozenset(
    (  # noqa: SIM905 (a list of words)
        "Mr Mrs Ms Miss VIP KTV ATM WIFI Wifi WiFi APP App QQ GPS SUV LED USB SIM ID PDF HIV CEO IT OK QR"
        " POS KFC SOS TV DJ CCTV VISA Visa Facebook Zalo Grab Tiktok TikTok WeChat WhatsApp Google Uber"
        " Be Booking Agoda Airbnb Vinhomes Vincom Sun Bitexco Samsung Honda Toyota Taxi Windows Internet"
        " Office Wechat Alipay TIKTOK GRAB TAXI"
    ).split()
)
"""What stands in Latin letters where names do."""

_IN_HAN: Final = tuple(
    map(re.compile, (_VIETNAMESE, _FULL_NAME, _NICKNAME, _TITLED, _CALLED_SO, _GIVEN_ALONE, _BY_NAME))
)
_IN_LATIN: Final = tuple(map(re.compile, (_LATIN_NAME, _MARKED_NAME)))
_CAPITAL: Final = re.compile("[A-ZÀ-ỸĐ]")
_LISTED: Final = re.compile(_MORE)

_ORDINARY: Final = re.compile(
    "石场|田[里裡]|韩国|谢谢|常常|高烧|白吃|白着|严查|方式|关不|关[上门]|钱没|孔院|小(?:芒果|旗|学|弟|伙|贩|姐|费)"
    "|高(?:中|血|速|三|二|一|温|大|压)|张(?:开|嘴)|黄牛|老板|温度|任何|马路|马上|高兴|万一"
    "|何时|于是|毛病|严重|许多|江边|周[末围边]|白天|石头|金额|方便|方向|余额|程序|连续|夏天|王子|龙虾|农民|安全"
    "|平安|谢大|罗汉|全家|关总|伟哥|管[子道理]|游[客泳]|阿[嬤嫲]|符合|易[碎燃]|文[化明件]|申请|成[功为]|古[城"
    "镇]|商[店场]|关[心注系门]|向[导前]|左[边右转]|全[部身]"
    "|胡志明|陈仁宗|陈兴道|陈国峻|黎圣宗|阮攸|武元甲|吴权|李常杰|孙悟空|杨贵妃|习近平|毛泽东|邓小平|周恩来|孙中山"
    "|诸葛亮(?!亮)|范文同"
)
"""Words that begin as names do, and names of history."""
_NO_END: Final = tuple("人们的了不衣服裤帽裙色")
"""What no name ends with: who is from somewhere, several, and words of grammar."""


def is_ordinary(text: str, begin: int, end: int) -> bool:
    """Whether other words stand where a name seems to."""
    if text[begin:end] in _NO_LATIN or text.endswith(_NO_END, begin, end):
        return True
    return _ORDINARY.match(text, begin) is not None


def find_han_people(text: str) -> Iterator[tuple[int, int]]:
    """Where names stand, without their title; ``text``: in simplified letters."""
    names: set[str] = set()
    for begin, end in _people(text):
        yield begin, end
        names.add(text[begin:end])
    for name in names:
        if len(name) > 1:
            yield from (found.span() for found in re.finditer(re.escape(name), text))


def _people(text: str) -> Iterator[tuple[int, int]]:
    for names in (*_IN_HAN, *_IN_LATIN) if _CAPITAL.search(text) else _IN_HAN:
        for found in names.finditer(text):
            begin, end = _named(found)
            if is_ordinary(text, begin, end):
                continue
            yield begin, end
            while more := _LISTED.match(text, end):
                yield more.span(1)
                end = more.end(1)


def _named(found: re.Match[str]) -> tuple[int, int]:
    """What a pattern found: its first group that took part, all of it if it has none."""
    return found.span(next((number for number, part in enumerate(found.groups(), 1) if part), 0))
