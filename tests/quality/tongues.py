"""Four languages of our own making: sentences from templates and word lists, the same for the same seed.

Each language composes names, places and things from small parts, so that two unrelated paragraphs share few
shingles although the lists are short. The sentences mean little; they only have to look like news.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from writing import Writer


def _items(text: str, apart: str = " ") -> list[str]:
    return text.split(apart)


FIRST = _items(
    "Ada Tom Lena Ravi Grace Pablo Mina Jonas Aisha Clara Peter Irene Samir Ruth Viktor Nora Hugo Wanda Omar Elin Marco Sofia Daniel Petra Kofi Anna George Yara Felix Judith Bela Ines Karim Lotte Magnus Olga Pia Quentin Rosa Stefan"
)
LAST = _items(
    "Marsh Okafor Fischer Menon Lindqvist Ortega Sato Weber Bello Novak Holm Costa Haddad Adeyemi Petrov Byrne Laurent Kowalska Farouk Berg Bianchi Reyes Cho Mensah Lund Palmer Nasser Braun Stone Ahlgren Brandt Castell Dufour Eriksen Foss Galvan Hartley Ivers Jansson Keller Lamont Moreau Nyberg Osei Parr Quist Rowan Salter Thorne Unwin Vance Wilder"
)
STEMS = _items(
    "Har Low Kes Vall Fer Dan Mill Cas Red East Tor Black Hal Quar Sker Long Marsh Pine Grey Oss West Tarn Bram Cold Dun Elm Fair Glen Hol Ink Kirk Lin Mar Nor Oak Pen Ram Sel Thorn Win"
)
TAILS = _items("wick moor berg by brook ton mouth lea water den bank ford end wood stead erby field holm gate ness")
ADJECTIVES = _items(
    "new old regional disused floating northern provisional wooden municipal crowded private abandoned experimental narrow listed flooded temporary solar coastal underground costly forgotten rural famous mobile rented historic half-built automatic borrowed shared rusting celebrated damaged silent eastern volunteer medical travelling seasonal"
)
NOUNS = _items(
    "ferry terminal|seed bank|water board|archive|wind farm|tram line|hospital wing|library|flood barrier|fishing fleet|vaccine trial|night market|orchestra|shipyard|meals programme|rescue station|glass factory|rail depot|art museum|laboratory|housing block|footpath|bus garage|dairy|garden|weather mast|apprenticeship|stadium roof|river trust|salt mine|telephone exchange|pension fund|cheese cellar|theatre|police launch|observatory|bicycle plant|bakery|school hall|canal lock|power station|chapel|printing house|greenhouse|quarry|lighthouse|toll bridge|clinic|cinema|fire engine|swimming pool|radio tower|post office|fish market|cable car|brickworks|orchard|tannery|reservoir|skating rink",
    "|",
)
DONE = _items(
    "postponed approved questioned expanded inspected defended abandoned restored measured financed redesigned opened auctioned insured catalogued rebuilt surveyed criticised inherited praised merged rescued audited relocated modernised suspended celebrated leased painted photographed emptied sealed drained repaired guarded copied tested weighed borrowed renamed"
)
ROLES = _items(
    "harbour master|head teacher|surveyor|night nurse|treasurer|ferry captain|organist|plumber|beekeeper|geologist|archivist|union secretary|goalkeeper|pharmacist|judge|caretaker|conductor|farmer|printer|meteorologist|welder|baker|librarian|forester|diver|tram driver|auditor|midwife|curator|lock keeper",
    "|",
)
UNITS = _items(
    "letters|tonnes|crowns|visitors|beams|pages|litres|signatures|hours|tickets|trees|photographs|bricks|metres|votes|complaints|samples|loaves|bolts|seats",
    "|",
)
ABSTRACT = _items(
    "delay rain debate repairs silence drought protest paperwork frost negotiation renovation strikes fog training rumour experiment"
)
MONTHS = _items("January February March April May June July August September October November December")
TOPICS = _items(
    "Council Harbour Budget Schools Music Health Transport Energy History Farming Science Sport Housing Weather Trade Law Culture Travel Food Opinion"
)
SPOKE = _items("said told explained argued recalled admitted insisted noted added wrote warned replied")

ZH_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
ZH_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉红文辉建国海燕志云龙春秋冬夏雪梅松柏青山川江河"
ZH_PLACES = _items(
    "青石 白沙 临江 望海 东湖 西河 南山 北港 柳林 梅岭 竹溪 松原 兰亭 桃园 银滩 金桥 云台 龙泉 凤阳 鹤岗 雁门 古田 安平 永宁 长乐 清水 红岩 黑水 新河 石门"
)
ZH_SUFFIXES = _items("县 市 镇 区 港 村 湾 州")
ZH_ROLES = _items(
    "市长 工程师 教师 渔民 校长 医生 记者 农民 诗人 船长 会计 司机 护士 馆长 律师 木匠 厨师 邮差 教练 画家 法官 园丁 警员 学者 店主"
)
ZH_THINGS = _items(
    "石桥 图书馆 水库 电车线 果园 发电站 档案馆 夜校 渔船 音乐厅 灯塔 医院 菜市场 印刷厂 铁路 植物园 码头 体育场 邮局 粮仓 茶馆 剧院 矿井 气象站 温室 隧道 运河 博物馆 消防队 面包房 缆车 书店 玻璃厂 牧场 钟楼 养老院 实验室 污水厂 公园 幼儿园"
)
ZH_QUALITIES = _items(
    "破旧的 崭新的 临时的 著名的 废弃的 昂贵的 狭窄的 地下的 民营的 百年的 拥挤的 水上的 简易的 北侧的 被遗忘的 半完工的 租来的 自动的 木制的 沿海的"
)
ZH_VERBS = _items(
    "修复了 扩建了 检查了 讨论了 买下了 关闭了 测量了 登记了 参观了 捐助了 重建了 批评了 称赞了 接管了 搬迁了 出租了 拍摄了 清空了 保护了 调查了 推迟了 批准了 拍卖了 改造了"
)
ZH_REASONS = _items("洪水 预算 投票 风暴 罢工 诉讼 干旱 选举 停电 大雪 噪音 传闻 演出 考试 丰收 地震 审计 比赛 合同 疫情")
ZH_UNITS = _items("封信 吨煤 名游客 棵树 张照片 块砖 小时 位居民 页账本 米管道 张车票 份样品")

JA_SURNAMES = _items(
    "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 斎藤 清水 山崎 森 池田 橋本 阿部 石川 前田 藤田 小川 岡田"
)
JA_GIVEN = _items("太郎 花子 健一 美咲 翔太 さくら 大輔 葵 直樹 陽子 誠 千尋 拓也 恵 悠斗 真由美 隆 久美子 一郎 彩")
JA_PLACES = _items(
    "青葉 白浜 緑川 若松 東雲 西原 南郷 北浦 柏木 梅田 竹原 松江 藤沢 桜井 銀座 金沢 雲仙 竜王 鶴見 雁坂 古川 安曇 長浜 清瀬 赤岩 黒潮 新津 石巻 鳴海 霧島"
)
JA_SUFFIXES = _items("市 町 村 区 港 郡")
JA_ROLES = _items(
    "市長 技師 教員 漁師 校長 医師 記者 農家 詩人 船長 会計士 運転手 看護師 館長 弁護士 大工 料理人 郵便局員 監督 画家 判事 庭師 警察官 研究者 店主"
)
JA_THINGS = _items(
    "石橋 図書館 ダム 路面電車 果樹園 発電所 資料室 夜間学校 漁船 音楽堂 灯台 病院 市場 印刷所 鉄道 植物園 桟橋 競技場 郵便局 米倉 茶店 劇場 鉱山 測候所 温室 トンネル 運河 博物館 消防署 パン屋 ロープウェイ 書店 ガラス工場 牧場 時計塔 老人ホーム 研究室 浄水場 公園 保育園"
)
JA_QUALITIES = _items(
    "古い 新しい 臨時の 有名な 使われない 高価な 狭い 地下の 民間の 百年続く 混み合う 水上の 簡素な 北側の 忘れられた 建設中の 借り物の 自動の 木造の 海沿いの"
)
JA_VERBS = _items(
    "を修理した を広げた を点検した を話し合った を買い取った を閉じた を測った を登録した を見学した を支援した を建て直した を批判した をほめた を引き継いだ を移した を貸し出した を撮影した を空にした を守った を調べた を延期した を認めた を競売にかけた を改造した"
)
JA_REASONS = _items(
    "洪水 予算不足 投票 台風 ストライキ 裁判 干ばつ 選挙 停電 大雪 騒音 うわさ 公演 試験 豊作 地震 監査 試合 契約 流行"
)
JA_UNITS = _items(
    "通の手紙 トンの石炭 人の客 本の木 枚の写真 個のれんが 時間 人の住民 ページの帳簿 メートルの管 枚の切符 点の見本"
)

TH_FIRST = _items("สมชาย สมหญิง ประเสริฐ วิชัย มาลี สุดา อนันต์ กมล พิมพ์ ชัยวัฒน์ นภา ธีระ รัตนา สุรชัย จันทร์ ปราณี วีระ อรุณ ดวงใจ บุญมี")
TH_LAST = _items("ใจดี แสงทอง ศรีสุข วงศ์ไทย พรหมมา ทองคำ บุญเรือง สายทอง เจริญผล มั่นคง รุ่งเรือง แก้วมณี ชื่นบาน ภูผา น้ำใส ดาวเรือง ป่าไม้ ลมเย็น")
TH_PLACES = _items(
    "หนองบัว บางน้ำ ดอนทราย เขาเขียว ท่าเรือ โคกสูง ห้วยใหญ่ ปากคลอง นาข้าว ลำธาร บ้านไร่ ทุ่งหญ้า เกาะนก แหลมทอง สวนส้ม วังปลา หินขาว ป่าสัก คลองใส ตลาดเก่า บึงหลวง เนินมะม่วง ดงตาล หาดแก้ว ภูเมฆ"
)
TH_SUFFIXES = _items("เหนือ ใต้ ตะวันออก ตะวันตก ใหม่ เก่า กลาง ใน")
TH_ROLES = _items(
    "นายกเทศมนตรี วิศวกร ครูใหญ่ ชาวประมง แพทย์ นักข่าว ชาวนา กัปตัน พยาบาล ทนายความ ช่างไม้ พ่อครัว บุรุษไปรษณีย์ จิตรกร ผู้พิพากษา คนสวน ตำรวจ นักวิจัย แม่ค้า บรรณารักษ์ คนขับรถ นักบัญชี"
)
TH_THINGS = _items(
    "สะพานหิน ห้องสมุด อ่างเก็บน้ำ รถราง สวนผลไม้ โรงไฟฟ้า หอจดหมายเหตุ โรงเรียนกลางคืน เรือประมง หอแสดงดนตรี ประภาคาร โรงพยาบาล ตลาดสด โรงพิมพ์ ทางรถไฟ สวนพฤกษศาสตร์ ท่าน้ำ สนามกีฬา ไปรษณีย์ ยุ้งข้าว ร้านน้ำชา โรงละคร เหมืองเกลือ สถานีอากาศ เรือนกระจก อุโมงค์ คลองขุด พิพิธภัณฑ์ สถานีดับเพลิง ร้านขนมปัง กระเช้า ร้านหนังสือ โรงงานแก้ว ฟาร์มโคนม หอนาฬิกา บ้านพักคนชรา"
)
TH_QUALITIES = _items(
    "หลังเก่า แห่งใหม่ ชั่วคราว ชื่อดัง ร้าง ราคาแพง ขนาดเล็ก ใต้ดิน ของเอกชน อายุร้อยปี ที่แออัด กลางน้ำ ริมทะเล ด้านเหนือ ที่ถูกลืม ครึ่งเสร็จ เช่ามา อัตโนมัติ ทำด้วยไม้ บนเขา"
)
TH_VERBS = _items(
    "ซ่อมแซม ขยาย ตรวจสอบ หารือเรื่อง ซื้อ ปิด วัด ขึ้นทะเบียน เยี่ยมชม บริจาคให้ สร้างใหม่ซึ่ง วิจารณ์ ชื่นชม รับช่วง ย้าย ให้เช่า ถ่ายภาพ ปกป้อง สอบสวน เลื่อนเปิด อนุมัติ ประมูล ดัดแปลง"
)
TH_REASONS = _items(
    "น้ำท่วม งบประมาณ การลงคะแนน พายุ การนัดหยุดงาน คดีความ ภัยแล้ง การเลือกตั้ง ไฟดับ อากาศหนาว เสียงดัง ข่าวลือ การแสดง การสอบ ผลผลิตดี แผ่นดินไหว การตรวจบัญชี การแข่งขัน สัญญา โรคระบาด"
)
TH_UNITS = _items("ฉบับ ตัน คน ต้น ภาพ ก้อน ชั่วโมง ครัวเรือน หน้า เมตร ใบ ชิ้น")


@dataclass(frozen=True)
class Furniture:
    """The fixed words of a site in one language; `{n}`, `{hour}`, `{minute}`, `{day}`, `{month}`, `{year}` are slots."""

    navigation: tuple[str, ...]
    footer: tuple[str, ...]
    more: tuple[str, ...]  # before a headline in a line: "Read more: …"
    lists: tuple[str, ...]  # above a list of links
    slots: tuple[str, ...]  # lines whose numbers vary
    fixed: tuple[str, ...]  # share and subscribe lines
    dates: tuple[str, ...]  # under the headline
    headings: tuple[str, ...]  # of sections, as every newspaper has them


ENGLISH_FURNITURE = Furniture(
    navigation=tuple(
        _items(
            "Home|World|Business|Technology|Opinion|Special Reports|Weather|Puzzles|Jobs|Archive|Log in|Skip to content|Search|Video|Local news|Letters",
            "|",
        )
    ),
    footer=tuple(
        _items(
            "About us|Contact the newsroom|Terms and conditions|Privacy and cookies|Advertise with us|Corrections|Back to top|All rights reserved. No part of this site may be reproduced without permission.|Sign up for our free morning newsletter|Download the app for phones and tablets|Accessibility",
            "|",
        )
    ),
    more=("Read more: ", "READ ALSO: ", "See also – ", "Related: "),
    lists=("Most read", "Related stories", "More from this section", "You may also like"),
    slots=(
        "Posted at {hour}:{minute}",
        "{n} comments",
        "Updated {day} {month} {year}, {hour}:{minute}",
        "{n} shares",
        "{small} min read",
        "Join the conversation ({n})",
        "Viewed {n} times",
    ),
    fixed=(
        "Share this article on Facebook",
        "Email this to a friend",
        "Subscribe for one crown a week",
        "Follow us on social media for breaking news",
        "Print this page",
        "Report a mistake in this article",
    ),
    dates=(
        "Release time: {month} {day}, {year} {hour}:{minute}",
        "Published {day} {month} {year}",
        "{day} {month} {year}, {hour}:{minute}",
    ),
    headings=("What happens next", "A long history", "Who pays", "Counting the cost"),
)
CHINESE_FURNITURE = Furniture(
    navigation=tuple(_items("首页 国际 财经 科技 评论 专题报道 天气 招聘 登录 视频 本地新闻 读者来信")),
    footer=tuple(
        _items("关于我们 联系编辑部 使用条款 隐私政策 广告合作 返回顶部 版权所有，未经许可不得转载。 订阅每日早报 下载手机客户端")
    ),
    more=("更多阅读：", "相关阅读：", "另请参阅："),
    lists=("热门文章", "相关报道", "猜你喜欢"),
    slots=("发布于{hour}:{minute}", "{n}条评论", "更新时间：{year}年{number}月{day}日{hour}:{minute}", "阅读{n}次", "{n}次分享"),
    fixed=("分享到朋友圈", "打印本页", "订阅我们的新闻邮件", "关注我们的公众号", "举报文章错误"),
    dates=("{year}年{number}月{day}日 {hour}:{minute}", "发布时间：{year}年{number}月{day}日"),
    headings=("接下来会怎样", "漫长的历史", "谁来付钱"),
)
JAPANESE_FURNITURE = Furniture(
    navigation=tuple(_items("ホーム 国際 経済 テクノロジー オピニオン 特集 天気 求人 ログイン 動画 地域ニュース 読者の声")),
    footer=tuple(
        _items(
            "会社概要 編集部への連絡 利用規約 個人情報の取り扱い 広告のご案内 ページの先頭へ 無断転載を禁じます。 朝刊メールに登録する アプリを入手"
        )
    ),
    more=("続きを読む：", "関連記事：", "あわせて読みたい："),
    lists=("よく読まれている記事", "関連ニュース", "おすすめ"),
    slots=(
        "{hour}:{minute}に投稿",
        "コメント{n}件",
        "更新：{year}年{number}月{day}日{hour}:{minute}",
        "閲覧{n}回",
        "{n}人が共有",
    ),
    fixed=(
        "この記事を友人に送る",
        "このページを印刷",
        "ニュースレターを購読する",
        "公式アカウントをフォロー",
        "記事の誤りを知らせる",
    ),
    dates=("{year}年{number}月{day}日 {hour}:{minute}", "公開日：{year}年{number}月{day}日"),
    headings=("これからどうなる", "長い歴史", "費用は誰が払う"),
)
THAI_FURNITURE = Furniture(
    navigation=tuple(
        _items("หน้าแรก|ต่างประเทศ|เศรษฐกิจ|เทคโนโลยี|ความคิดเห็น|รายงานพิเศษ|อากาศ|สมัครงาน|เข้าสู่ระบบ|วิดีโอ|ข่าวท้องถิ่น|จดหมายจากผู้อ่าน", "|")
    ),
    footer=tuple(
        _items(
            "เกี่ยวกับเรา|ติดต่อกองบรรณาธิการ|ข้อกำหนดการใช้งาน|นโยบายความเป็นส่วนตัว|ลงโฆษณา|กลับขึ้นด้านบน|สงวนลิขสิทธิ์ ห้ามทำซ้ำโดยไม่ได้รับอนุญาต|รับจดหมายข่าวตอนเช้า|ดาวน์โหลดแอป",
            "|",
        )
    ),
    more=("อ่านเพิ่มเติม: ", "ข่าวที่เกี่ยวข้อง: ", "ดูเพิ่ม: "),
    lists=("ข่าวยอดนิยม", "เรื่องที่เกี่ยวข้อง", "เรื่องแนะนำ"),
    slots=(
        "โพสต์เมื่อ {hour}:{minute} น.",
        "{n} ความคิดเห็น",
        "ปรับปรุง {day}/{number}/{year} {hour}:{minute}",
        "อ่าน {n} ครั้ง",
        "แชร์ {n} ครั้ง",
    ),
    fixed=("แบ่งปันบทความนี้", "พิมพ์หน้านี้", "สมัครรับข่าวสาร", "ติดตามเราได้ที่นี่", "แจ้งข้อผิดพลาดในบทความ"),
    dates=("เผยแพร่ {day}/{number}/{year}", "{day}/{number}/{year} เวลา {hour}:{minute}"),
    headings=("อะไรจะเกิดขึ้นต่อไป", "ประวัติอันยาวนาน", "ใครเป็นคนจ่าย"),
)


class Tongue:
    """One language: headlines, sentences, paragraphs and what an editor does to them."""

    name = ""
    furniture: Furniture
    joiner = " "  # between sentences
    ellipses: tuple[str, ...] = ("...", "…")
    roads: str = ""  # a heading with a number: alike, but never equal

    def __init__(self, seed: int) -> None:
        self.random = random.Random(f"{self.name} {seed}")
        self.number = 1000

    def pick(self, items: str | list[str] | tuple[str, ...]) -> str:
        """One of the items (of a text: one character)."""
        return self.random.choice(items)

    def any_of(self, *makers: Callable[[], str]) -> str:
        """What one of the makers gives; the others are not asked."""
        return self.random.choice(makers)()

    def count(self) -> str:
        """A number as newspapers print them."""
        return str(self.random.choice((self.random.randrange(2, 100), self.random.randrange(100, 9800))))

    def filled(self, template: str) -> str:
        """A line of furniture with its slots filled."""
        chance = self.random
        return template.format(
            n=chance.randrange(2, 1500),
            small=chance.randrange(2, 15),
            hour=f"{chance.randrange(24):02}",
            minute=f"{chance.randrange(60):02}",
            day=chance.randrange(1, 29),
            month=chance.choice(MONTHS),
            number=chance.randrange(1, 13),
            year=chance.randrange(2019, 2025),
        )

    def road(self) -> str:
        """A heading like no other of the corpus, and like all others of its kind."""
        self.number += 1
        return self.roads.format(self.number)

    def paragraph(self, sentences: int) -> str:
        """So many sentences on one line."""
        return self.joiner.join(self.sentence() for _ in range(sentences))

    def sentence(self) -> str:
        """One sentence with its full stop."""
        raise NotImplementedError

    def headline(self) -> str:
        """A headline, without one."""
        raise NotImplementedError

    def person(self) -> str:
        """A name."""
        raise NotImplementedError

    def topic(self) -> str:
        """A tag as it stands after a headline in a list of links."""
        raise NotImplementedError

    def byline(self, author: str) -> str:
        """The line that names the author."""
        raise NotImplementedError

    def dateline(self) -> str:
        """What stands before the first sentence of an agency's report."""
        raise NotImplementedError

    def quoted(self) -> str:
        """A statement of some sentences in quotation marks: two reporters heard it."""
        raise NotImplementedError

    def cut(self, text: str, words: int) -> str:
        """The text cut after so many words, in the middle of a sentence where it falls so; a short text stays whole."""
        pieces = text.split(" ")
        return text if len(pieces) <= words else " ".join(pieces[:words]).rstrip(".,;:\"' ")

    def edited(self, text: str, words: int) -> str:
        """The text with so many words exchanged, as a second editor leaves it."""
        pieces = text.split(" ")
        for at in self.random.sample(range(len(pieces)), min(words, len(pieces))):
            pieces[at] = self.pick(DONE)
        return " ".join(pieces)


