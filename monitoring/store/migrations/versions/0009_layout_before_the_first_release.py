"""The layout of a store before the first release, and the way in for stores of its earlier layouts.

It is written down once more, as it was, because a step never changes with the program. Layouts up to 0008 had the same
tables or fewer, and fewer columns that may be empty: what they lack is added.
"""

from typing import Any

import sqlalchemy as sa
from alembic import context, op

from monitoring.store.layout import exact_columns

revision = "0009"
down_revision = None

_FILED = (
    "input_set_id int key of input_set.id, position int key, is_current bool filled, "
    "recorded_at moment filled, source_file long, source_row big"
)
_COMPUTED = "run_id int key of run.id, position int key"
TABLES = {
    "account": (
        "id int key, name text filled unique, display_name text filled, role text filled, groups long"
        ", identity text unique, password_hash long, must_change_password bool filled"
        ", password_expires_at moment, language text filled, unit text filled, is_open bool filled"
        ", created_at moment filled, created_by text filled"
    ),
    "apscheduler_jobs": ("id text key, next_run_time float, job_state bytes filled"),
    "audit_entry": (
        "id number key, at moment filled, who text filled, role text filled, action text filled"
        ", subject long filled, group_id text, detail long filled"
    ),
    "failed_sign_in": ("name text key, failures int filled, failed_at moment filled"),
    "flag": (
        "period_end date filled, since date filled, unit text, figure rate, limit_amount rate, value text"
        ", distance_wan_yuan money, distance_points rate, figure_basis text, filing_basis text, source text"
        ", met bool filled, severity int, covered_by text, measures_required long, measures_allowed long"
        ", id int key, subject_kind text filled, subject_id text filled, code text filled, item text filled"
        ", party text filled, state text filled, raised_at moment filled, changed_at moment filled"
        ", acknowledged_by text, closed_by text, note long, answered_gravity rate"
    ),
    "input_set": ("id int key, data_hash text filled, layout text filled, recorded_at moment filled"),
    "lease": (
        "name text key, holder text, token big filled, beat big filled, held_since moment, expires_at moment"
    ),
    "message": (
        "id int key, key text filled unique, person text filled, channel text filled, subject long filled"
        ", body long filled, status text filled, attempts int filled, lost int filled, sender text"
        ", next_attempt_at moment filled, created_at moment filled, sent_at moment, problem long"
    ),
    "obligation": (
        "id int key, obligation text filled, party_id text filled, party_name text filled, who text filled"
        ", period_end date filled, occurrence int filled, occasion text, cause text unique, amount money"
        ", note long, article text filled, due_on date filled, working_day date filled"
        ", provisional bool filled, last_day date filled, state text filled, remind_on date"
        ", submitted_on date, receipt long, reason long, version int filled, changed_at moment filled"
    ),
    "obligation_roll": (
        "id int key, fingerprint long filled, tracked_from date filled, rolled_until date filled"
        ", rolled_at moment filled, settings long"
    ),
    "scheduled_job": (
        "name text key, started_at moment, succeeded_at moment, failed_at moment, failures int filled"
        ", problem long, cursor big"
    ),
    "watched_set": (
        "place long key, fingerprint text filled, tried_at moment filled, status text filled, problem long"
    ),
    "alert": (
        "id int key, key text filled unique, topic text filled, party_id text filled"
        ", obligation_id int of obligation.id, escalated bool filled, urgent bool filled, words text filled"
        ", places long filled, created_at moment filled, useful_until date, copied_at moment"
    ),
    "assessment": (
        _FILED + ", group_id text filled, entity_id text filled, period_end date filled, sarmra_score rate"
        ", capped bool"
    ),
    "calendar_feed": (
        "token_hash text key, account_id int filled of account.id, created_at moment filled, ended_at moment"
    ),
    "entity": (
        _FILED + ", entity_id text filled, name text, kind text, jurisdiction text, equivalent_regime bool"
    ),
    "group_filing": (
        _FILED + ", group_id text filled, period_end date filled, basis text filled, actual_capital money"
        ", core_tier1_capital money, core_tier2_capital money, supplementary_tier1_capital money"
        ", supplementary_tier2_capital money, minimum_capital money, quantifiable_risk_minimum_capital money"
        ", control_risk_minimum_capital money, core_surplus money, comprehensive_surplus money"
        ", core_solvency_ratio rate, comprehensive_solvency_ratio rate"
    ),
    "group_filing_line": (
        _FILED
        + ", group_id text filled, period_end date filled, basis text filled, line text filled, amount money"
    ),
    "group_financial": (
        _FILED
        + ", group_id text filled, period_end date filled, total_assets money, net_assets money, income money"
    ),
    "industry_average": (
        _FILED + ", kind text filled, period_end date filled, core_solvency_ratio_pct rate"
        ", comprehensive_solvency_ratio_pct rate"
    ),
    "insurance_group": (
        _FILED
        + ", group_id text filled, name text, name_en text, type text, parent_id text, member_requirement text"
        ", controls_bank bool"
    ),
    "obligation_history": (
        "id int key, obligation_id int filled of obligation.id, at moment filled, who text filled"
        ", what text filled, state text filled, detail long"
    ),
    "ownership_stake": (
        _FILED + ", owner_id text filled, entity_id text filled, valid_from date, stake rate, relation text"
        ", valid_to date, bears_shortfall bool"
    ),
    "rating": (
        _FILED
        + ", group_id text filled, entity_id text filled, period_end date filled, integrated_risk_rating text"
    ),
    "run": (
        "id int key, started_at moment filled, recorded_at moment filled, who text filled"
        ", source text filled, status text filled, input_set_id int filled of input_set.id"
        ", rulebook_hash text filled, rulebook_overlay long, engine_version text filled"
        ", arguments long filled, effective_at moment, effective_order int unique, withdrawn_at moment"
        ", approved_by text, approved_at moment, rejected_by text, rejected_at moment, reason long"
        ", statements int filled, filings int filled, errors int filled, warnings int filled"
    ),
    "sector_filing": (
        _FILED
        + ", entity_id text filled, period_end date filled, measure text, amount money, required_ratio rate"
        ", actual_capital money, adequacy_ratio rate, adequacy_requirement rate"
    ),
    "sign_in_session": (
        "token_hash text key, account_id int filled of account.id, started_at moment filled"
        ", seen_at moment filled, ended_at moment"
    ),
    "solo_filing": (
        _FILED
        + ", entity_id text filled, period_end date filled, basis text filled, kind text, admitted_assets money"
        ", admitted_liabilities money, actual_capital money, core_tier1_capital money"
        ", core_tier2_capital money, supplementary_tier1_capital money, supplementary_tier2_capital money"
        ", minimum_capital money, quantifiable_risk_minimum_capital money"
        ", life_insurance_risk_minimum_capital money, non_life_insurance_risk_minimum_capital money"
        ", market_risk_minimum_capital money, credit_risk_minimum_capital money, diversification_effect money"
        ", loss_absorption_effect money, control_risk_minimum_capital money, add_on_capital money"
        ", core_surplus money, comprehensive_surplus money, core_solvency_ratio rate"
        ", comprehensive_solvency_ratio rate, integrated_risk_rating text, total_assets money, rules text"
        ", audited_on date"
    ),
    "alert_copy": (
        "alert_id int key of alert.id, person text key, channel text key, message_id int of message.id"
        ", dropped text"
    ),
    "concentration": (
        _COMPUTED
        + ", group_id text filled, period_end date filled, test text filled, party text filled, exposure money"
        ", limit_amount money, charge money, party_name text"
    ),
    "contribution": (
        _COMPUTED + ", group_id text filled, period_end date filled, line text filled, entity_id text filled"
        ", relation text, share rate, own_amount money, amount money, basis text, table_name text"
        ", file_name long, row_number big, column_name text, article text"
    ),
    "elimination": (
        _COMPUTED
        + ", group_id text filled, period_end date filled, kind text filled, from_id text, to_id text"
        ", tier text, amount money, article text, table_name text, file_name long, row_number big"
    ),
    "finding": (
        _COMPUTED + ", severity text filled, code text filled, group_id text, entity_id text, period_end date"
        ", table_name text, file_name long, row_number big, column_name text, value long, expected long"
        ", article text, message long filled, message_zh long filled"
    ),
    "flag_event": (
        "period_end date filled, since date filled, unit text, figure rate, limit_amount rate, value text"
        ", distance_wan_yuan money, distance_points rate, figure_basis text, filing_basis text, source text"
        ", met bool filled, severity int, covered_by text, measures_required long, measures_allowed long"
        ", id int key, flag_id int filled of flag.id, at moment filled, what text filled, state text filled"
        ", who text, note long, run_id int of run.id"
    ),
    "group_member": (
        _COMPUTED
        + ", group_id text filled, period_end date filled, entity_id text filled, relation text, share rate"
        ", kind text, jurisdiction text, equivalent_regime bool, table_name text, file_name long"
        ", row_number big"
    ),
    "input_file": (
        _COMPUTED + ", path long filled, table_name text filled, sha256 text filled, size big, rows big"
    ),
    "recomputation": (
        _COMPUTED
        + ", is_current bool filled, entity_id text filled, period_end date filled, basis text filled"
        ", item text filled, filed float, recomputed float, difference float, within_tolerance bool"
        ", article text"
    ),
    "reconciliation": (
        _COMPUTED
        + ", group_id text filled, period_end date filled, line text filled, computed money, published money"
        ", difference money"
    ),
    "statement": (
        _COMPUTED
        + ", is_current bool filled, group_id text filled, period_end date filled, group_type text, name text"
        ", explanation long"
    ),
    "statement_line": (
        _COMPUTED
        + ", group_id text filled, period_end date filled, line text filled, amount money, unit text"
        ", status text filled, article text"
    ),
    "waterfall_step": (
        _COMPUTED
        + ", group_id text filled, period_end date filled, step int filled, item text filled, entity_id text"
        ", amount money, unit text"
    ),
}
"""Table → its columns: name, type, then what holds: part of the key, filled, unique, a reference *of* another table."""

