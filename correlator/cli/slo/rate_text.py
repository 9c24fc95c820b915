"""Burn rates as text."""


def rate_text(burn_rate: float) -> str:
    """Three digits that matter, and no exponent: of an outage it is 1,000.

    >>> [rate_text(each) for each in (0.0, 1.0849, 14.4, 999.6, 1000.0)]
    ['0', '1.08', '14.4', '1,000', '1,000']
    """
    return f"{burn_rate:,.0f}" if burn_rate >= 100 else f"{burn_rate:.3g}"
