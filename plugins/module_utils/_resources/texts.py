# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a text is the one that its author wrote, and whether it can be what the option needs.

For what a task sets, never for what the API returned: an existing object may have any text.
"""

from __future__ import annotations

import re
from typing import Any

from .._common.errors import InvalidOptionsError

# Controls, characters without width or that change the direction of text, and line separators.
HIDDEN_CATEGORIES = frozenset(("Cc", "Cf", "Zl", "Zp"))
# What looks like nothing or like a space, although Unicode calls it a letter, a mark or a symbol.
BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0").union(
    map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)
# Half of a character, which no file and no request can have.
SURROGATE = "Cs"
CONTROL_NAMES = {"\n": "line feed", "\r": "carriage return", "\t": "tab"}
TRAILING = "trailing whitespace"
LINE_BREAK = (
    " The line break may come from echo before ansible-vault encrypt_string, from a block scalar or from a file: use"
    " printf '%s', or the filter trim."
)
# What programs show instead of a secret. Only what can be nothing else: an unusual password is one.
PLACEHOLDER = re.compile(
    r"[*\u2022\u25cf]{3,}|\((?:changed|removed)\)|\$encrypted\$|VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    r"|\((?:sensitive|sensitive value|hidden|masked|redacted)\)"
    r"|[<\[](?:sensitive|hidden|masked|redacted|filtered)[>\]]",
    re.IGNORECASE,
)
MASKED_PART = re.compile(r"[*\u2022\u25cf]{3}")


def require_string(value: Any, name: str, secret: bool = False) -> str:
    """Return `value`, or raise InvalidOptionsError if it is not a string, with what turned it into that."""
    if isinstance(value, str):
        return value
    if value is None:
        raise InvalidOptionsError(f"{name} must be a quoted string, not null.")
    kind, cause, example = _not_a_string(value)
    shown = f"a {kind}" if secret else f"the {kind} {value!r:.60}"
    option = re.split(r"[. ]", name)[-1]
    if "phone_number" in option and kind == "number":
        example = "+15551234567"
    raise InvalidOptionsError(
        f"{name} must be a quoted string, not {shown}. Write it in quotes in the file that"
        f' defines it, such as {option}: "{example}": {cause} If it is in quotes there, and a template turns it into a'
        f" {kind}, add the filter string to the template; what is lost before does not come back."
    )


def _not_a_string(value: Any) -> tuple[str, str, str]:
    """Return what a value is, what makes such a value of a text, and a text that needs quotes because of it."""
    if isinstance(value, bool):
        return "boolean", "YAML reads yes, no, on, off, true and false without quotes as booleans.", "NO"
    if isinstance(value, (int, float)):
        cause = (
            "YAML and INI inventories read digits without quotes as a number and drop a plus sign, and YAML reads"
            " 0155501 as 56129 and 12:30 as 750. On the line of a host in an INI inventory, the quotes need quotes of"
            " their own, such as phone='\"+15551234567\"'."
        )
        return "number", cause, "0155501"
    kind = "mapping" if isinstance(value, dict) else "list" if isinstance(value, (list, tuple)) else "value"
    return kind, "YAML reads text in brackets or braces as a list or a mapping.", "[text]"


def check_visible(text: str, name: str, *, secret: bool = False, advice: str = "") -> None:
    """Raise InvalidOptionsError if an identifier, an address or a secret has characters that cannot be seen.

    Args:
        secret: spaces of any kind and unusual symbols are allowed within it.
        advice: a further sentence for the message.
    """
    hidden = _first_hidden(text, secret)
    if hidden is None:
        return
    position, what = hidden
    char = text[position]
    end = LINE_BREAK if what == TRAILING and char in "\r\n" else ""
    raise InvalidOptionsError(
        f"{name} has {what} at position {position + 1}: {_describe_character(char)}. Remove it.{end}{advice}"
    )


def is_plain(text: str) -> bool:
    """Return whether a text has nothing but visible ASCII characters and spaces between them, as most have."""
    return bool(text) and text.isascii() and text.isprintable() and text == text.strip()


def is_hidden(char: str) -> bool:
    """Whether a character other than a space shows as nothing."""
    from unicodedata import category

    return char in BLANKS or category(char) in HIDDEN_CATEGORIES


def is_padding(char: str) -> bool:
    """Whether a character at the end of a text is no part of it."""
    from unicodedata import category

    # A mark changes how the character before it shows, such as an emoji.
    return char.isspace() or (is_hidden(char) and category(char) != "Mn")


def is_visible(text: str) -> bool:
    """Whether a text is one that `check_visible` takes."""
    return _first_hidden(text, secret=False) is None


def _first_hidden(text: str, secret: bool) -> tuple[int, str] | None:
    """Return the position of the first character that cannot be seen, and what it is, if there is one."""
    if not text or is_plain(text):
        return None
    from unicodedata import category  # few texts need it

    if text[:1].isspace():
        return 0, "leading whitespace"
    end = len(text.rstrip())
    for position, char in enumerate(text):
        if position == end:
            return position, TRAILING
        kind = category(char)
        blank = char in BLANKS or (kind == "Zs" and char != " ")
        if kind in HIDDEN_CATEGORIES or kind == SURROGATE or (blank and not secret):
            return position, "a character that cannot be seen"
    return None


def _describe_character(char: str) -> str:
    from unicodedata import category, name  # only for messages

    unnamed = "surrogate" if category(char) == SURROGATE else "control character"
    return f"U+{ord(char):04X} ({CONTROL_NAMES.get(char) or name(char, unnamed)})"


def check_secret(text: str, name: str) -> None:
    """Raise InvalidOptionsError if a secret is only what some program shows in its place."""
    if PLACEHOLDER.fullmatch(text):
        raise InvalidOptionsError(
            f"{name} is a placeholder that results, diffs and exports show instead of a secret. Set the secret itself,"
            " or omit the option to keep the stored one."
        )


def is_shown_mask(text: Any, returned: Any) -> bool:
    """Whether a secret is only the mask that the API returned instead of the stored one."""
    return bool(text) and text == returned and bool(MASKED_PART.search(text) or PLACEHOLDER.fullmatch(text))
