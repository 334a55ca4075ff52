"""Who the groups invest in: ``counterparties``, with the sector of each.

Governments, banks and some six hundred companies, all invented, with the heavy tail of real life: a few names that
everybody holds and a long list that hardly anybody does. Domestic sectors are Shenwan's first level, overseas ones GICS.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from jobs.demo.industry.companies import COMPANY, GROUPS, INSURER, kind_of, members_on
from jobs.demo.industry.english import english_name
from jobs.demo.industry.numbers import HALF_YEARS

SHENWAN = (
    "农林牧渔", "基础化工", "钢铁", "有色金属", "电子", "家用电器", "食品饮料", "纺织服饰", "轻工制造", "医药生物", "公用事业", "交通运输", "房地产", "商贸零售",
    "社会服务", "建筑材料", "建筑装饰", "电力设备", "国防军工", "计算机", "传媒", "通信", "非银金融", "汽车", "机械设备", "煤炭", "石油石化", "环保", "美容护理", "综合",
)  # fmt: skip
"""First-level Shenwan sectors of the invented companies; banks have their own, :data:`BANKING`."""
BANKING = "银行"
INSURANCE = "非银金融"
GICS = (
    "Energy",
    "Materials",
    "Industrials",
    "Consumer Discretionary",
    "Consumer Staples",
    "Health Care",
    "Financials",
    "Information Technology",
    "Communication Services",
    "Utilities",
    "Real Estate",
)

_PLACES = (
    "丹穴",
    "招摇",
    "堂庭",
    "杻阳",
    "柢山",
    "亶爰",
    "基山",
    "箕尾",
    "柜山",
    "长右",
    "尧光",
    "羽山",
    "瞿父",
    "句余",
    "浮玉",
    "成山",
    "会稽",
    "夷山",
    "仆勾",
    "咸阴",
)
_GOVERNMENTS = (
    "中央国库",
    "青要省",
    "涿光省",
    "单狐省",
    "求如省",
    "带山省",
    "谯明省",
    "虢山省",
    "丹熏省",
    "石者省",
)
_POLICY_BANKS = ("九州开发政策银行", "五谷农业政策银行", "四海进出口政策银行")
_SUPPORTED = ("九州铁道集团", "九州水利投资", "九州电网建设", "九州稳定基金")
_STATE_BANKS = ("玄武银行", "朱雀银行", "白虎银行", "苍龙银行", "麒麟银行", "勾陈银行")
_JOINT_STOCK_BANKS = (
    "金乌银行",
    "玉兔银行",
    "重明银行",
    "毕方银行",
    "鲲鹏银行",
    "应龙银行",
    "螣蛇银行",
    "当扈银行",
    "鸾鸟银行",
    "狻猊银行",
)
_CITY_BANKS = tuple(f"{place}城市商业银行" for place in _PLACES)
_EXCHANGES = ("九州金融期货交易所", "九州商品期货交易所")
_REINSURERS = ("溟海再", "扶摇再", "Avalon Re", "Lyonesse Re", "Hyperborea Re", "Ys Reinsurance")
_ABROAD = ("Lyonesse", "Hyperborea", "Cockaigne", "Laputa", "Brobdingnag")


@dataclass(frozen=True, slots=True)
class Party:
    """A counterparty, with the sector of what it does (empty for governments, which have none)."""

    id: str
    name: str
    kind: str
    scheme: str = ""
    sector: str = ""


def _companies() -> tuple[Party, ...]:
    domestic = [
        Party(f"{place}{sector}", f"{place}{sector}股份有限公司", "other", "SWS", sector)
        for place, sector in product(_PLACES, SHENWAN)
    ]
    abroad = [
        Party(f"{place} {sector}", f"{place} {sector} plc", "other", "GICS", sector)
        for place, sector in product(_ABROAD, GICS)
    ]
    # Coprime strides mix places and sectors, so that the much-held first names are of all sorts.
    mixed = [domestic[(i * 233) % len(domestic)] for i in range(len(domestic))]
    return (*mixed, *abroad)


COMPANIES = _companies()
REAL_ESTATE = tuple(p for p in COMPANIES if p.sector == "房地产")
OVERSEAS = tuple(p for p in COMPANIES if p.scheme == "GICS")
GOVERNMENTS = tuple(Party(n, n, "government") for n in _GOVERNMENTS)
POLICY_BANKS = tuple(Party(n, n, "policy_bank", "SWS", BANKING) for n in _POLICY_BANKS)
SUPPORTED = tuple(Party(n, n, "government_supported", "SWS", "综合") for n in _SUPPORTED)
STATE_BANKS = tuple(Party(n, f"{n}股份有限公司", "state_owned_bank", "SWS", BANKING) for n in _STATE_BANKS)
JOINT_STOCK_BANKS = tuple(
    Party(n, f"{n}股份有限公司", "joint_stock_bank", "SWS", BANKING) for n in _JOINT_STOCK_BANKS
)
CITY_BANKS = tuple(Party(n, f"{n}股份有限公司", "other", "SWS", BANKING) for n in _CITY_BANKS)
EXCHANGES = tuple(Party(n, n, "exchange", "SWS", INSURANCE) for n in _EXCHANGES)
REINSURERS = tuple(
    Party(n, INSURER[n].name if n in INSURER else f"{n} plc", "other", "SWS", INSURANCE) for n in _REINSURERS
)
_MANAGERS = {
    group: member
    for group in GROUPS
    for member in members_on(group, HALF_YEARS[-1])
    if kind_of(member.id) == "asset_manager"
}
PRODUCTS = {
    g.id: Party(f"{g.id}资管产品", f"{g.name}资管公司豁免产品", "group_product", "SWS", INSURANCE)
    for g in _MANAGERS
}
MANAGER = {PRODUCTS[g.id].id: member.id for g, member in _MANAGERS.items()}
"""Product → the asset manager whose it is."""
OWN_BANKS = {
    bank: Party(bank, COMPANY[bank].name, "other", "SWS", BANKING)
    for bank in COMPANY
    if kind_of(bank) == "bank"
}

TUSHAN = Party("涂山基建", "涂山基础设施投资集团有限公司", "other", "SWS", "建筑装饰")
YOUXIONG = Party("有熊装备", "有熊装备制造股份有限公司", "other", "SWS", "机械设备")
YOUYU = Party("有虞重工", "有虞重型机械股份有限公司", "other", "SWS", "机械设备")
NAMED = (TUSHAN, YOUXIONG, YOUYU)
"""Companies that some group holds too much of, or that fail their creditors."""

UNKNOWN = Party("无名之丘置业", "", "other", "SWS", "房地产")
"""Held by one group and missing from ``counterparties``: counts as ``other``, with a warning."""


def counterparties() -> list[dict[str, object]]:
    """The rows of ``counterparties``."""
    every = (
        *GOVERNMENTS,
        *POLICY_BANKS,
        *SUPPORTED,
        *STATE_BANKS,
        *JOINT_STOCK_BANKS,
        *CITY_BANKS,
        *EXCHANGES,
        *REINSURERS,
        *PRODUCTS.values(),
        *OWN_BANKS.values(),
        *NAMED,
        *COMPANIES,
    )
    return [
        {
            "counterparty_id": p.id,
            "manager_id": MANAGER.get(p.id),
            "name": p.name,
            "name_en": english_name(p.name),
            "class": p.kind,
        }
        for p in every
    ]


CLASS = {str(row["counterparty_id"]): str(row["class"]) for row in counterparties()}
