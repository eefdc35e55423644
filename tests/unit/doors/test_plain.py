# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plain values are what Ansible itself would hand to a module: the same JSON, and nothing but JSON's own types."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.release import __version__
from ansible.utils.unsafe_proxy import wrap_var
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.dasha.blackbox.plugins.plugin_utils._plain import (
    NotPlainError,
    TimeError,
    find_time,
    to_plain,
)
from unit.action_harness import JSON_TYPES, trusted, types_in

pytestmark = pytest.mark.action_door

SINCE_2_19 = tuple(map(int, __version__.split(".")[:2])) >= (2, 19)
VAULT_PASSWORD = "open-sesame"
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text
dates = st.dates()
times = st.datetimes() | st.datetimes(timezones=st.just(datetime.timezone.utc))


def nested(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4))


def as_module_receives(value: Any) -> Any:
    """Return what a module would read of a value that is among the arguments of its task."""
    if not SINCE_2_19:
        from ansible.parsing.ajson import AnsibleJSONEncoder  # noqa: PLC0415

        return json.loads(json.dumps(value, cls=AnsibleJSONEncoder, vault_to_text=True))
    from ansible.module_utils.common.json import Direction, get_module_encoder  # noqa: PLC0415

    return json.loads(json.dumps(value, cls=get_module_encoder("legacy", Direction.CONTROLLER_TO_MODULE)))


def check(value: Any) -> None:
    plain = to_plain(value)
    assert plain == as_module_receives(value)
    # Equal is not enough: True == 1 == 1.0, and a tagged string equals a plain one.
    assert json.dumps(plain) == json.dumps(as_module_receives(value))
    assert types_in(plain) <= set(JSON_TYPES)


def tagged(value: Any) -> Any:
    """Return a value as ansible-core reads it from a playbook, each part of a type of Ansible's own."""
    return DataLoader().load(json.dumps({"value": value}), file_name="/playbook.yml")["value"]


example_settings = settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@example_settings
@given(nested(scalars))
def test_value_of_python_is_what_a_module_receives(value: Any) -> None:
    check(value)


@example_settings
@given(nested(scalars))
def test_value_of_a_playbook_is_what_a_module_receives(value: Any) -> None:
    check(tagged(value))


@example_settings
@given(nested(scalars))
def test_unsafe_value_is_what_a_module_receives(value: Any) -> None:
    check(wrap_var(value))
    check(wrap_var(tagged(value)))


@example_settings
@given(nested(scalars | dates))
def test_date_is_what_a_module_receives(value: Any) -> None:
    check(value)


def test_date_of_a_playbook_is_what_a_module_receives() -> None:
    loaded = DataLoader().load("a: 2026-01-31\n")
    check(loaded)
    assert to_plain(loaded)["a"] == "2026-01-31"


@example_settings
@given(nested(scalars), times)
def test_time_is_found(value: Any, time: datetime.datetime) -> None:
    arguments = {"a": value, "b": [value, {"c": value, "d": time}]}
    with pytest.raises(TimeError):
        to_plain(arguments)
    assert find_time(arguments) == "b[1].d"
    assert find_time(value) == ""


@pytest.mark.parametrize("text", ["2026-01-31T12:00:00Z", "2026-01-31 12:00:00.5 +02:00", "2026-1-3 1:00:00"])
def test_time_of_a_playbook_is_refused(text: str) -> None:
    arguments = DataLoader().load(f"display_name: {text}\n")
    with pytest.raises(TimeError):
        to_plain(arguments)
    assert find_time(arguments) == "display_name"


def vaulted(secret: str, password: str) -> Any:
    """Return a value that is encrypted in a playbook, read by someone who has `VAULT_PASSWORD`."""
    encrypted = VaultLib([("default", VaultSecret(password.encode()))]).encrypt(secret.encode()).decode()
    loader = DataLoader()
    loader.set_vault_secrets([("default", VaultSecret(VAULT_PASSWORD.encode()))])
    return loader.load("".join(f"{line}\n" for line in ["!vault |", *(f"  {line}" for line in encrypted.splitlines())]))


@pytest.mark.skipif(SINCE_2_19, reason="since ansible-core 2.19, resolving the templates of a task decrypts its values")
@pytest.mark.parametrize("secret", ["hunter2", "", "é{{ x }}", "line\nbreak"])
def test_vaulted_value_is_what_a_module_receives(secret: str) -> None:
    check({"password": vaulted(secret, VAULT_PASSWORD)})
    assert to_plain(vaulted(secret, VAULT_PASSWORD)) == secret


def test_vaulted_value_that_is_not_decrypted_never_becomes_text() -> None:
    # Before ansible-core 2.19 by an error about the vault, since by running the module, which ends in such an error.
    with pytest.raises(NotPlainError if SINCE_2_19 else AnsibleError):
        to_plain([vaulted("hunter2", "other password")])


@pytest.mark.parametrize("value", [(1, "a"), [("a",)]], ids=str)
def test_tuple_is_a_list(value: Any) -> None:
    check(value)


@pytest.mark.parametrize("value", [True, False, None, 0, 1, 10**400, 0.1, -0.0, float("inf"), float("-inf")], ids=str)
def test_number_keeps_its_type(value: Any) -> None:
    check(value)
    check(tagged(value))


@pytest.mark.parametrize(
    "value",
    [{1}, b"x", bytearray(b"x"), object(), 1j, {1: "a"}, {None: "a"}, {True: "a"}, [[{"a": {1}}]], range, lambda: 1],
)
def test_value_that_json_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(NotPlainError):
        to_plain(value)


def test_change_of_a_plain_value_leaves_the_arguments_alone() -> None:
    arguments = {"a": [{"b": 1}]}
    to_plain(arguments)["a"][0]["b"] = 2
    assert arguments == {"a": [{"b": 1}]}


@pytest.mark.parametrize("template", ["{{ 7 * 7 }}", "{% raw %}"])
def test_template_stays_text(template: str) -> None:
    assert to_plain(tagged([template])) == [template]
    assert to_plain(trusted(template)).__class__ is str