class English(Tongue):
    """English by tests/writing.py's lists and longer ones."""

    name, furniture, roads = "english", ENGLISH_FURNITURE, "Farm to Market Road {}"

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.words = Writer(seed).words

    def person(self) -> str:
        """First and last name."""
        return f"{self.pick(FIRST)} {self.pick(LAST)}"

    def place(self) -> str:
        """A town."""
        return self.pick(STEMS) + self.pick(TAILS)

    def thing(self) -> str:
        """What the news is about."""
        return self.any_of(
            lambda: f"the {self.pick(ADJECTIVES)} {self.pick(NOUNS)}",
            lambda: f"the {self.pick(NOUNS)} in {self.place()}",
            lambda: f"{self.place()}'s {self.pick(ADJECTIVES)} {self.pick(NOUNS)}",
        )

    def reason(self) -> str:
        """Why or when."""
        return self.any_of(
            lambda: self.pick(self.words["REASONS"]),
            lambda: f"because {self.thing()} had been {self.pick(DONE)}",
            lambda: f"after {self.count()} hours of {self.pick(ABSTRACT)} in {self.place()}",
            lambda: f"early in {self.pick(MONTHS)}",
            lambda: f"with the help of a {self.pick(ROLES)} from {self.place()}",
            lambda: f"for {self.count()} {self.pick(UNITS)} and a promise",
        )

    def detail(self) -> str:
        """A clause that can stand alone."""
        return self.any_of(
            lambda: self.pick(self.words["DETAILS"]),
            lambda: f"{self.thing()} was {self.pick(DONE)} {self.reason()}",
            lambda: f"the {self.pick(ROLES)} {self.pick(DONE)} {self.count()} {self.pick(UNITS)}",
            lambda: f"{self.pick(ABSTRACT)} cost {self.place()} {self.count()} {self.pick(UNITS)}",
            lambda: f"nobody {self.pick(DONE)} {self.thing()}",
        )

    def sentence(self) -> str:
        """One of eleven shapes."""
        text = self.any_of(
            lambda: f"{self.person()} of {self.place()} {self.pick(DONE)} {self.thing()} {self.reason()}",
            lambda: f'"{self.pick(self.words["QUOTES"])}, and {self.detail()}," {self.person()} {self.pick(SPOKE)}',
            lambda: f"In {self.place()}, where {self.detail()}, {self.thing()} was {self.pick(DONE)} {self.reason()}",
            lambda: f"About {self.count()} people in {self.place()} depend on {self.thing()}, and {self.detail()}",
            lambda: f"{self.reason()}, {self.person()} {self.pick(DONE)} {self.thing()}, and {self.detail()}",
            lambda: f"{self.person()}, a {self.pick(ROLES)} for {self.count()} years, {self.pick(SPOKE)} that {self.detail()}",
            lambda: (
                f"The {self.pick(TOPICS).lower()} committee of {self.place()} {self.pick(DONE)} {self.thing()} by {self.count()} votes"
            ),
            lambda: f"What {self.person()} {self.pick(DONE)} in {self.place()} cost {self.count()} {self.pick(UNITS)}",
            lambda: f"Between {self.place()} and {self.place()}, {self.detail()}; {self.detail()}",
            lambda: f"{self.thing()} and {self.thing()} were {self.pick(DONE)} {self.reason()}",
            lambda: f"A {self.pick(ROLES)} who had {self.pick(DONE)} {self.thing()} {self.pick(SPOKE)} that {self.detail()}",
        )
        return text[0].upper() + text[1:] + "."

    def headline(self) -> str:
        """From five words to about twenty."""
        text = self.any_of(
            lambda: f"{self.place()} {self.pick(DONE)} {self.thing()} {self.reason()}",
            lambda: f"Why {self.person()} {self.pick(DONE)} {self.thing()}, and what {self.count()} neighbours think",
            lambda: f"{self.count()} questions about {self.thing()}",
            lambda: (
                f"{self.thing()} {self.pick(self.words['ENDINGS'])}: {self.person()} on {self.pick(TOPICS).lower()} in {self.place()}"
            ),
            lambda: f"Can a {self.pick(ROLES)} from {self.place()} save {self.thing()}?",
            lambda: f"{self.pick(ROLES)} {self.pick(DONE)} in {self.place()}",
        )
        return text[0].upper() + text[1:]

    def topic(self) -> str:
        """A department of the paper."""
        return self.pick(TOPICS)

    def byline(self, author: str) -> str:
        """By whom, from where."""
        return f"By {author}, {self.place()}"

    def dateline(self) -> str:
        """Town and day."""
        return f"{self.place().upper()}, {self.random.randrange(1, 29)} {self.pick(MONTHS)} — "

    def quoted(self) -> str:
        """Two sentences in quotation marks, and who said them."""
        return f'"{self.detail().capitalize()}, and {self.detail()}. {self.pick(self.words["QUOTES"])}, {self.reason()}," the {self.pick(ROLES)} said.'


