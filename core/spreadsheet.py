"""Tables as CSV whose texts a spreadsheet shows as they are, in place of computing them."""

import pandas as pd

_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # as wide characters, too
_CONTROL = ("\t", "\r", "\n")
_UNSEEN = "\t\r\n \xa0\ufeff"  # some programs skip these at the start of a field


def to_csv(table: pd.DataFrame) -> str:
    """A table as CSV; each text in it is `neutral`, numbers and headings stay."""
    texts = table.select_dtypes(exclude="number").columns
    safe = {name: table[name].map(lambda value: neutral(value) if isinstance(value, str) else value) for name in texts}
    return str(table.assign(**safe).to_csv(index=False, lineterminator="\n"))


def neutral(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would take it for a formula.

    Args:
        text: What somebody has typed, or the name of a file.

    Source:
        OWASP, CSV injection, https://owasp.org/www-community/attacks/CSV_Injection
    """
    formula = text.startswith(_CONTROL) or text.lstrip(_UNSEEN).startswith(_FORMULA)
    return f"'{text}" if formula else text
