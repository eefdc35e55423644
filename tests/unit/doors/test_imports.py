# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What imports what, and what importing does to the process: the layers that the documentation describes."""

from __future__ import annotations

import ast
import graphlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

PLUGINS = Path(__file__).parents[3] / "plugins"
PREFIX = "ansible_collections.dasha.blackbox.plugins."
FILES = {
    ".".join(file.relative_to(PLUGINS).with_suffix("").parts).removesuffix(".__init__"): file
    for file in sorted(PLUGINS.rglob("*.py"))
}
MODULE_DOOR = {"module_utils._module", "module_utils._module_startup"}
# A door of its own, for Event-Driven Ansible; it may use everything below it.
EVENTS = {name for name in FILES if name.startswith("module_utils._events")}
CORE = [name for name in FILES if name.startswith("module_utils.") and name not in MODULE_DOOR | EVENTS]
LAYERS = ("_common", "_transport", "_resources", "_reading", "_planning", "_applying", "_running", "_operations")
NAMES = {
    folder: {name.split(".")[1] for name in FILES if name.startswith(f"{folder}.")} for folder in ("action", "modules")
}

# Who may read the environment, and why.
READS_ENVIRONMENT = {
    "module_utils._transport.http": "proxies and CA bundles, as requests reads them",
    "module_utils._running.connection": "kept connections are only for a task with the same proxies and CA bundles",
}


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(FILES[name].read_text("utf-8"))


def imports(name: str) -> Iterator[str]:
    """Yield the full name of everything that a file imports, in functions and for types too."""
    package = name.split(".") if FILES[name].stem == "__init__" else name.split(".")[:-1]
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join([PREFIX.rstrip("."), *package[: len(package) - node.level + 1]]) if node.level else ""
            source = ".".join(filter(None, [base, node.module or ""]))
            yield source
            yield from (f"{source}.{alias.name}" for alias in node.names)


def own_imports(name: str) -> set[str]:
    """Return the files of the collection that a file imports."""
    return {found.removeprefix(PREFIX) for found in imports(name)} & set(FILES) - {name}


def attributes(name: str) -> set[str]:
    return {ast.unparse(node) for node in ast.walk(tree(name)) if isinstance(node, (ast.Attribute, ast.Name))}


@pytest.mark.not_quick
def test_no_file_imports_itself_over_others() -> None:
    graph = {name: own_imports(name) for name in FILES if FILES[name].stem != "__init__"}
    graphlib.TopologicalSorter(graph).prepare()


def offenders(names: Iterable[str], find: Callable[[str], set[str]]) -> dict[str, set[str]]:
    """Return what was found in files in which it must not be."""
    return {name: found for name in names if (found := find(name))}


@pytest.mark.not_quick
def test_core_knows_neither_modules_nor_plugins() -> None:
    def forbidden(name: str) -> set[str]:
        ansible = {found for found in imports(name) if found.split(".")[0] == "ansible"}
        plugins = {found for found in own_imports(name) if not found.startswith("module_utils.")}
        outside = {found for found in ansible if not found.startswith("ansible.module_utils.common")}
        return outside | plugins | (own_imports(name) & MODULE_DOOR)

    assert offenders(CORE, forbidden) == {}


@pytest.mark.not_quick
def test_core_never_exits_and_never_prints() -> None:
    forbidden = {"sys.exit", "os._exit", "exit", "quit", "SystemExit", "os.abort", "print"}
    assert offenders(CORE, lambda name: attributes(name) & forbidden) == {}


@pytest.mark.not_quick
def test_core_does_not_read_the_environment() -> None:
    reading = {"os.environ", "os.getenv", "os.putenv", "environ", "getenv"}
    assert set(offenders(CORE, lambda name: attributes(name) & reading)) == set(READS_ENVIRONMENT)


def test_layer_imports_only_lower_layers() -> None:
    def higher(name: str) -> set[str]:
        layer = name.split(".")[1]
        lower = LAYERS[: LAYERS.index(layer) + 1] if layer in LAYERS else ()
        return {found for found in own_imports(name) if found.split(".")[1] not in (*lower, "_version")}

    assert offenders(CORE, higher) == {}


@pytest.mark.not_quick
def test_controller_never_imports_what_starts_modules() -> None:
    controller = [name for name in FILES if not name.startswith(("modules", "module_utils"))]
    assert controller
    starts = MODULE_DOOR | {name for name in FILES if name.startswith("modules.")}
    assert offenders(controller, lambda name: own_imports(name) & starts) == {}


def test_module_imports_its_start_before_anything_else_of_the_collection() -> None:
    for name in NAMES["modules"]:
        own = [found.removeprefix(PREFIX) for found in imports(f"modules.{name}") if found.startswith(PREFIX)]
        assert own[0] == "module_utils._module", name