class Spaceless(Tongue):
    """A language that writes no spaces between words: cut and edited by characters, two of them for a word."""

    joiner, letters = "", 2

    def cut(self, text: str, words: int) -> str:
        """Cut after so many words, counted in characters."""
        size = words * self.letters
        return text if len(text) <= size else text[:size].rstrip("，。、 ")

    def edited(self, text: str, words: int) -> str:
        """So many short runs of characters exchanged for those of another word."""
        pieces = list(text)
        for at in self.random.sample(range(0, max(1, len(pieces) - 2), 3), min(words, len(pieces) // 4)):
            pieces[at : at + 2] = list(self.thing()[:2])
        return "".join(pieces)

    def thing(self) -> str:
        """What the news is about."""
        raise NotImplementedError


class Chinese(Spaceless):
    """Chinese."""

    name, furniture, roads, ellipses = "chinese", CHINESE_FURNITURE, "第{}号公路", ("……", "...")

    def person(self) -> str:
        """Family name and one or two characters."""
        return self.pick(ZH_SURNAMES) + "".join(self.pick(ZH_GIVEN) for _ in range(self.random.choice((1, 2, 2))))

    def place(self) -> str:
        """A town or county."""
        return self.pick(ZH_PLACES) + self.pick(ZH_SUFFIXES)

    def thing(self) -> str:
        """What the news is about."""
        return self.any_of(lambda: self.pick(ZH_QUALITIES) + self.pick(ZH_THINGS), lambda: self.place() + self.pick(ZH_THINGS))

    def clause(self) -> str:
        """Somebody did something."""
        return self.any_of(
            lambda: f"{self.place()}{self.pick(ZH_ROLES)}{self.person()}{self.pick(ZH_VERBS)}{self.thing()}",
            lambda: f"因为{self.place()}的{self.pick(ZH_REASONS)}，{self.person()}{self.pick(ZH_VERBS)}{self.thing()}",
            lambda: f"{self.thing()}收到{self.count()}{self.pick(ZH_UNITS)}",
            lambda: f"{self.person()}说{self.pick(ZH_REASONS)}让{self.thing()}损失{self.count()}{self.pick(ZH_UNITS)}",
            lambda: f"在{self.place()}，{self.count()}{self.pick(ZH_UNITS)}和{self.thing()}有关",
            lambda: f"{self.pick(ZH_ROLES)}们{self.pick(ZH_VERBS)}{self.thing()}和{self.thing()}",
        )

    def sentence(self) -> str:
        """Two clauses."""
        return f"{self.clause()}，{self.clause()}。"

    def headline(self) -> str:
        """One clause of a few shapes."""
        return self.any_of(
            lambda: (
                f"{self.place()}{self.pick(ZH_VERBS)}{self.thing()} {self.pick(ZH_ROLES)}{self.person()}谈{self.pick(ZH_REASONS)}"
            ),
            lambda: f"{self.thing()}为何引发{self.pick(ZH_REASONS)}？{self.person()}的{self.count()}个回答",
            lambda: f"{self.pick(ZH_ROLES)}{self.person()}：{self.pick(ZH_REASONS)}之后的{self.thing()}",
        )

    def topic(self) -> str:
        """A tag."""
        return self.pick(ZH_REASONS)

    def byline(self, author: str) -> str:
        """Reporter and town."""
        return f"记者 {author} {self.place()}报道"

    def dateline(self) -> str:
        """Town and day."""
        return f"{self.place()}{self.random.randrange(1, 13)}月{self.random.randrange(1, 29)}日电 "

    def quoted(self) -> str:
        """A statement."""
        return f"“{self.sentence()}{self.clause()}，{self.clause()}。”{self.pick(ZH_ROLES)}说。"


class Japanese(Spaceless):
    """Japanese."""

    name, furniture, roads, ellipses = "japanese", JAPANESE_FURNITURE, "県道{}号線", ("…", "...")

    def person(self) -> str:
        """Family name, given name."""
        return self.pick(JA_SURNAMES) + self.pick(JA_GIVEN)

    def place(self) -> str:
        """A town."""
        return self.pick(JA_PLACES) + self.pick(JA_SUFFIXES)

    def thing(self) -> str:
        """What the news is about."""
        return self.any_of(
            lambda: self.pick(JA_QUALITIES) + self.pick(JA_THINGS), lambda: f"{self.place()}の{self.pick(JA_THINGS)}"
        )

    def clause(self) -> str:
        """Somebody did something."""
        return self.any_of(
            lambda: f"{self.place()}の{self.pick(JA_ROLES)}{self.person()}さんは{self.thing()}{self.pick(JA_VERBS)}",
            lambda: f"{self.place()}の{self.pick(JA_REASONS)}のため、{self.person()}さんが{self.thing()}{self.pick(JA_VERBS)}",
            lambda: f"{self.thing()}に{self.count()}{self.pick(JA_UNITS)}が届いた",
            lambda: (
                f"{self.person()}さんによると{self.pick(JA_REASONS)}で{self.thing()}は{self.count()}{self.pick(JA_UNITS)}を失った"
            ),
            lambda: f"{self.pick(JA_ROLES)}たちは{self.thing()}と{self.thing()}{self.pick(JA_VERBS)}",
        )

    def sentence(self) -> str:
        """One or two clauses."""
        return f"{self.clause()}。" if self.random.random() < 0.6 else f"{self.clause()}が、{self.clause()}。"

    def headline(self) -> str:
        """One clause of a few shapes."""
        return self.any_of(
            lambda: f"{self.place()}、{self.thing()}{self.pick(JA_VERBS)} {self.pick(JA_ROLES)}の{self.person()}さん",
            lambda: f"なぜ{self.thing()}で{self.pick(JA_REASONS)}か {self.person()}さんに聞く{self.count()}の問い",
            lambda: f"{self.pick(JA_REASONS)}の後の{self.thing()}、{self.person()}さんが語る",
        )

    def topic(self) -> str:
        """A tag."""
        return self.pick(JA_REASONS)

    def byline(self, author: str) -> str:
        """Reporter and town."""
        return f"{self.place()}＝{author}記者"

    def dateline(self) -> str:
        """Town and day."""
        return f"【{self.place()}{self.random.randrange(1, 29)}日】"

    def quoted(self) -> str:
        """A statement."""
        return f"「{self.clause()}。{self.clause()}。{self.clause()}」と{self.pick(JA_ROLES)}は話した。"


class Thai(Spaceless):
    """Thai: no full stop; a space ends a clause."""

    name, furniture, roads, joiner, letters = "thai", THAI_FURNITURE, "ทางหลวงหมายเลข {}", " ", 5

    def person(self) -> str:
        """First and last name."""
        return f"{self.pick(TH_FIRST)} {self.pick(TH_LAST)}"

    def place(self) -> str:
        """A village or town."""
        return self.pick(TH_PLACES) + self.pick(TH_SUFFIXES)

    def thing(self) -> str:
        """What the news is about."""
        return self.any_of(
            lambda: self.pick(TH_THINGS) + self.pick(TH_QUALITIES), lambda: f"{self.pick(TH_THINGS)}ที่{self.place()}"
        )

    def clause(self) -> str:
        """Somebody did something."""
        return self.any_of(
            lambda: f"{self.pick(TH_ROLES)}จาก{self.place()}{self.pick(TH_VERBS)}{self.thing()}",
            lambda: f"เพราะ{self.pick(TH_REASONS)}ที่{self.place()} {self.person()}จึง{self.pick(TH_VERBS)}{self.thing()}",
            lambda: f"{self.thing()}ได้รับ {self.count()} {self.pick(TH_UNITS)}",
            lambda: f"{self.person()}กล่าวว่า{self.pick(TH_REASONS)}ทำให้{self.thing()}เสียหาย {self.count()} {self.pick(TH_UNITS)}",
            lambda: f"{self.pick(TH_ROLES)}{self.pick(TH_VERBS)}{self.thing()}และ{self.thing()}",
        )

    def sentence(self) -> str:
        """Two clauses."""
        return f"{self.clause()} และ{self.clause()}"

    def headline(self) -> str:
        """One clause of a few shapes."""
        return self.any_of(
            lambda: f"{self.place()}{self.pick(TH_VERBS)}{self.thing()}หลัง{self.pick(TH_REASONS)}",
            lambda: f"ทำไม{self.thing()}จึงเกิด{self.pick(TH_REASONS)} {self.count()} คำถามถึง{self.person()}",
            lambda: f"{self.person()}กับ{self.thing()}และ{self.pick(TH_REASONS)}",
        )

    def topic(self) -> str:
        """A tag."""
        return self.pick(TH_REASONS)

    def byline(self, author: str) -> str:
        """Reporter and town."""
        return f"โดย {author} รายงานจาก{self.place()}"

    def dateline(self) -> str:
        """Town and day."""
        return f"{self.place()} {self.random.randrange(1, 29)} - "

    def quoted(self) -> str:
        """A statement."""
        return f"“{self.clause()} {self.clause()} {self.clause()}” {self.pick(TH_ROLES)}กล่าว"


TONGUES: dict[str, type[Tongue]] = {tongue.name: tongue for tongue in (English, Chinese, Japanese, Thai)}
