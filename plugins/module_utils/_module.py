# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run an operation as an Ansible module: the only place that knows `AnsibleModule`."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from . import _module_startup
from ._common.redaction import Redactor
from ._running.connection import with_environment
from ._running.operation import NOTICES_FROM, OperationSpec, execute, public_options, secrets
from ._running.options import drop_nulls, invalid_options
from ._transport.http import IMPORT_ERROR

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._transport.notices import Notice


class BlackboxModule(AnsibleModule):
    """An `AnsibleModule` that takes a null for an omitted option, and connection options from the environment."""

    params: dict[str, Any]
    invalid: dict[str, str]

    def _load_params(self) -> None:
        super()._load_params()
        # Before validation: Ansible rejects null for numbers and booleans, and makes "" of it for strings in lists.
        given = with_environment(drop_nulls(self.params), os.environ)
        self.invalid = invalid_options(self.argument_spec, given)
        self.params = {name: value for name, value in given.items() if name not in self.invalid}

    def fail_json(self, msg: str, **kwargs: Any) -> None:
        # Ansible itself calls it for options that do not fit the argument spec. Its message quotes values, and from
        # ansible-core 2.22 on no secret among them is masked.
        redactor = Redactor(secrets(self.argument_spec, self.params))
        super().fail_json(redactor.redact(next(iter(self.invalid.values()), msg)), **{"changed": False, **kwargs})


def run_module(spec: OperationSpec) -> None:
    """Run the operation with the options that Ansible passed to this process, print the result, and exit."""
    module = BlackboxModule(argument_spec=dict(spec.options), supports_check_mode=True)
    _module_startup.loaded()
    if module.invalid:
        module.fail_json(msg=next(iter(module.invalid.values())))
    if IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("requests"), exception=IMPORT_ERROR, changed=False)
    result = execute(spec, module.params, check_mode=module.check_mode, on_notice=_notice_writer(module))
    for warning in result.pop("warnings"):
        module.warn(warning)
    # The result is redacted already. Ansible would mask every occurrence, also a password that is part of a user name.
    module.no_log_values = set()
    leave = module.fail_json if result.pop("failed") else module.exit_json
    leave(**result, invocation={"module_args": public_options(spec, module.params)})


def _notice_writer(module: BlackboxModule) -> Callable[[Notice], None] | None:
    """Return what writes notices to standard error, if they are to be shown.

    Ansible ignores what a module that succeeds writes there; the action plugin, which gets it, shows it.
    """
    if module._verbosity < NOTICES_FROM or module.no_log:
        return None
    from ._transport.notices import MARK  # most tasks show none

    def write(notice: Notice) -> None:
        with contextlib.suppress(OSError):
            os.write(2, f"{MARK}{notice}\n".encode(errors="backslashreplace"))

    return write
