"""Slips of the pen: how one figure may have become another, where it fits to the last digit that was filed."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

from consolidation.money import EXACT, less

_POWERS = (1, 2, 3, 4)
COMMA_CUT, SWAPPED, SIGN = "comma_cut", "digits_swapped", "sign_lost"


def slip_between(filed: Decimal, fitting: Decimal, tolerance: Decimal) -> str | None:
    """What makes the fitting figure of the filed one, None where no slip fits exactly.

    ``times_10`` … ``times_10000``, ``divided_by_10`` …: the filed one multiplied so is the fitting one. ``comma_cut``: the filed one
    is the fitting one cut off at a thousands separator, on either side. ``digits_swapped``: two digits beside each other.
    ``sign_lost``: the same with the other sign.

    :param tolerance: by how much the fitting figure may be off itself, being a sum of rounded ones.
    """
    if not filed or not fitting:
        return None
    if abs(less(filed, EXACT.minus(fitting))) <= tolerance < abs(filed):
        return SIGN
    for power in _POWERS:
        if _is_scaled(filed, fitting, power, tolerance):
            return f"times_{10**power}"
        if _is_scaled(filed, fitting, -power, tolerance):
            return f"divided_by_{10**power}"
    if _is_cut(filed, fitting):
        return COMMA_CUT
    return SWAPPED if _is_swapped(filed, fitting) else None


def slip_in_signs(slip: str | None) -> tuple[str, str]:
    """How a slip is told: the ending of the sentence's code, and the factor in signs (× 10), empty where it is none."""
    if slip is None:
        return "", ""
    for begins, sign in (("times_", "×"), ("divided_by_", "÷")):
        if slip.startswith(begins):
            return "-scaled", f"{sign} {int(slip.removeprefix(begins)):,}"
    return "-" + slip.replace("_", "-"), ""


def _places(value: Decimal) -> int:
    """Decimals that were written."""
    exponent = value.normalize(EXACT).as_tuple().exponent
    assert isinstance(exponent, int)
    return max(0, -exponent)


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN, context=EXACT)


def _is_scaled(filed: Decimal, fitting: Decimal, power: int, tolerance: Decimal) -> bool:
    exactly = EXACT.scaleb(filed, power)
    if abs(less(exactly, fitting)) <= min(tolerance, abs(fitting) / 100):
        return True
    # Written in the larger unit it was rounded: 12.35 for 123,456.78 in units of ten thousand.
    back = EXACT.scaleb(fitting, -power)
    return power > 0 and abs(filed) >= 1 and _places(filed) > 0 and _rounded(back, _places(filed)) == filed


def _is_cut(filed: Decimal, fitting: Decimal) -> bool:
    """Whether the filed digits are the fitting ones before, or after, one of their thousands separators."""
    if (filed < 0) != (fitting < 0):
        return False
    left, right = abs(filed), abs(fitting)
    whole = right.quantize(Decimal(1), rounding=ROUND_DOWN, context=EXACT)
    groups = f"{whole:,f}".split(",")
    fraction = less(right, whole)
    for at in range(1, len(groups)):
        head, tail = Decimal("".join(groups[:at])), Decimal("".join(groups[at:]))
        if left == head or left in (tail, EXACT.add(tail, fraction)):
            return True
    return False


def _is_swapped(filed: Decimal, fitting: Decimal) -> bool:
    """Whether the filed digits with two neighbours swapped are the fitting figure, to one in the last place filed."""
    if (filed < 0) != (fitting < 0):
        return False
    text = f"{abs(filed).normalize(EXACT):f}"
    near = Decimal(1).scaleb(-_places(filed))
    for at in range(len(text) - 1):
        pair = text[at : at + 2]
        if "." in pair or pair[0] == pair[1]:
            continue
        swapped = Decimal(f"{text[:at]}{pair[1]}{pair[0]}{text[at + 2 :]}")
        if abs(less(swapped, abs(fitting))) <= near < abs(less(swapped, abs(filed))):
            return True
    return False
