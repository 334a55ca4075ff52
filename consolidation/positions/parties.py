"""Who issued a position and who owes it (Rule 19 A28), and its sector (A31), as codes into short lists of ids."""

from __future__ import annotations

import polars as pl

from consolidation.positions.readers.chunks import Chunk, EncodedColumn


def parties_of(chunk: Chunk) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Ids, and by row two numbers into them: who issued the position, and who owes it (A28).

    The first is the financing body, the product's issuer where that is not known; the second the same, or the guarantor
    once the debtor has defaulted.
    """
    body, guarantor, issuer = (chunk.encoded[f"{who}_id"] for who in ("counterparty", "guarantor", "issuer"))
    names = body.values
    names, issued_by = _overlaid(names, body.codes, issuer, body.codes.is_null())
    guaranteed = chunk.in_default & guarantor.codes.is_not_null()
    names, owed_by = _overlaid(names, issued_by, guarantor, guaranteed)
    return names, issued_by, owed_by


def _overlaid(
    names: pl.Series, codes: pl.Series, column: EncodedColumn, where: pl.Series
) -> tuple[pl.Series, pl.Series]:
    """Numbers into ``names`` with those of another column in their place on some rows, and the names with its own added."""
    rows = where.arg_true()
    few = column.codes.gather(rows)
    used = few.drop_nulls().unique()
    start = len(names)
    numbers = pl.zeros(len(column.values), dtype=pl.UInt32, eager=True).scatter(
        used, pl.int_range(start, start + len(used), dtype=pl.UInt32, eager=True)
    )
    return (
        pl.concat([names, column.values.gather(used)]),
        codes.clone().scatter(rows, numbers.gather(few)),
    )


def sectors_of(chunk: Chunk) -> EncodedColumn:
    """``scheme/sector``, the two schemes apart (A31); null where no sector is given."""
    schemes, sectors = chunk.encoded["sector_scheme"], chunk.encoded["sector"]
    names = [f"{scheme}/{sector}" for scheme in ("", *schemes.values) for sector in sectors.values]
    numbers = (schemes.codes + 1).fill_null(0) * len(sectors.values) + sectors.codes
    return EncodedColumn(pl.Series(names, dtype=pl.String), numbers)
