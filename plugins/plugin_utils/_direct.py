# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run an operation inside the ansible-playbook worker, where no module has to be packed, copied and started.

A worker is a forked process that runs one task, or all items of a loop. What is imported here was imported by its
parent, so it costs each worker nothing.
"""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

from ansible_collections.dasha.blackbox.plugins.module_utils._common.errors import InvalidOptionsError
from ansible_collections.dasha.blackbox.plugins.module_utils._common.redaction import Redactor
from ansible_collections.dasha.blackbox.plugins.module_utils._common.text import visible_text
from ansible_collections.dasha.blackbox.plugins.module_utils._running.connection import (
    TransportCache,
    current_folder,
    with_environment,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._running.operation import (
    NOTICES_FROM,
    OperationSpec,
    execute,
    public_options,
    secrets,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._running.options import drop_nulls, invalid_options
from ansible_collections.dasha.blackbox.plugins.module_utils._running.progress import Progress
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.notices import Notice
from ansible_collections.dasha.blackbox.plugins.plugin_utils._ansible_internals import (
    alias_warnings,
    keyword_environment,
    normal_action,
    relay_output,
    resolve,
    show_progress,
    show_verbose,
    shows_invocation,
    verbosity,
)
from ansible_collections.dasha.blackbox.plugins.plugin_utils._decision import lost_options, reason_for_module
from ansible_collections.dasha.blackbox.plugins.plugin_utils._interruptible import run_interruptibly
from ansible_collections.dasha.blackbox.plugins.plugin_utils._plain import NotPlainError, TimeError, find_time, to_plain

MODULE_UTILS = "ansible_collections.dasha.blackbox.plugins.module_utils"
# Imported by a module only if needed. The codec is used by the first connection to a host name.
for _name in (
    "_applying.apply",
    "_applying.registration",
    "_running.messages",
    "_transport.api_errors",
    "_transport.transport_errors",
):
    import_module(f"{MODULE_UTILS}.{_name}")
import_module("encodings.idna")

TIME = (
    "must be a quoted string: YAML reads a time without quotes as one, and spells it differently. Write it in quotes."
)
transports = TransportCache()


class DirectAction(ActionBase):  # type: ignore[misc]
    """An action plugin that runs `spec` in this process if the module would run on this machine anyway."""

    _supports_async = True
    _supports_check_mode = True
    spec: OperationSpec

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the result of the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        task_vars = task_vars or {}
        environment = keyword_environment(self)
        reason = reason_for_module(self, task_vars, environment)
        try:
            local = self.read_local(self._task.args)
            arguments = drop_nulls(to_plain(self._task.args))
        except InvalidOptionsError as error:
            message = "\n".join(map(visible_text, error.lines))
            return {**result, "failed": True, "changed": False, "msg": message}
        except TimeError:
            message = f"{find_time(self._task.args)} {TIME}"
            return {**result, "failed": True, "changed": False, "msg": message}
        except NotPlainError as exc:
            reason = reason or f"an argument has a value that only a module can receive ({exc})"
        if reason is not None:
            self._say(task_vars, f"runs as a module, because {reason}")
            return self._run_module(task_vars, {**lost_options(self, environment), **local})
        self._say(task_vars, "runs inside ansible-playbook")
        return {**result, **self._run_directly(arguments, local, environment, task_vars)}

    def read_local(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return options that replace those of the task, because only the control node has what they name.

        Raises:
            InvalidOptionsError: it cannot be read.
        """
        return {}

    def _run_module(self, task_vars: dict[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the result of the module, which gets options in addition to those of the task."""
        action = normal_action(self)
        if self._shows_notices():
            relay_output(action, lambda line: self._say_notice(task_vars, line))
        arguments = self._task.args
        self._task.args = {**arguments, **options}
        try:
            result: dict[str, Any] = action.run(task_vars=task_vars)
        finally:
            # Callbacks get the arguments of a task, and may log them.
            self._task.args = arguments
        return result

    def _run_directly(
        self,
        arguments: dict[str, Any],
        local: Mapping[str, Any],
        environment: Mapping[str, str],
        task_vars: dict[str, Any],
    ) -> dict[str, Any]:
        # A module would run with this environment and in this folder, which relative paths such as ca_path depend on.
        with _process_state(environment, self._loader.get_basedir()):
            options, warnings, message = self._validate(arguments)
            if message:
                result: dict[str, Any] = {"failed": True, "changed": False, "msg": message}
            else:
                # Not before: the validator would copy a million entries.
                result = self._execute({**options, **local}, task_vars)
        result["warnings"] = warnings + result.get("warnings", [])
        if not result["warnings"]:
            del result["warnings"]
        if shows_invocation():
            result["invocation"] = {"module_args": public_options(self.spec, options)}
        return result

    def _validate(self, arguments: dict[str, Any]) -> tuple[dict[str, Any], list[str], str]:
        """Return the options, warnings about them, and what is wrong with them, if anything is.

        The validator holds two more copies of a fleet, which end with this method and not with the task.
        """
        given = with_environment(arguments, os.environ)
        invalid = invalid_options(self.spec.options, given)
        accepted = {name: value for name, value in given.items() if name not in invalid}
        validated = ArgumentSpecValidator(dict(self.spec.options)).validate(accepted)
        options = to_plain(validated.validated_parameters)
        message = next(iter(invalid.values()), "")
        if validated.error_messages and not message:
            message = self._describe_invalid(validated.errors)
        if message:
            message = Redactor(secrets(self.spec.options, options)).redact(message)
        return options, alias_warnings(validated), message

    def _execute(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        progress = Progress()
        is_shown = self._is_progress_shown(task_vars)
        # Shown by the thread that waits: one that sends requests must not be held up by a terminal.
        notices: deque[Notice] = deque()

        def show(line: str | None) -> None:
            while notices:
                self._say_notice(task_vars, str(notices.popleft()))
            if line and is_shown:
                show_progress(f"[{task_vars.get('inventory_hostname')}] {self.spec.name}: {line}")

        try:
            result = run_interruptibly(
                lambda stop: execute(
                    self.spec,
                    options,
                    check_mode=self._task.check_mode,
                    progress=progress,
                    transports=transports,
                    stop=stop,
                    on_notice=notices.append if self._shows_notices() else None,
                ),
                lambda: show(progress.due_line()),
            )
        except BaseException:
            # A response of the interrupted task must never be read by the next one.
            transports.drop()
            raise
        show(progress.closing_line())
        if not result["failed"]:
            del result["failed"]
        return result

    def _describe_invalid(self, errors: Any) -> str:
        message = str(errors.msg)
        if isinstance(errors[0], UnsupportedError):
            return f"Unsupported parameters for ({self._task.action}) module: {message}"
        return message

    def _is_progress_shown(self, task_vars: dict[str, Any]) -> bool:
        if self._task.no_log or not self.spec.reports_progress:
            return False
        switch = resolve(self, task_vars.get("blackbox_progress"))
        return switch in (None, "") or bool(boolean(switch, strict=False))

    def _shows_notices(self) -> bool:
        return verbosity() >= NOTICES_FROM and not self._task.no_log

    def _say_notice(self, task_vars: dict[str, Any], text: str) -> None:
        show_verbose(f"{self.spec.name}: {text}", task_vars.get("inventory_hostname"))

    def _say(self, task_vars: dict[str, Any], text: str) -> None:
        show_verbose(f"{self.spec.name} {text}", task_vars.get("inventory_hostname"))


@contextlib.contextmanager
def _process_state(environment: Mapping[str, str], folder: str) -> Iterator[None]:
    """Set the environment and the working directory, and restore them whatever happens.

    Either folder may have been removed by an earlier task, and the current one by another host's task at any time.
    """
    before = {name: os.environ[name] for name in environment if name in os.environ}
    folder_before = current_folder()
    os.environ.update(environment)
    try:
        _enter(folder or os.curdir)
        yield
    finally:
        _enter(folder_before)
        for name in environment:
            os.environ.pop(name, None)
        os.environ.update(before)


def _enter(folder: str) -> None:
    try:
        os.chdir(folder)
    except OSError:
        # Where a relative path leads to nothing that a task could mean.
        os.chdir(os.sep)
