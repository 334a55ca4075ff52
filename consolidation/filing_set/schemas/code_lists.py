"""The closed lists of words that columns of more than one table or module know."""

ENTITY_KINDS = (
    "holding", "life", "property", "reinsurance", "asset_manager", "bank", "securities", "futures",
    "trust", "other",
)  # fmt: skip
RATINGS = ("AAA", "AA", "A", "BBB", "BB", "B", "C", "D")
ASSET_CLASSES = (
    "deposit", "government_bond", "financial_bond", "corporate_bond", "equity", "fund",
    "asset_management_product", "loan", "derivative", "investment_property", "reinsurance",
    "receivable", "other",
)  # fmt: skip
COUNTERPARTY_CLASSES = (
    "government", "policy_bank", "government_supported", "state_owned_bank", "joint_stock_bank",
    "exchange", "group_product", "other",
)  # fmt: skip
TIERS = ("core_tier1", "core_tier2", "supplementary_tier1", "supplementary_tier2")
ENDS = ("renamed", "merged", "dissolved", "licence_revoked")
"""How a company, or its name, ends."""
