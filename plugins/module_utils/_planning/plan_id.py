# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Digests of what a run will write, by which somebody approves exactly that.

Objects that do not exist yet are known by their names, so that a preview and the run that creates them agree. No digest
covers a secret, only whether one is set or sent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from .._resources.schema import SECRET_NAME, ApiObject, Field, Resource
from .plan import REMOVED, Create, Delete, Update, Write, final_key

# Of 128 bits: somebody who can choose both plans must not find another one with the id of the approved one.
DIGITS = 32


def plan_id(change_ids: Iterable[str]) -> str:
    """Return the id of a plan: equal for equal changes, whatever their order."""
    return _digest(sorted(change_ids))


def change_id(steps: list[str]) -> str:
    """Return the id of a change: that of its only step, or a digest of all of them."""
    return steps[0] if len(steps) == 1 else _digest(sorted(steps))


def step_ids(write: Write, names: Mapping[str, str], claimed: frozenset[str] = frozenset()) -> list[str]:
    """Return the ids of the requests that a write consists of.

    Each covers what the request writes and the state that it starts from, as far as that is not the server's own
    business such as a registration status. A write whose first steps succeeded consists of the other ones when it is
    planned again, so that their approval still covers it.

    Args:
        names: of parents by id. A parent that is in it counts by its name.
        claimed: members of lists of links that objects have after the run: where these are now does not count.
    """
    facts = _Facts(write.resource, names, claimed)
    if isinstance(write, Create):
        return [_digest(step) for step in (facts.create(write), *facts.links(write))]
    if isinstance(write, Delete):
        return [_digest(facts.delete(write))]
    update = [] if write.body is None else facts.update(write, write.body)
    return [_digest(step) for step in (*update, *facts.links(write))]


class _Facts:
    """What the requests of a write are about."""

    def __init__(self, resource: Resource, names: Mapping[str, str], claimed: frozenset[str]) -> None:
        self._resource = resource
        self._names = names
        self._claimed = claimed

    def create(self, write: Create) -> Any:
        return ["create", self._resource.label, self._body(write.body), self._key(write)]

    def update(self, write: Update, body: ApiObject) -> list[Any]:
        """Return what a PUT changes, and by itself each secret that it sends: the API may not show that it has it."""
        sent = [field.option for field in self._resource.secret_fields if field.option in write.after]
        own = ["secret", self._resource.label, write.current["id"].lower()]
        secrets = [[*own, option, *([REMOVED] if write.after[option] == REMOVED else [])] for option in sent]
        known = [field for field in self._resource.body_fields if not field.secret and field.api in body]
        stored = [field.default if (value := write.current.get(field.api)) is None else value for field in known]
        if secrets and all(field.equal(value, body[field.api]) for field, value in zip(known, stored)):
            return secrets
        return [["update", self._object(write.current), self._body(body)], *secrets]

    def delete(self, write: Delete) -> Any:
        return ["delete", self._object(write.current), write.desired.force]

    def links(self, write: Create | Update) -> list[Any]:
        """Return the links that change, each member of a list by itself, without the id that a new object gets."""
        current = write.current or {}
        key = self._key(write)
        found: list[Any] = []
        for option in write.links:
            field = self._resource.by_option[option]
            before, after = current.get(field.api), write.desired.values[option]
            if field.type == "list":
                members = set(before or ()).symmetric_difference(after or ())
                found += [["link", key, option, member, member in (after or ())] for member in sorted(members)]
            else:
                found.append(["link", key, option, self._value(field, before), self._value(field, after)])
        return found

    def _key(self, write: Create | Update) -> list[Any]:
        return [self._names.get(part, part) for part in final_key(write.desired, write.current)]

    def _object(self, obj: ApiObject) -> ApiObject:
        fields = [field for field in self._resource.fields if not field.server_computed]
        known = {field.api: self._value(field, obj.get(field.api)) for field in fields}
        for field in self._resource.derived_fields:
            known[field.api] = sorted(set(obj.get(field.api) or ()) - self._claimed)
        return {**known, "": self._resource.label}

    def _body(self, body: ApiObject) -> ApiObject:
        known = {
            field.api: self._value(field, body[field.api])
            for field in self._resource.create_fields
            if field.api in body
        }
        return {**_without_secrets(body), **known}

    def _value(self, field: Field, value: Any) -> Any:
        if field.secret:
            return bool(value)
        normalized = field.normalize(value)
        return self._names.get(normalized, normalized) if field.type == "uuid" else normalized


def _without_secrets(value: Any) -> Any:
    """Return undocumented fields with what their names call secret reduced to whether it is set."""
    if isinstance(value, list):
        return [_without_secrets(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: bool(each) if SECRET_NAME.search(name) else _without_secrets(each) for name, each in value.items()}


def _digest(facts: Any) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:DIGITS]
