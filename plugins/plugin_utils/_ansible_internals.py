# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that relies on private parts of ansible-core, each with what to do when it goes.

All of it works with ansible-core 2.16 to 2.22. What every action plugin uses is not here: `_task`, `_connection`,
`_loader`.
"""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import os
import select
import sys
from collections.abc import Callable
from typing import Any, TextIO

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.release import __version__
from ansible.utils.display import Display

from ansible_collections.dasha.blackbox.plugins.module_utils._transport.notices import MARK

display = Display()
# Since then, a warning goes with the result of its task, and not on a way of its own.
DEFERS_WARNINGS = tuple(map(int, __version__.split(".")[:2])) >= (2, 19)


def resolve(action: Any, value: Any) -> Any:
    """Return a value of a task with its templates resolved.

    Private: `_templar`. Without it, take what the action plugins of ansible-core itself take instead.
    """
    return action._templar.template(value)


def normal_action(action: Any) -> Any:
    """Return the action plugin that would run the module of a task if it had none of its own.

    Private: its name, and what a plugin is made of. Without it, call `action._execute_module`, with `wrap_async` if the
    task is asynchronous.
    """
    return action._shared_loader_obj.action_loader.get(
        "ansible.legacy.normal",
        task=action._task,
        connection=action._connection,
        play_context=action._play_context,
        loader=action._loader,
        templar=action._templar,
        shared_loader_obj=action._shared_loader_obj,
    )


def keyword_environment(action: Any) -> dict[str, str]:
    """Return what the keyword `environment` of task and play sets, with its templates resolved.

    Private: `_compute_environment_string`, which fills a dict. Without it, merge the list `action._task.environment` in
    its order, and resolve the result.
    """
    environment: dict[str, Any] = {}
    action._compute_environment_string(environment)
    return {str(name): str(value) for name, value in environment.items()}


def read_decrypted(action: Any, path: str) -> bytes:
    """Return what is in a file, decrypted in memory if Ansible Vault has encrypted it.

    Private: `_get_file_contents`. Without it, read the file of `action._loader.get_real_file`, which is a temporary one
    if it had to be decrypted, and remove it with `cleanup_tmp_file`.

    Raises:
        AnsibleError: it cannot be read or decrypted.
    """
    data, _is_shown = action._loader._get_file_contents(path)
    # Since ansible-core 2.19, it has a tag that says where it is from.
    return memoryview(data).tobytes()


def plugin_file(plugin: Any) -> str | None:
    """Return the file of a plugin, None if it is not known.

    Private: `_original_path`, which the loader sets. Without it, every task runs as a module; take the file of the
    module that defines the plugin's class.
    """
    return getattr(plugin, "_original_path", None)


def alias_warnings(validated: Any) -> list[str]:
    """Return warnings about options that are set together with their alias, as the module would give them.

    Private: `_warnings` of a validation result. Without it there are none; compare the arguments with the aliases of
    the argument spec.
    """
    return [
        f"Both option {warning['option']} and its alias {warning['alias']} are set."
        for warning in getattr(validated, "_warnings", ())
    ]


def shows_invocation() -> bool:
    """Whether results have an `invocation`.

    Private: the setting INJECT_INVOCATION, since ansible-core 2.21. Before, every module's result had it; so it is if
    the setting goes.
    """
    try:
        return bool(C.config.get_config_value("INJECT_INVOCATION"))
    except (AnsibleError, KeyError):
        return True


def show_progress(line: str) -> None:
    """Write a line to standard error and to the log of ansible-playbook, if that is possible without waiting."""
    _in_parent(_write_progress, line)


def show_verbose(text: str, host: str | None) -> None:
    """Show a text at `-vvv`, if it can be shown."""
    _in_parent(_write_verbose, text, host)


def verbosity() -> int:
    """Return how many times `-v` was given."""
    return int(display.verbosity)


def relay_output(action: Any, show: Callable[[str], None]) -> None:
    """Have an action show the notices of its module, which are lines of its output with a mark.

    Private: `_low_level_execute_command`, which runs the module. Without it, a module shows no notices.
    """
    execute_command = action._low_level_execute_command

    def relaying(*args: Any, **kwargs: Any) -> dict[str, Any]:
        outcome: dict[str, Any] = execute_command(*args, **kwargs)
        # Over a connection with a terminal, its standard error arrives as standard output.
        for line in [*outcome["stderr_lines"], *outcome["stdout_lines"]]:
            if line.startswith(MARK):
                show(line[len(MARK) :])
        return outcome

    action._low_level_execute_command = relaying


def show_warning(text: str) -> None:
    """Show a warning of a filter."""
    if DEFERS_WARNINGS:
        display.warning(text)
    else:
        _in_parent(_write_warning, text)


def _in_parent(function: Callable[..., None], *args: Any) -> None:
    """Call a function in ansible-playbook itself, where it may fail.

    A worker sends what it displays to a thread of its parent. If that thread cannot write it, the thread ends, nobody
    receives the result of the worker any more, and the parent waits for ever. A pipe that nobody reads makes it wait as
    well. So what is sent displays nothing: it is the call of a function, which is made when it is received.

    Private: `Display` hands its arguments over by pickling. Without that, nothing is shown, and nothing else happens.
    """
    if multiprocessing.parent_process() is None:
        _call(function, *args)
    else:
        display.display(_Call(function, args), screen_only=True, log_only=True)


class _Call(str):
    """An empty text, and a call for the process that unpickles it."""

    call: tuple[Any, ...]

    def __new__(cls, function: Callable[..., None], args: tuple[Any, ...]) -> _Call:
        text = super().__new__(cls)
        text.call = (function, *args)
        return text

    def __reduce__(self) -> tuple[Any, ...]:
        return _call, self.call


def _call(function: Callable[..., None], *args: Any) -> str:
    # What raises them: a stream that is closed, missing, full or without a reader.
    with contextlib.suppress(AttributeError, OSError, ValueError):
        function(*args)
    return ""


def _write_verbose(text: str, host: str | None) -> None:
    display.vvv(text, host=host)


def _write_progress(line: str) -> None:
    display.display(line, log_only=True)
    if _takes_output(sys.stderr):
        # Not by the stream, which would keep what it cannot write, and fail again when the process ends.
        os.write(sys.stderr.fileno(), f"{line}\n".encode(sys.stderr.encoding, "replace"))


def _write_warning(text: str) -> None:
    if _takes_output(sys.stderr):
        display.warning(text)


def _takes_output(stream: TextIO) -> bool:
    """Whether a line can be written at once, and somebody may read it."""
    try:
        file = stream.fileno()
    except io.UnsupportedOperation:
        # It is kept in memory.
        return True
    poll = select.poll()
    poll.register(file, select.POLLOUT)
    return poll.poll(0) == [(file, select.POLLOUT)]
