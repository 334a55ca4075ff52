"""A small filing set without a fault, one row or two a table, and what tests look for when they have spoiled it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from consolidation.filing_set import FilingSet
from consolidation.findings import Finding, Severity
from tests.build import write_set

SOUND: Mapping[str, str] = {
    "groups": "group_id,name,type,parent_id\nG1,甲集团,insurance_holding,P\n",
    "group_members": "group_id,entity_id,relation\nG1,P,parent\nG1,L,subsidiary\n",
    "entities": "entity_id,name,kind\nP,母公司,holding\nL,寿险,life\nB,银行,bank\n",
    "ownership": (
        "owner_id,entity_id,valid_from,stake,relation,valid_to\n"
        "P,L,2020-01-01,0.6,subsidiary,2022-12-31\n"
        "P,L,2023-01-01,0.7,subsidiary,\n"
        "P,B,2020-01-01,0.5,joint_venture,\n"
    ),
    "solo_filings": (
        "entity_id,kind,period_end,basis,admitted_assets,admitted_liabilities,actual_capital,core_tier1_capital,"
        "core_tier2_capital,supplementary_tier1_capital,supplementary_tier2_capital,minimum_capital,"
        "quantifiable_risk_minimum_capital,life_insurance_risk_minimum_capital,"
        "non_life_insurance_risk_minimum_capital,market_risk_minimum_capital,credit_risk_minimum_capital,"
        "diversification_effect,loss_absorption_effect,control_risk_minimum_capital,core_surplus,"
        "comprehensive_surplus,core_solvency_ratio,comprehensive_solvency_ratio\n"
        "L,life,2023-06-30,quarterly,1000,400,600,500,0,100,0,300,290,100,,150,90,50,,10,200,300,1.6667,2\n"
        "L,life,2023-12-31,annual,1100,400,700,600,0,100,0,300,290,100,,150,90,50,,10,300,400,2,2.3333\n"
    ),
    "sector_filings": (
        "entity_id,period_end,measure,amount,required_ratio\nB,2023-06-30,risk_weighted_assets,5000,0.105\n"
    ),
    "group_financials": "group_id,period_end,total_assets,net_assets,income\nG1,2023-06-30,9000,1000,700\n",
    "group_capital": "group_id,period_end,line,amount\nG1,2023-06-30,2,1000\n",
    "guarantees": (
        "group_id,guarantee_id,period_end,guarantor_id,beneficiary_id,balance\nG1,g1,2023-06-30,P,L,600\n"
    ),
    "internal_transactions": (
        "group_id,transaction_id,from_id,to_id,traded_on,type,amount\nG1,t1,P,L,2023-03-14,loan,700\n"
    ),
    "counterparties": "counterparty_id,name,class\nC1,某行,joint_stock_bank\n",
    "customer_income": "entity_id,period_end,customer_id,amount\nL,2023-06-30,K1,12.5\nL,2023-06-30,K1,-2.5\n",
    "capital_links": (
        "investor_id,issuer_id,instrument,period_end,counted_by_investor\nP,L,equity,2023-06-30,300\n"
    ),
    "asset_transfers": (
        "transfer_id,from_id,to_id,period_end,value_at_transferee,value_at_transferor\n"
        "a1,P,L,2023-06-30,50,40\n"
    ),
    "assessments": "group_id,period_end,sarmra_score\nG1,2022-12-31,82.5\n",
    "ratings": "entity_id,period_end,integrated_risk_rating\nL,2023-06-30,BB\n",
    "industry_averages": (
        "kind,period_end,core_solvency_ratio_pct,comprehensive_solvency_ratio_pct\nlife,2023-06-30,120.1,190.2\n"
    ),
    "exchange_rates": "currency,on,rate,source\nHKD,2023-06-30,0.9220,PBOC central parity\n",
    "transitional_measures": (
        "entity_id,parameter,valid_from,value,valid_to,approval\nL,capital_limits.policy_surplus_to_core,2022-01-01,0.5,2024-12-31,批复1号\n"
    ),
    "stress_results": (
        "entity_id,report_date,scenario,horizon_end,actual_capital,core_capital,minimum_capital\n"
        "L,2023-12-31,base,2024-12-31,720,620,310\nL,2023-12-31,mandatory_2,2024-12-31,600,500,300\n"
    ),
    "stress_drivers": "entity_id,period_end,equity_assets,modified_duration\nL,2023-12-31,200,6.5\n",
    "stress_sign_offs": (
        "group_id,entity_id,report_date,board_on,reviewer,opinion\n"
        "G1,,2023-12-31,2024-05-20,审核机构,无保留\n,L,2023-12-31,2024-04-20,审核机构,无保留\n"
    ),
    "shareholders": (
        "group_id,period_end,shareholder,share_class,shares,stake,share_status,encumbered_shares\n"
        "G1,2023-06-30,甲投资,state,700,0.7,pledged,100\nG1,2023-06-30,乙投资,foreign,300,0.3,normal,\n"
    ),
    "penalties": (
        "group_id,decision,subject,decided_on,authority,penalty,ground,amount,entity_id\n"
        "G1,罚字1号,寿险,2023-03-02,监管局,罚款,报表不实,50,L\n"
    ),
    "member_accounts": "group_id,entity_id,period_end,received_on,audited_by\nG1,P,2023-06-30,2023-08-20,\n",
    "exposures": (
        "entity_id,period_end,counterparty_id,asset_class,sector_scheme,sector,carrying_amount\n"
        "L,2023-06-30,C1,deposit,SWS,银行,25\n"
    ),
}
"""Each table as CSV."""


def faults(filing_set: FilingSet) -> list[Finding]:
    """Errors and warnings, without mere remarks."""
    return [finding for finding in filing_set.findings if finding.severity is not Severity.INFO]


GUARANTEES = SOUND["guarantees"]
"""The table that tests of files spoil."""


def beside_good(folder: Path) -> Path:
    """A folder with one good table, of one row, beside which a test puts a bad file."""
    return write_set(folder, {"group_capital": SOUND["group_capital"]})


def only_finding(filing_set: FilingSet) -> Finding:
    """The one thing found, the good table being whole; it can be said in both languages."""
    assert len(filing_set.tables["group_capital"]) == 1
    (finding,) = filing_set.findings
    for language in ("zh", "en"):
        assert finding.message(language) and "{" not in finding.message(language)
    return finding
