"""Hundreds of tables changed as filers change them: nothing raises, nothing wrong is read without a word."""

import random
from collections import Counter
from decimal import Decimal
from pathlib import Path

from consolidation.filing_set import ValidationStatus, read_filing_set, verdict
from consolidation.findings import Severity
from consolidation.reconciliation.consistency import consistency_of, with_findings
from consolidation.rulebook import Rulebook
from tests.consolidation.filing_set.mutated_tables import mutated, write

COUNT = 200
SEED = 13
RATE_STEP = Decimal("1e-9")


def test_no_mutated_table_raises_or_gives_a_wrong_figure_in_silence(tmp_path: Path) -> None:
    chance, rulebook = random.Random(SEED), Rulebook.load()
    became: Counter[str] = Counter()
    for number in range(COUNT):
        sheet = mutated(chance)
        write(sheet, tmp_path)
        filing_set = read_filing_set(str(tmp_path))
        if sheet.contradictory:  # what only the figures among themselves show
            filing_set = with_findings(filing_set, consistency_of(filing_set, rulebook).findings)
        told = f"{number} {sheet.done}: {[f.message() for f in filing_set.findings]}"
        for finding in filing_set.findings:
            for language in ("zh", "en"):
                assert "{" not in finding.message(language), told
            if finding.severity is Severity.ERROR:
                assert finding.file and (finding.row or finding.column or finding.value), told
        is_valid = verdict(filing_set).word is ValidationStatus.VALID
        warned = any(
            f.severity is Severity.WARNING and f.code != "column-not-given" for f in filing_set.findings
        )
        became["refused" if not is_valid else "read with a warning" if warned else "read"] += 1
        assert is_valid or sheet.contradictory, told
        assert not sheet.contradictory or not is_valid or warned, told
        filed = filing_set.tables["solo_filings"]
        rows = {(row["entity_id"], row["period_end"].isoformat()): row for row in filed.iter_rows(named=True)}
        for (entity, day, column), true in sheet.true.items():
            row = rows.get((entity, day))
            assert row is not None or not is_valid, told
            if row is not None and row[column] is not None:
                assert true is not None and abs(row[column] - true) < RATE_STEP, (column, told)
            elif is_valid and row is not None:
                assert true is None or sheet.contradictory, (column, told)
        assert rows.keys() <= {(entity, day) for entity, day, _ in sheet.true}, told
    print(f"{COUNT} mutated tables: {dict(became)}")
    assert sum(became.values()) == COUNT and min(became.values()) > COUNT // 40