INDEXES = (
    ("ix_apscheduler_jobs_next_run_time", "apscheduler_jobs", "next_run_time", False, None),
    ("ix_audit_entry_at", "audit_entry", "at", False, None),
    ("ix_audit_entry_group", "audit_entry", "group_id at", False, None),
    ("ix_flag_state", "flag", "state severity", False, None),
    ("uq_flag_identity", "flag", "subject_kind subject_id code item party", True, None),
    ("uq_input_set_data_hash", "input_set", "data_hash layout", True, None),
    ("ix_message_status", "message", "status next_attempt_at", False, None),
    ("ix_obligation_party_id_last_day", "obligation", "party_id last_day", False, None),
    ("ix_obligation_remind_on", "obligation", "remind_on", False, None),
    ("ix_obligation_state_last_day", "obligation", "state last_day", False, None),
    ("uq_obligation_of_party", "obligation", "obligation party_id period_end occurrence", True, None),
    ("ix_alert_not_copied", "alert", "id", False, "copied_at IS NULL"),
    ("ix_alert_obligation_id", "alert", "obligation_id", False, None),
    ("ix_assessment_current", "assessment", "group_id entity_id period_end", False, "is_current"),
    ("ix_assessment_scope", "assessment", "group_id entity_id period_end input_set_id", True, None),
    ("ix_calendar_feed_account_id", "calendar_feed", "account_id", False, None),
    ("ix_entity_current", "entity", "entity_id", False, "is_current"),
    ("ix_entity_scope", "entity", "entity_id input_set_id", True, None),
    ("ix_group_filing_current", "group_filing", "group_id period_end basis", False, "is_current"),
    ("ix_group_filing_scope", "group_filing", "group_id period_end basis input_set_id", True, None),
    (
        "ix_group_filing_line_current",
        "group_filing_line",
        "group_id period_end basis line",
        False,
        "is_current",
    ),
    (
        "ix_group_filing_line_scope",
        "group_filing_line",
        "group_id period_end basis line input_set_id",
        True,
        None,
    ),
    ("ix_group_financial_current", "group_financial", "group_id period_end", False, "is_current"),
    ("ix_group_financial_scope", "group_financial", "group_id period_end input_set_id", True, None),
    ("ix_industry_average_current", "industry_average", "kind period_end", False, "is_current"),
    ("ix_industry_average_scope", "industry_average", "kind period_end input_set_id", True, None),
    ("ix_insurance_group_current", "insurance_group", "group_id", False, "is_current"),
    ("ix_insurance_group_scope", "insurance_group", "group_id input_set_id", True, None),
    ("ix_obligation_history_obligation_id", "obligation_history", "obligation_id", False, None),
    ("ix_ownership_stake_current", "ownership_stake", "entity_id", False, "is_current"),
    ("ix_ownership_stake_scope", "ownership_stake", "entity_id input_set_id", False, None),
    ("ix_rating_current", "rating", "group_id entity_id period_end", False, "is_current"),
    ("ix_rating_scope", "rating", "group_id entity_id period_end input_set_id", True, None),
    ("ix_run_input_set_id", "run", "input_set_id", False, None),
    ("ix_run_recorded_at", "run", "recorded_at", False, None),
    ("ix_sector_filing_current", "sector_filing", "entity_id period_end", False, "is_current"),
    ("ix_sector_filing_scope", "sector_filing", "entity_id period_end input_set_id", True, None),
    ("ix_sign_in_session_account_id", "sign_in_session", "account_id", False, None),
    ("ix_solo_filing_current", "solo_filing", "entity_id period_end basis", False, "is_current"),
    ("ix_solo_filing_scope", "solo_filing", "entity_id period_end basis input_set_id", True, None),
    ("ix_alert_copy_message_id", "alert_copy", "message_id", False, None),
    (
        "ix_alert_copy_waiting",
        "alert_copy",
        "person channel",
        False,
        "message_id IS NULL AND dropped IS NULL",
    ),
    ("ix_concentration_group", "concentration", "group_id period_end run_id", False, None),
    ("ix_contribution_group", "contribution", "group_id period_end run_id", False, None),
    ("ix_elimination_group", "elimination", "group_id period_end run_id", False, None),
    ("ix_finding_group", "finding", "group_id period_end run_id", False, None),
    ("ix_flag_event_flag_id", "flag_event", "flag_id id", False, None),
    ("ix_group_member_entity", "group_member", "entity_id period_end", False, None),
    ("ix_group_member_group", "group_member", "group_id period_end run_id", False, None),
    ("ix_recomputation_current", "recomputation", "entity_id period_end basis", False, "is_current"),
    ("ix_recomputation_scope", "recomputation", "entity_id period_end basis run_id", False, None),
    ("ix_reconciliation_group", "reconciliation", "group_id period_end run_id", False, None),
    ("ix_statement_current", "statement", "group_id period_end", False, "is_current"),
    ("ix_statement_scope", "statement", "group_id period_end run_id", True, None),
    ("ix_statement_line_group", "statement_line", "group_id period_end run_id", False, None),
    ("ix_statement_line_line", "statement_line", "line run_id", False, None),
    ("ix_waterfall_step_group", "waterfall_step", "group_id period_end run_id", False, None),
)
"""Name, table, columns, whether unique, for which rows."""

APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry "
        "BEGIN SELECT RAISE(ABORT, 'the audit log can only be added to'); END",
        "CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry "
        "BEGIN SELECT RAISE(ABORT, 'the audit log can only be added to'); END",
        # INSERT OR REPLACE removes the old row without a word to the trigger above.
        "CREATE TRIGGER audit_entry_no_replace BEFORE INSERT ON audit_entry "
        "WHEN EXISTS (SELECT 1 FROM audit_entry WHERE id = NEW.id) "
        "BEGIN SELECT RAISE(ABORT, 'the audit log can only be added to'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit log can only be added to'; END $$",
        "CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()",
    ),
}
"""By database: the statements after which the log can only be added to."""

_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "int": sa.Integer(),
    "big": sa.BigInteger(),
    "number": sa.BigInteger().with_variant(sa.Integer(), "sqlite"),  # counted up by both databases
    "float": sa.Float(),
    "bool": sa.Boolean(),
    "bytes": sa.LargeBinary(),
    "text": sa.String(),
    "long": sa.Text(),
    "date": sa.Date(),
    "moment": exact_columns.UtcDateTime(),
    "money": exact_columns.Exact(6),
    "rate": exact_columns.Exact(12),
}
_NAMES = {
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


def layout() -> sa.MetaData:
    """The tables and indexes of this layout."""
    tables = sa.MetaData(naming_convention=_NAMES)
    for name, columns in TABLES.items():
        sa.Table(name, tables, *(_column(*column.split()) for column in columns.split(", ")))
    for name, table, columns, unique, rows in INDEXES:
        where = sa.text(rows) if rows else None
        of = [tables.tables[table].c[column] for column in columns.split()]
        sa.Index(name, *of, unique=unique, sqlite_where=where, postgresql_where=where)
    return tables


def _column(name: str, kind: str, *holds: str) -> sa.Column[Any]:
    return sa.Column(
        name,
        _TYPES[kind],
        *([sa.ForeignKey(holds[-1])] if "of" in holds else []),
        primary_key="key" in holds,
        nullable="key" not in holds and "filled" not in holds,
        unique=True if "unique" in holds else None,
    )


def upgrade() -> None:
    connection = op.get_bind()
    if context.config.attributes.get("earlier_layout"):
        return _add_what_is_missing(connection)
    layout().create_all(connection, checkfirst=False)
    for statement in APPEND_ONLY[connection.dialect.name]:
        op.execute(statement)
    return None


def _add_what_is_missing(connection: sa.Connection) -> None:
    there = sa.inspect(connection)
    for table in layout().sorted_tables:
        if not there.has_table(table.name):
            table.create(connection)
            continue
        known = {column["name"] for column in there.get_columns(table.name)}
        for column in table.columns:
            if column.name not in known:
                op.add_column(table.name, sa.Column(column.name, column.type))
