"""Who issued a position and who owes it (Rule 19 A28), and its sector (A31), as codes into short lists of ids."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from consolidation.positions.exact_sums import Numbers
from consolidation.positions.readers.chunks import Chunk, EncodedColumn


class Parties(NamedTuple):
    """By row two numbers into ``names``, their number where there is none: who issued the position, and who owes it (A28).

    The first is the financing body, the product's issuer where that is not known; the second the same, or the guarantor
    once the debtor has defaulted: on the rows ``guaranteed``.
    """

    names: pl.Series
    issuer: Numbers
    party: Numbers
    guaranteed: Numbers


def parties_of(chunk: Chunk) -> Parties:
    """The parties of a chunk, each id once for every list that it stands in."""
    body, guarantor, issuer = (chunk.encoded[f"{who}_id"] for who in ("counterparty", "guarantor", "issuer"))
    without_body = np.flatnonzero(~body.filled)
    guaranteed = np.flatnonzero(chunk.in_default & guarantor.filled)
    issuers, issuer_codes = _used(issuer, without_body)
    guarantors, guarantor_codes = _used(guarantor, guaranteed)
    names = pl.concat([body.values, issuers, guarantors])
    numbers = issuer_codes + np.int32(len(body.values))
    numbers[issuer_codes == len(issuers)] = len(names)
    issued_by = body.codes.copy()
    issued_by[without_body] = numbers
    owed_by = issued_by.copy()
    owed_by[guaranteed] = guarantor_codes + np.int32(len(body.values) + len(issuers))
    return Parties(names, issued_by, owed_by, guaranteed)


def _used(column: EncodedColumn, rows: Numbers) -> tuple[pl.Series, Numbers]:
    """The values that a column has on some rows, and by row the number of its own."""
    few = column.codes[rows]
    used = np.zeros(len(column.values) + 1, np.bool_)
    used[few] = True
    used[-1] = False
    numbers = np.cumsum(used, dtype=np.int32) - np.int32(1)
    numbers[-1] = numbers[-1] + 1
    return column.values.gather(np.flatnonzero(used)), numbers[few]


def sectors_of(chunk: Chunk) -> EncodedColumn:
    """``scheme/sector``, the two schemes apart (A31); empty where no sector is given."""
    schemes, sectors = chunk.encoded["sector_scheme"], chunk.encoded["sector"]
    values = [f"{scheme}/{sector}" for scheme in (*schemes.values, "") for sector in sectors.values]
    by_scheme = np.arange(len(schemes.values) + 1, dtype=np.int32) * np.int32(len(sectors.values))
    codes = by_scheme[schemes.codes] + sectors.codes
    codes[~sectors.filled] = len(values)
    return EncodedColumn(pl.Series(values, dtype=pl.String), codes)