def test_start_of_modules_comes_before_anything_else_of_the_collection() -> None:
    own = [found.removeprefix(PREFIX) for found in imports("module_utils._module") if found.startswith(PREFIX)]
    assert own[:2] == ["module_utils", "module_utils._module_startup"]
    assert own_imports("module_utils._module_startup") == set()


def test_actions_modules_and_action_group_have_the_same_names() -> None:
    runtime = yaml.safe_load((PLUGINS.parent / "meta/runtime.yml").read_text("utf-8"))
    assert NAMES["action"] == NAMES["modules"] == set(runtime["action_groups"]["all"])


def test_module_and_action_have_the_spec_of_their_name() -> None:
    for folder, names in NAMES.items():
        for name in names:
            assert f"{PREFIX}module_utils._operations.{name}.SPEC" in set(imports(f"{folder}.{name}"))


# What importing does

SCRIPT = """
import gc, json, resource, socket, sys, threading, time, warnings
from ansible.plugins.loader import init_plugin_loader, action_loader
# urllib3 looks at once whether there is IPv6, with a socket that it closes again.
import requests
import ansible.plugins.action, ansible.executor.task_executor, ansible.template
init_plugin_loader()
opened, filters, frozen = [], list(warnings.filters), gc.get_freeze_count()
class Socket(socket.socket):
    def __init__(self, *args, **kwargs):
        opened.append(args)
        super().__init__(*args, **kwargs)
socket.socket = Socket
start, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert action_loader.get({name!r}, class_only=True).__name__ == "ActionModule"
print(json.dumps({{
    "collects": gc.isenabled(), "frozen": gc.get_freeze_count() - frozen, "threads": threading.active_count(),
    "sockets": len(opened), "seconds": time.process_time() - start,
    "megabytes": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024,
    "basic": "ansible.module_utils.basic" in sys.modules, "filters": warnings.filters == filters,
    "lazy": sorted(name for name in sys.modules if name.startswith({prefix!r})),
}}))
"""


@pytest.mark.action_door
@pytest.mark.parametrize("name", sorted(NAMES["action"]))
def test_importing_an_action_leaves_the_process_as_it_was(name: str) -> None:
    script = SCRIPT.format(name=f"dasha.blackbox.{name}", prefix=PREFIX)
    printed = subprocess.run([sys.executable, "-c", script], check=True, timeout=60, capture_output=True, text=True)
    assert printed.stderr == ""
    found = json.loads(printed.stdout)
    assert (found["collects"], found["frozen"], found["threads"], found["sockets"]) == (True, 0, 1, 0)
    assert found["filters"] is True
    assert found["megabytes"] < 20
    assert found["seconds"] < 1
    assert not [loaded for loaded in found["lazy"] if loaded.removeprefix(PREFIX) in MODULE_DOOR]


@pytest.mark.not_quick
@pytest.mark.parametrize("name", ["sip_phone_number", "sip_credential", "sip_phone_number_info"])
def test_task_on_one_object_loads_nothing_that_is_for_fleets_or_writes(name: str) -> None:
    script = f"import json, sys, {PREFIX}module_utils._operations.{name}; print(json.dumps(sorted(sys.modules)))"
    printed = subprocess.run([sys.executable, "-c", script], check=True, timeout=60, capture_output=True, text=True)
    loaded = {found.removeprefix(f"{PREFIX}module_utils.") for found in json.loads(printed.stdout)}
    assert loaded & {"_planning.fleet", "_planning.plan_id", "_applying.apply", "_applying.fleet"} == set()


@pytest.mark.action_door
def test_python_3_8_gets_a_clear_message(tmp_path: Path) -> None:
    try:
        subprocess.run(["python3.8", "--version"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("there is no Python 3.8 on this machine")
    # As the module sees it: with what it needs of ansible-core packed beside it.
    packages = tmp_path / "ansible_collections/dasha/blackbox"
    packages.parent.mkdir(parents=True)
    packages.symlink_to(PLUGINS.parent)
    for package in ("ansible", "ansible/module_utils"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "ansible/module_utils/basic.py").write_text("AnsibleModule = object\nmissing_required_lib = None\n")
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import runpy; runpy.run_module(sys.argv[2], run_name='__main__')"
    )
    for name in sorted(NAMES["modules"]):
        command = ["python3.8", "-B", "-c", script, str(tmp_path), f"{PREFIX}modules.{name}"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        result = json.loads(done.stdout)
        assert (done.returncode, result["failed"], result["changed"], done.stderr) == (1, True, False, "")
        assert result["msg"] == (
            "dasha.blackbox needs Python 3.9 or newer where its modules run, and this is Python 3.8."
            " Set ansible_python_interpreter."
        )
