# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start the event source, and say clearly why it ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._common.errors import BlackboxError
from .._common.redaction import Redactor
from .._transport.http import IMPORT_ERROR
from .arguments import read_arguments
from .source import PhoneNumberSource, Queue, explain


async def start(queue: Queue, args: Mapping[str, Any], environ: Mapping[str, str]) -> None:
    """Emit events until the task is cancelled.

    Raises:
        RuntimeError: the source cannot go on; the text is for the log of the rulebook, and free of secrets.
    """
    if IMPORT_ERROR:
        raise RuntimeError(
            "dasha.blackbox.phone_numbers needs the Python library requests in the environment of ansible-rulebook."
        )
    redactor = Redactor()
    try:
        arguments = read_arguments(args, environ)
        if arguments.connection["api_key"]:
            redactor.add(arguments.connection["api_key"])
        await PhoneNumberSource(arguments).run(queue)
    except BlackboxError as error:
        # Without the original one, whose traceback could show what the text does not.
        raise RuntimeError(f"dasha.blackbox.phone_numbers: {redactor.redact(explain(error))}") from None
