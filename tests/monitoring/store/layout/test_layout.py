"""The layout of the store: what the steps build is what the tables say, and every step is known and shipped."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from consolidation.filing_set.schemas.tables import TABLES
from monitoring.store import migrations
from monitoring.store.layout import views
from monitoring.store.layout.exact_columns import polars_type
from monitoring.store.layout.filed_tables import FILED
from monitoring.store.layout.result_tables import RESULTS
from monitoring.store.store import RunRecord, Store, record_run
from tests.monitoring.store.records import H1, a_run, solo_filings


def test_the_steps_build_exactly_the_tables_of_the_models(store: Store) -> None:
    with store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), migrations.all_tables()) == []


def test_the_program_knows_the_same_steps_as_alembic_in_one_line() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations.FOLDER))
    config.set_main_option("path_separator", "os")
    steps = list(ScriptDirectory.from_config(config).walk_revisions())
    assert [step.revision for step in reversed(steps)] == migrations.revisions()
    assert all(Path(step.path).name.startswith(f"{step.revision}_") for step in steps)


@pytest.mark.parametrize("name", FILED)
def test_every_column_of_a_filed_table_has_its_place_in_the_store(name: str) -> None:
    stored = FILED[name].table.columns
    frame_types = TABLES[name].empty().schema
    assert set(frame_types) - set(stored.keys()) == set()
    for column, dtype in frame_types.items():
        kept = polars_type(stored[column].type)
        assert kept == dtype or (
            isinstance(kept, pl.Decimal) and isinstance(dtype, pl.Decimal) and kept.scale >= dtype.scale
        ), column


def test_every_table_of_results_has_a_field_in_the_record_of_a_run() -> None:
    assert set(RESULTS) < set(RunRecord.__dataclass_fields__)


def test_the_views_show_what_counts_in_plain_units_under_the_same_names(store: Store) -> None:
    record_run(
        store,
        a_run("a", filings=solo_filings(("甲", H1, 150), ("乙", H1, 250)), capital={("集团", H1): "1.5"}),
    )
    record_run(store, a_run("b", filings=solo_filings(("甲", H1, 170)), capital={("集团", H1): "2.5"}))
    with store.reading() as connection:
        ratio = connection.exec_driver_sql(
            "SELECT sum(actual_capital) / sum(minimum_capital) FROM current_solo_filing"
        ).scalar_one()
        line = connection.exec_driver_sql(
            "SELECT amount FROM current_statement_line WHERE line = 'actual_capital'"
        ).scalar_one()
        shown = set(inspect(connection).get_view_names())
    assert float(ratio) == 2.1
    assert float(line) == 2.5
    kept = (*(scoped.table for scoped in FILED.values()), *RESULTS.values())
    assert {f"{views.PREFIX}{table.name}" for table in kept} == shown
