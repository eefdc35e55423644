# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ansible-doc says of modules and filters is what they are."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dasha.blackbox.plugins.module_utils._resources.schema import Field
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_credential import CREDENTIAL
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.sip_phone_number import PHONE_NUMBER
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.twilio_phone_number import ENTRY_FIELDS
from ansible_collections.dasha.blackbox.plugins.module_utils._resources.twilio_provider import TWILIO_PROVIDER
from ansible_collections.dasha.blackbox.plugins.module_utils._running.options import OPTION_TYPES, resource_options
from unit.harness import MODULES

PLUGINS = Path(__file__).parents[2] / "plugins"
NAMES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py"))
FILTERS = sorted(path.stem for path in (PLUGINS / "filter").glob("*.py"))
RETURNED = {
    "sip_credential": ("sip_credential", CREDENTIAL),
    "sip_credential_info": ("sip_credentials", CREDENTIAL),
    "sip_phone_number": ("sip_phone_number", PHONE_NUMBER),
    "sip_phone_number_info": ("sip_phone_numbers", PHONE_NUMBER),
    "twilio_provider": ("twilio_provider", TWILIO_PROVIDER),
    "twilio_provider_info": ("twilio_providers", TWILIO_PROVIDER),
}
# What a spec says of an option where it says nothing.
DEFAULTS: dict[str, Any] = {"type": "str", "default": None, "required": False, "elements": None, "choices": None}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def docs() -> dict[str, dict[str, Any]]:
    """What ansible-doc knows of all modules and filters, the fragments filled in, by name."""
    found = {}
    for kind, names in (("module", NAMES), ("filter", FILTERS)):
        command = [sys.executable, "-m", "ansible", "doc", "--json", "-t", kind]
        command += [f"dasha.blackbox.{name}" for name in names]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found.update({name.rpartition(".")[2]: doc for name, doc in json.loads(printed).items()})
    return found


def spec_of(name: str) -> dict[str, Any]:
    options: dict[str, Any] = importlib.import_module(f"{MODULES}.{name}").SPEC.options
    return options


def facts(option: dict[str, Any]) -> dict[str, Any]:
    """Return what documentation and spec of an option both say."""
    return {
        **{key: option.get(key, default) for key, default in DEFAULTS.items()},
        "aliases": option.get("aliases") or [],
    }


@pytest.mark.parametrize("name", NAMES)
def test_options_are_those_of_the_module(docs: dict[str, Any], name: str) -> None:
    documented = {option: facts(details) for option, details in docs[name]["doc"]["options"].items()}
    assert documented == {option: facts(details) for option, details in spec_of(name).items()}


def test_entries_of_a_fleet_have_the_options_of_one_number(docs: dict[str, Any]) -> None:
    documented = docs["sip_phone_numbers"]["doc"]["options"]["phone_numbers"]["suboptions"]
    own = {"id": {}, "trunk": {}, "state": {"choices": ["present", "absent"]}, "force": {"type": "bool"}}
    own |= {"incoming_calls_agent": {}, "outgoing_calls_agents": {"type": "list", "elements": "str"}}
    spec = {**resource_options(PHONE_NUMBER), **own}
    assert {option: facts(details) for option, details in documented.items()} == {
        option: facts(details) for option, details in spec.items()
    }


def test_entries_of_an_import_have_the_options_that_it_reads(docs: dict[str, Any]) -> None:
    documented = docs["twilio_phone_numbers"]["doc"]["options"]["phone_numbers"]["suboptions"]
    assert {(name, *details["aliases"], details["type"]) for name, details in documented.items()} == {
        (field.option, field.api, OPTION_TYPES[field.type]) for field in ENTRY_FIELDS
    }


def fields_of(fields: tuple[Field, ...]) -> dict[str, Any]:
    return {field.option: fields_of(field.fields) for field in fields if not field.secret}


def keys_of(contains: dict[str, Any]) -> dict[str, Any]:
    return {
        key: keys_of(value["contains"])
        if "contains" in value
        else dict.fromkeys(value["sample"] or {}, {})
        if isinstance(value.get("sample"), dict)
        else {}
        for key, value in contains.items()
    }


@pytest.mark.parametrize("name", RETURNED)
def test_results_are_the_fields_of_the_resource(docs: dict[str, Any], name: str) -> None:
    key, resource = RETURNED[name]
    documented = keys_of(docs[name]["return"][key]["contains"])
    documented.pop("affected_agents", None)
    documented.pop("impact", None)
    documented.pop("phone_numbers", None)
    fields = fields_of(resource.fields)
    for field in resource.fields:
        if field.derived:
            fields[field.option] = documented[field.option]
    assert documented == fields


def without_sample(values: dict[str, Any], place: str) -> Iterator[str]:
    for key, value in values.items():
        if "contains" in value:
            yield from without_sample(value["contains"], f"{place}.{key}")
        elif "sample" not in value:
            yield f"{place}.{key}"


@pytest.mark.parametrize("name", [*NAMES, *FILTERS])
def test_every_returned_value_has_a_sample(docs: dict[str, Any], name: str) -> None:
    assert list(without_sample(docs[name]["return"], name)) == []


@pytest.mark.parametrize("name", NAMES)
def test_attributes_are_declared(docs: dict[str, Any], name: str) -> None:
    attributes = docs[name]["doc"]["attributes"]
    assert attributes["action_group"]["membership"] == ["dasha.blackbox.all"]
    writes_nothing = name.endswith("_info") and "dest" not in docs[name]["doc"]["options"]
    assert attributes["check_mode"]["support"] == "full"
    assert attributes["diff_mode"]["support"] == ("N/A" if writes_nothing else "full")


@pytest.mark.parametrize("name", [*NAMES, *FILTERS])
def test_page_is_its_own_and_leads_on(docs: dict[str, Any], name: str) -> None:
    """Two filters in one file would both show the documentation of the first."""
    assert docs[name]["doc"].get("name", docs[name]["doc"].get("module")) in (name, f"dasha.blackbox.{name}")
    assert f"dasha.blackbox.{name}" in docs[name]["examples"] or name in FILTERS
    assert docs[name]["doc"]["seealso"]
