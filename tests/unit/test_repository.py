# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts that stand in several places agree with one another."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt

from ansible_collections.dasha.blackbox.plugins.module_utils._operations import sip_trunks
from ansible_collections.dasha.blackbox.plugins.module_utils._running.connection import connection_spec
from ansible_collections.dasha.blackbox.plugins.module_utils._running.options import drop_nulls
from ansible_collections.dasha.blackbox.plugins.module_utils._version import VERSION

CHECKOUT = Path(__file__).parents[2]
MODULES = sorted(path for path in (CHECKOUT / "plugins/modules").glob("*.py") if path.stem != "__init__")
NAMES = [path.stem for path in MODULES]
BLOB = "https://github.com/dasha-ai/ansible-collection-blackbox/blob/main/"
SITE = "https://dasha-ai.github.io/ansible-collection-blackbox/"
RAW = "https://raw.githubusercontent.com/dasha-ai/ansible-collection-blackbox/main/"
PAGES = ["README.md", "docs/benchmark.md", "roles/provision/README.md"]
SECTIONS = [
    "Description",
    "Requirements",
    "Installation",
    "Use cases",
    "Testing",
    "Support",
    "Communication",
    "Release notes",
    "Contributing",
    "Code of Conduct",
    "License",
]
# From top to bottom.
LAYERS = (
    "_operations",
    "_events",
    "_running",
    "_applying",
    "_planning",
    "_reading",
    "_resources",
    "_transport",
    "_common",
)
GUIDES = sorted(path.stem for path in (CHECKOUT / "docs/docsite/rst").glob("*.rst"))


def read_text(path: str) -> str:
    return (CHECKOUT / path).read_text("utf-8")


def read_yaml(path: str) -> Any:
    return yaml.safe_load(read_text(path))


