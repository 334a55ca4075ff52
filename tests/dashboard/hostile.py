"""A filing set of one group of two insurers, all of whose names and ids are markup, formulas and quotes."""

from __future__ import annotations

from pathlib import Path

from tests.build import write_set

HOSTILE = """<b>粗</b><script>alert(1)</script><img src=x onerror=alert(2)> $x^2$ **bold** [a](javascript:1) =cmd,"q"'"""
_QUOTED = '"' + HOSTILE.replace('"', '""') + '"'


def hostile_set(folder: Path) -> Path:
    """Write the set into ``folder``."""
    return write_set(
        folder,
        {
            "groups": f"group_id,name,type,parent_id\n{_QUOTED},{_QUOTED},mixed,\n",
            "group_members": f"group_id,entity_id,relation\n{_QUOTED},{_QUOTED},subsidiary\n{_QUOTED},=1+1,subsidiary\n",
            "entities": f"entity_id,name,kind\n{_QUOTED},{_QUOTED},life\n=1+1,{_QUOTED},property\n",
            "solo_filings": "entity_id,period_end,basis,kind,actual_capital,core_tier1_capital,core_tier2_capital,"
            "supplementary_tier1_capital,supplementary_tier2_capital,minimum_capital,core_solvency_ratio,"
            "comprehensive_solvency_ratio\n"
            f"{_QUOTED},2024-12-31,annual,life,90,90,0,0,0,100,0.9,0.9\n"
            "=1+1,2024-12-31,annual,property,300,300,0,0,0,100,3,3\n",
        },
    )
