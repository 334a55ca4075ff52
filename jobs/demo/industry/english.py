"""English names of the invented companies, as is customary without the legal form: places in pinyin, what they do in words."""

from __future__ import annotations

import re
from functools import cache

from pypinyin import lazy_pinyin

from consolidation.words import table

_WORDS = {
    "股份有限公司": "",
    "有限责任公司": "",
    "有限公司": "",
    "（集团）": "Group",
    "集团": "Group",
    "控股": "Holding",
    "实业": "Industries",
    "能源": "Energy",
    "自保": "Captive Insurance",
    "人寿保险": "Life Insurance",
    "财产保险": "Property Insurance",
    "养老保险": "Pension Insurance",
    "健康保险": "Health Insurance",
    "医疗保险": "Medical Insurance",
    "农业保险": "Agricultural Insurance",
    "农业相互保险社": "Agricultural Mutual",
    "信用保证保险": "Credit and Guarantee Insurance",
    "责任保险": "Liability Insurance",
    "火灾保险": "Fire Insurance",
    "航运保险": "Marine Insurance",
    "科技保险": "Technology Insurance",
    "财产再保险": "Property Reinsurance",
    "人寿再保险": "Life Reinsurance",
    "再保险": "Reinsurance",
    "保险": "Insurance",
    "在线": "Online",
    "城市商业银行": "City Commercial Bank",
    "开发政策银行": "Development Policy Bank",
    "农业政策银行": "Agricultural Policy Bank",
    "进出口政策银行": "Export-Import Policy Bank",
    "银行": "Bank",
    "信托": "Trust",
    "证券": "Securities",
    "期货": "Futures",
    "资产管理": "Asset Management",
    "资管公司豁免产品": "Asset Management exempt product",
    "数据科技": "Data Technology",
    "健康科技": "Health Technology",
    "颐养社区发展": "Senior Living Development",
    "人寿": "Life",
    "所属保险机构": "insurers",
    "中央国库": "Central Treasury",
    "省": "Province",
    "铁道": "Railway",
    "水利投资": "Water Investment",
    "电网建设": "Grid Construction",
    "稳定基金": "Stabilisation Fund",
    "金融期货交易所": "Financial Futures Exchange",
    "商品期货交易所": "Commodity Futures Exchange",
    "基础设施投资": "Infrastructure Investment",
    "装备制造": "Equipment Manufacturing",
    "重型机械": "Heavy Machinery",
    "阿瓦隆": "Avalon",
    "卡美洛": "Camelot",
}
_SECTORS = "sector.SWS/"


def english_name(name: str) -> str | None:
    """The English of a Chinese name; None for a name without Chinese."""
    if not re.search("[\u4e00-\u9fff]", name):
        return None
    known, pattern = _known()
    words = (
        known[part] if part in known else "".join(lazy_pinyin(part)).capitalize()
        for part in pattern.split(name)
    )
    return " ".join(word for word in words if word)


@cache
def _known() -> tuple[dict[str, str], re.Pattern[str]]:
    sectors = {
        key.removeprefix(_SECTORS): text["en"] for key, text in table().items() if key.startswith(_SECTORS)
    }
    known = {**sectors, **_WORDS}
    longest_first = sorted(known, key=len, reverse=True)
    return known, re.compile(f"({'|'.join(map(re.escape, longest_first))})")