def constant(module: Path, name: str) -> str:
    """Return a string that a module assigns, without importing it."""
    for node in ast.parse(module.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name:
            return str(ast.literal_eval(node.value))
    raise AssertionError(f"{module.name} has no {name}")


def test_action_group_names_every_module() -> None:
    assert sorted(read_yaml("meta/runtime.yml")["action_groups"]["all"]) == NAMES


def test_version_is_the_same_in_code_and_package() -> None:
    assert read_yaml("galaxy.yml")["version"] == VERSION


def test_readme_lists_every_module() -> None:
    assert sorted(re.findall(r"^\| `(\w+)` \|", read_text("README.md"), re.M)) == NAMES


def test_readme_names_every_connection_option() -> None:
    assert [option for option in connection_spec() if f"`{option}`" not in read_text("README.md")] == []


def test_every_guide_is_linked_in_one_order() -> None:
    listed = [name for section in read_yaml("docs/docsite/extra-docs.yml")["sections"] for name in section["toctree"]]
    assert sorted(listed) == GUIDES
    pages = MarkdownIt("gfm-like", {"linkify": False}).render(read_text("README.md")).partition("<th>guide</th>")[2]
    assert re.findall(rf"{re.escape(SITE)}docsite/(\w+)\.html", pages.partition("</table>")[0]) == listed


@pytest.mark.parametrize("page", PAGES)
def test_links_and_images_are_absolute_and_lead_to_files_that_exist(page: str) -> None:
    """Galaxy and Automation Hub show these pages outside of the repository."""
    tokens = [child for token in MarkdownIt().parse(read_text(page)) for child in token.children or []]
    targets = [str(token.attrs.get("href") or token.attrs.get("src") or "") for token in tokens if token.attrs]
    local = [target.partition("#")[0] for target in targets]
    paths = [target.removeprefix(prefix) for target in local for prefix in (BLOB, RAW) if target.startswith(prefix)]
    assert [target for target in local if target and not target.startswith("https://")] == []
    assert [path for path in paths if not (CHECKOUT / path).exists()] == []


@pytest.mark.parametrize("page", sorted((CHECKOUT / "plugins").glob("*/*.py")), ids=lambda page: page.stem)
def test_markup_of_documentation_ends_where_it_is_meant_to(page: Path) -> None:
    """It ends at the first closing parenthesis without a backslash, which only V() knows."""
    assert re.findall(r"\b[BCIUV]\([^)]*\([^)\\]*\)\)", page.read_text("utf-8")) == []


def test_readme_has_the_sections_that_automation_hub_expects() -> None:
    sections = re.findall(r"^## (.+)$", read_text("README.md"), re.M)
    assert [section for section in sections if section != "Guides"] == SECTIONS


@pytest.mark.parametrize("layer", LAYERS)
def test_folder_imports_only_folders_below_it(layer: str) -> None:
    allowed = {*LAYERS[LAYERS.index(layer) + 1 :], "_version"}
    texts = [path.read_text("utf-8") for path in (CHECKOUT / "plugins/module_utils" / layer).glob("*.py")]
    imported = {name for text in texts for name in re.findall(r"^\s*from \.\.(_\w+)", text, re.M)}
    assert imported <= allowed


def test_page_about_the_code_lists_the_folders_in_the_same_order() -> None:
    rows = re.findall(r"^   \* - ``(_[a-z]+)``$", read_text("docs/docsite/rst/architecture.rst"), re.M)
    assert tuple(rows) == LAYERS


def string_constants() -> str:
    """Return the texts in the code of the plugins; what is filled in at run time separates them."""
    trees = [ast.parse(path.read_text("utf-8")) for path in (CHECKOUT / "plugins").rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    return "\n".join(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


@pytest.mark.not_quick
def test_messages_in_the_guide_about_failures_are_those_of_the_code() -> None:
    page = read_text("docs/docsite/rst/guide_failures.rst")
    cells = re.findall(r"^   \* - (``.*?)(?=^     - )", page, re.M | re.S)
    messages = [" ".join(message.split()) for cell in cells for message in re.findall("``(.*?)``", cell, re.S)]
    parts = [part.strip() for message in messages for part in message.split("…") if not message.startswith("error.")]
    texts = string_constants()
    assert [part for part in parts if part not in texts] == []


@pytest.mark.not_quick
def test_api_calls_are_those_of_the_contract() -> None:
    paths = read_yaml("tests/emulator/openapi.yaml")["paths"]
    contract = {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, operations in paths.items()
        for method in operations
        if method != "parameters"
    }
    page = read_text("docs/docsite/rst/api_calls.rst")
    assert set(re.findall(r"``((?:GET|POST|PUT|PATCH|DELETE) /\S+)``", page)) == contract


def test_role_is_documented_as_it_is() -> None:
    spec = read_yaml("roles/provision/meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    defaults = {name: option["default"] for name, option in spec.items() if "default" in option}
    assert drop_nulls(read_yaml("roles/provision/defaults/main.yml")) == defaults
    rows = re.findall(r"^\| `(\w+)` \| (?:`(.+?)`)? *\|", read_text("roles/provision/README.md"), re.M)
    assert {name: yaml.safe_load(default or "null") for name, default in rows} == dict.fromkeys(spec) | defaults


def test_role_has_the_options_of_the_module_by_the_same_names_with_the_same_defaults() -> None:
    spec = read_yaml("roles/provision/meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    own = {"trunks", "phone_numbers", "option_names", *connection_spec()}
    options = {name: details for name, details in sip_trunks.SPEC.options.items() if name not in own}
    role = {name.removeprefix("provision_"): option for name, option in spec.items() if name.startswith("provision_")}
    empty = {"dict": {}, "list": []}
    assert {name: option.get("default", empty.get(option["type"])) for name, option in role.items()} == {
        name: details.get("default", empty.get(details["type"])) for name, details in options.items()
    }
    assert {name: option["type"] for name, option in role.items()} == {
        name: details["type"] for name, details in options.items()
    }
    assert {*spec} - {f"provision_{name}" for name in role} == {"blackbox_trunks", "blackbox_phone_numbers"}


def test_version_has_its_entry_in_the_changelog() -> None:
    fragments = [path for path in (CHECKOUT / "changelogs/fragments").iterdir() if path.suffix == ".yml"]
    assert fragments or VERSION in read_yaml("changelogs/changelog.yaml")["releases"]


@pytest.mark.not_quick
@pytest.mark.parametrize("module", MODULES, ids=NAMES)
def test_examples_are_well_formed(module: Path, tmp_path: Path) -> None:
    """As strict as for a playbook, apart from a missing document start."""
    examples = tmp_path / "examples.yml"
    examples.write_text(f"---\n{constant(module, 'EXAMPLES').strip()}\n", "utf-8")
    command = [sys.executable, "-m", "yamllint", "--strict", "-c", str(CHECKOUT / ".yamllint"), str(examples)]
    lint = subprocess.run(command, check=False, capture_output=True, text=True)
    assert lint.returncode == 0, lint.stdout


@pytest.mark.parametrize("module", MODULES, ids=NAMES)
def test_examples_name_modules_in_full(module: Path) -> None:
    tasks = yaml.safe_load(constant(module, "EXAMPLES"))
    keywords = {"name", "register", "loop", "loop_control", "check_mode", "diff", "when", "vars"}
    actions = {key for task in tasks for key in task if key not in keywords and not key.startswith("ansible.builtin.")}
    assert actions <= {f"dasha.blackbox.{name}" for name in NAMES}
    assert f"dasha.blackbox.{module.stem}" in actions


def test_links_to_guides_lead_to_guides_that_exist() -> None:
    texts = [path.read_text("utf-8") for path in (CHECKOUT / "plugins").rglob("*.py")]
    linked = {name for text in texts for name in re.findall(rf"{re.escape(SITE)}docsite/(\w+)\.html", text)}
    assert linked
    assert linked <= set(GUIDES)


@pytest.mark.not_quick
def test_changelog_describes_modules_and_filters_as_their_documentation_does() -> None:
    release = read_yaml("changelogs/changelog.yaml")["releases"]["1.0.0"]
    listed = {plugin["name"]: plugin["description"] for plugin in (*release["modules"], *release["plugins"]["filter"])}
    paths = [*MODULES, *(CHECKOUT / "plugins/filter").glob("*.py")]
    assert listed == {path.stem: yaml.safe_load(constant(path, "DOCUMENTATION"))["short_description"] for path in paths}
