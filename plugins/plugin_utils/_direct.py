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
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.dasha.blackbox.plugins.module_utils._core.connection import TransportCache, with_environment
from ansible_collections.dasha.blackbox.plugins.module_utils._core.operation import (
    NOTICES_FROM,
    OperationSpec,
    execute,
    public_options,
    secrets,
)
from ansible_collections.dasha.blackbox.plugins.module_utils._core.options import drop_nulls
from ansible_collections.dasha.blackbox.plugins.module_utils._core.progress import Progress
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.notices import MARK, Notice
from ansible_collections.dasha.blackbox.plugins.module_utils._transport.redaction import Redactor
from ansible_collections.dasha.blackbox.plugins.plugin_utils._decision import reason_for_module
from ansible_collections.dasha.blackbox.plugins.plugin_utils._interruptible import run_interruptibly
from ansible_collections.dasha.blackbox.plugins.plugin_utils._plain import NotPlainError, to_plain

MODULE_UTILS = "ansible_collections.dasha.blackbox.plugins.module_utils"
# Imported by a module only if needed. The codec is used by the first connection to a host name.
for _name in (
    "_applying.apply",
    "_applying.registration",
    "_core.messages",
    "_transport.api_errors",
    "_transport.transport_errors",
):
    import_module(f"{MODULE_UTILS}.{_name}")
import_module("encodings.idna")

display = Display()
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
        environment = self._environment()
        reason = reason_for_module(self, task_vars, environment)
        if reason is None:
            try:
                arguments = drop_nulls(to_plain(self._task.args))
            except NotPlainError as exc:
                reason = f"an argument has a value that only a module can receive ({exc})"
        if reason is not None:
            self._say(task_vars, f"runs as a module, because {reason}")
            return self._run_module(task_vars)
        self._say(task_vars, "runs inside ansible-playbook")
        return {**result, **self._run_directly(arguments, environment, task_vars)}

    def _environment(self) -> dict[str, str]:
        """Return what the keyword `environment` of task and play sets, with its templates resolved."""
        environment: dict[str, Any] = {}
        self._compute_environment_string(environment)
        return {str(name): str(value) for name, value in environment.items()}

    def _run_module(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        action = self._shared_loader_obj.action_loader.get(
            "ansible.legacy.normal",
            task=self._task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=self._shared_loader_obj,
        )
        if self._shows_notices():
            execute_command = action._low_level_execute_command
            action._low_level_execute_command = _relaying(
                execute_command, lambda line: self._say_notice(task_vars, line)
            )
        result: dict[str, Any] = action.run(task_vars=task_vars)
        return result

    def _run_directly(
        self, arguments: dict[str, Any], environment: Mapping[str, str], task_vars: dict[str, Any]
    ) -> dict[str, Any]:
        # A module would run with this environment and in this folder, which relative paths such as ca_path depend on.
        with _process_state(environment, self._loader.get_basedir()):
            options, warnings, message = self._validate(arguments)
            if message:
                result = {"failed": True, "changed": False, "msg": message}
            else:
                result = self._execute(options, task_vars)
        result["warnings"] = warnings + result.get("warnings", [])
        if not result["warnings"]:
            del result["warnings"]
        if _shows_invocation():
            result["invocation"] = {"module_args": public_options(self.spec, options)}
        return result

    def _validate(self, arguments: dict[str, Any]) -> tuple[dict[str, Any], list[str], str]:
        """Return the options, warnings about them, and what is wrong with them, if anything is.

        The validator holds two more copies of a fleet, which end with this method and not with the task.
        """
        given = with_environment(arguments, os.environ)
        validated = ArgumentSpecValidator(dict(self.spec.options)).validate(given)
        options = to_plain(validated.validated_parameters)
        warnings = [
            f"Both option {warning['option']} and its alias {warning['alias']} are set."
            for warning in validated._warnings
        ]
        message = ""
        if validated.error_messages:
            redactor = Redactor(secrets(self.spec.options, options))
            message = redactor.redact(self._describe_invalid(validated.errors))
        return options, warnings, message

    def _execute(self, options: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        progress = Progress()
        show = self._show_progress if self._is_progress_shown(task_vars) else None
        prefix = f"[{task_vars.get('inventory_hostname')}] {self.spec.name}: "
        # Shown by the thread that waits: one that sends requests must not be held up by a terminal.
        notices: deque[Notice] = deque()

        def show_notices() -> None:
            while notices:
                self._say_notice(task_vars, str(notices.popleft()))

        def tick() -> None:
            show_notices()
            line = progress.due_line()
            if line and show:
                show(prefix + line)

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
                tick,
            )
        except BaseException:
            # A response of the interrupted task must never be read by the next one.
            transports.drop()
            raise
        show_notices()
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
        switch = self._templar.template(task_vars.get("blackbox_progress"))
        return switch in (None, "") or bool(boolean(switch, strict=False))

    @staticmethod
    def _show_progress(line: str) -> None:
        # On standard error, so that what a callback such as json prints stays what it is.
        display.display(line, stderr=True)

    def _shows_notices(self) -> bool:
        return display.verbosity >= NOTICES_FROM and not self._task.no_log

    def _say_notice(self, task_vars: dict[str, Any], text: str) -> None:
        display.vvv(f"{self.spec.name}: {text}", host=task_vars.get("inventory_hostname"))

    def _say(self, task_vars: dict[str, Any], text: str) -> None:
        display.vvv(f"{self.spec.name} {text}", host=task_vars.get("inventory_hostname"))


def _relaying(execute_command: Callable[..., dict[str, Any]], show: Callable[[str], None]) -> Any:
    """Return a function that runs a command, and shows the notices of a module in its output."""

    def relaying(*args: Any, **kwargs: Any) -> dict[str, Any]:
        outcome = execute_command(*args, **kwargs)
        # Over a connection with a terminal, its standard error arrives as standard output.
        for line in [*outcome["stderr_lines"], *outcome["stdout_lines"]]:
            if line.startswith(MARK):
                show(line[len(MARK) :])
        return outcome

    return relaying


@contextlib.contextmanager
def _process_state(environment: Mapping[str, str], folder: str) -> Iterator[None]:
    """Set the environment and the working directory, and restore them whatever happens."""
    before = {name: os.environ[name] for name in environment if name in os.environ}
    folder_before = os.getcwd()
    os.environ.update(environment)
    try:
        os.chdir(folder or ".")
        yield
    finally:
        os.chdir(folder_before)
        for name in environment:
            os.environ.pop(name, None)
        os.environ.update(before)


def _shows_invocation() -> bool:
    try:
        return bool(C.config.get_config_value("INJECT_INVOCATION"))
    except (AnsibleError, KeyError):
        # Before ansible-core 2.21 every module's result had it.
        return True
