# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the API contract and the interface of the modules promise, in plain dicts.

Written from the documents alone: it shares no code with the collection or the emulator, so that the three can disagree.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

Fields = dict[str, Any]
Options = dict[str, Any]

NEW = "new-"
PASSWORD = "auth_password"
NUMBER_OPTIONS = {
    "phone_number": "phoneNumber",
    "credentials_id": "credentialsId",
    "display_name": "displayName",
    "description": "description",
    "registration": "registration",
    "incoming_calls_agent_id": "incomingCallsAgentId",
}
TRUNK_OPTIONS = {
    "server": "server",
    "domain": "domain",
    "auth_user": "authUser",
    PASSWORD: "authPassword",
    "transport": "transport",
    "description": "description",
    "cps_limit": "cpsLimit",
    "cps_key": "cpsKey",
}
NUMBER_DEFAULTS: Fields = {
    "displayName": None,
    "description": None,
    "registration": False,
    "providerId": None,
    "incomingCallsAgentId": None,
}
TRUNK_DEFAULTS: Fields = {
    "domain": None,
    "authUser": None,
    "authPassword": None,
    "transport": "udp",
    "description": None,
    "cpsLimit": None,
    "cpsKey": None,
    "source": "manual",
    "providerId": None,
}
LINK = "incomingCallsAgentId"


class Refused(Exception):
    """The API refuses a write, or the module a task.

    Attributes:
        foreseen: whether check mode fails as well; None if it may.
    """

    def __init__(self, reason: str, foreseen: bool | None) -> None:
        super().__init__(reason)
        self.foreseen = foreseen


@dataclass
class Expected:
    """What a task on one object does.

    Attributes:
        action: `create`, `update`, `delete` or `unchanged`.
        changed: whether anything is written, also before a failure.
        foreseen: of a failure, whether check mode fails as well; None if it may.
        may_refuse: the interface leaves open whether the module refuses the task without writing anything.
        writes: the kinds of the writes, in their order.
        shows_password: whether the diff says `(changed)` of the password; None if the interface leaves it open.
    """

    action: str = "unchanged"
    changed: bool = False
    failed: bool = False
    foreseen: bool | None = True
    may_refuse: bool = False
    writes: list[str] = field(default_factory=list)
    before: Fields | None = None
    after: Fields | None = None
    shows_password: bool | None = False

    def fail(self, refused: Refused) -> None:
        """Note that the task ends here."""
        self.failed, self.foreseen = True, refused.foreseen


@dataclass
class ExpectedFleet:
    """What a task on many numbers does.

    Attributes:
        entries: of the numbers that were attempted.
        rejected: whether the task fails before its first write, and does nothing.
    """

    rejected: bool = False
    entries: list[Expected] = field(default_factory=list)
    not_attempted: int = 0

    @property
    def changed(self) -> bool:
        return any(entry.changed for entry in self.entries)

    @property
    def failed(self) -> bool:
        return self.rejected or any(entry.failed for entry in self.entries)

    @property
    def foreseen(self) -> bool | None:
        """Whether check mode knows all of it."""
        return True if all(entry.foreseen or not entry.failed for entry in self.entries) else None

    @property
    def writes(self) -> list[str]:
        return [write for entry in self.entries for write in entry.writes]

    @property
    def summary(self) -> dict[str, int]:
        """The counts of the result."""
        names = {"create": "created", "update": "updated", "delete": "deleted", "unchanged": "unchanged"}
        counts = dict.fromkeys((*names.values(), "failed", "not_attempted"), 0)
        for entry in self.entries:
            counts["failed" if entry.failed else names[entry.action]] += 1
        return {**counts, "not_attempted": self.not_attempted}


class Api:
    """The state of one organization, and what the contract says of each write.

    Args:
        seed: `credentials`, `agents` and `phone_numbers` with the API's field names; every object with its id.
    """

    def __init__(self, seed: Fields) -> None:
        self.trunks = {entry["id"]: {**TRUNK_DEFAULTS, **entry} for entry in seed["credentials"]}
        self.numbers = {entry["id"]: {**NUMBER_DEFAULTS, **entry} for entry in seed["phone_numbers"]}
        self.outbound: dict[str, str | None] = {entry["id"]: entry.get("outbound") for entry in seed["agents"]}
        self._count = 0

    def copy(self) -> Api:
        """Return a copy that shares nothing."""
        return copy.deepcopy(self)

    def numbers_on(self, trunk: str) -> list[Fields]:
        """Return the numbers of a trunk."""
        return [number for number in self.numbers.values() if number["credentialsId"] == trunk.lower()]

    def find_number(self, phone: str, trunk: str) -> Fields | None:
        """Return the number that a pair identifies."""
        found = [number for number in self.numbers_on(trunk) if number["phoneNumber"] == phone]
        return found[0] if found else None

    def is_used(self, number: Fields) -> bool:
        """Whether an agent uses a number, for incoming or outgoing calls."""
        return number[LINK] is not None or number["id"] in self.outbound.values()

    def create_number(self, fields: Fields) -> Fields:
        """POST: the pair is unique, the trunk exists."""
        number = {**NUMBER_DEFAULTS, **fields, "id": self._new_id()}
        self._check_pair(number)
        self.numbers[number["id"]] = number
        return number

    def change_number(self, number: Fields, changes: Fields) -> None:
        """PUT: what a provider manages is refused; the rest stays as it was."""
        if number["providerId"] is not None:
            raise Refused("managed by a provider", foreseen=None)
        self._check_pair({**number, **changes})
        number.update(changes)

    def link(self, number: Fields, agent: str | None) -> None:
        """Route incoming calls to an agent, or to none."""
        if agent is not None and agent not in self.outbound:
            raise Refused("no such agent", foreseen=None)
        number[LINK] = agent

    def delete_number(self, number: Fields, force: bool) -> None:
        """DELETE: what agents use goes by force only, what a provider manages never."""
        if number["providerId"] is not None:
            raise Refused("managed by a provider", foreseen=True)
        if self.is_used(number) and not force:
            raise Refused("used by agents", foreseen=True)
        self._drop(number)

    def create_trunk(self, fields: Fields) -> Fields:
        """POST: nothing is unique."""
        trunk = {**TRUNK_DEFAULTS, **fields, "id": self._new_id()}
        self.trunks[trunk["id"]] = trunk
        return trunk

    def delete_trunk(self, trunk: Fields, force: bool) -> None:
        """DELETE: numbers on it go with it, by force only."""
        if trunk["source"] == "provider":
            raise Refused("managed by a provider", foreseen=True)
        numbers = self.numbers_on(trunk["id"])
        if numbers and not force:
            raise Refused("used by phone numbers", foreseen=True)
        for number in numbers:
            self._drop(number)
        del self.trunks[trunk["id"]]

    def forget_number(self, number_id: str) -> None:
        """Delete a number as somebody else may."""
        self._drop(self.numbers[number_id])

    def learn(self, numbers: list[Fields], trunks: list[Fields]) -> None:
        """Take over the ids that the server gave to new objects."""
        pairs = {(number["phoneNumber"], number["credentialsId"]): number["id"] for number in numbers}
        for number in _new(self.numbers):
            _rename(self.numbers, number, pairs.get((number["phoneNumber"], number["credentialsId"])))
        for trunk in _new(self.trunks):
            unknown = [found["id"] for found in trunks if found["id"] not in self.trunks]
            _rename(self.trunks, trunk, unknown[0] if unknown else None)

    def _check_pair(self, number: Fields) -> None:
        if number["credentialsId"] not in self.trunks:
            raise Refused("no such trunk", foreseen=None)
        other = self.find_number(number["phoneNumber"], number["credentialsId"])
        if other is not None and other["id"] != number["id"]:
            raise Refused("the pair is taken", foreseen=None)

    def _drop(self, number: Fields) -> None:
        del self.numbers[number["id"]]
        self.outbound = {agent: None if used == number["id"] else used for agent, used in self.outbound.items()}

    def _new_id(self) -> str:
        self._count += 1
        return f"{NEW}{self._count}"


def _new(objects: dict[str, Fields]) -> list[Fields]:
    return [found for name, found in objects.items() if name.startswith(NEW)]


def _rename(objects: dict[str, Fields], found: Fields, new_id: str | None) -> None:
    if new_id is not None:
        objects[new_id] = {**objects.pop(found["id"]), "id": new_id}


def _asked(options: Options, names: dict[str, str]) -> Fields:
    """Return the values that a task manages, by the API's names: null is omitted, and an empty text or 0 clears."""
    given = {api: options[option] for option, api in names.items() if options.get(option) is not None}
    asked: Fields = {
        api: None if value == "" or (api == "cpsLimit" and value == 0) else value for api, value in given.items()
    }
    if "credentialsId" in asked:
        asked["credentialsId"] = asked["credentialsId"].lower()
    return asked


# sip_phone_number


def ensure_number(api: Api, options: Options) -> Expected:
    """Apply a task of sip_phone_number to the model."""
    expected = Expected()
    try:
        number = _named_number(api, options)
        if options.get("state") == "absent":
            _remove(api, expected, number=number, force=_force(options))
        elif number is None:
            _create(api, expected, _asked(options, NUMBER_OPTIONS))
        else:
            _update(api, expected, number, _asked(options, NUMBER_OPTIONS))
    except Refused as refused:
        expected.fail(refused)
    return expected


def _named_number(api: Api, options: Options) -> Fields | None:
    asked: Fields = _asked(options, NUMBER_OPTIONS)
    absent = options.get("state") == "absent"
    if "id" in options:
        number = api.numbers.get(options["id"].lower())
        if number is None and not absent:
            raise Refused("no such id", foreseen=True)
        key = {name: asked[name] for name in ("phoneNumber", "credentialsId") if name in asked}
        if absent and number is not None and not key.items() <= number.items():
            raise Refused("not the number that the task describes", foreseen=True)
        return number
    if "credentialsId" in asked:
        return api.find_number(asked["phoneNumber"], asked["credentialsId"])
    if not absent:
        raise Refused("no trunk", foreseen=True)
    found = [number for number in api.numbers.values() if number["phoneNumber"] == asked["phoneNumber"]]
    if len(found) > 1:
        raise Refused("several trunks hold the number", foreseen=True)
    return found[0] if found else None


def _remove(api: Api, expected: Expected, *, number: Fields | None, force: bool) -> None:
    if number is None:
        return
    expected.action, expected.before = "delete", dict(number)
    api.delete_number(number, force)
    expected.changed = True
    expected.writes.append("DELETE number")


def _create(api: Api, expected: Expected, asked: Fields) -> None:
    expected.action, agent = "create", asked.pop(LINK, None)
    number = api.create_number(asked)
    expected.changed, expected.after = True, number
    expected.writes.append("POST number")
    if agent is not None:
        api.link(number, agent)
        expected.writes.append("PUT link")


def _update(api: Api, expected: Expected, number: Fields, asked: Fields) -> None:
    changes = {name: value for name, value in asked.items() if number[name] != value}
    expected.before, expected.after = dict(number), number
    if not changes:
        return
    expected.action = "update"
    relink = LINK in changes
    agent = changes.pop(LINK, None)
    if changes:
        api.change_number(number, changes)
        expected.changed = True
        expected.writes.append("PUT number")
    if relink:
        api.link(number, agent)
        expected.changed = True
        expected.writes.append("DELETE link" if agent is None else "PUT link")


# sip_phone_numbers


def ensure_fleet(api: Api, options: Options) -> ExpectedFleet:
    """Apply a task of sip_phone_numbers to the model."""
    absent, purge = options.get("state") == "absent", bool(options.get("purge"))
    default = {"credentials_id": options.get("credentials_id")}
    entries = [{**default, **_without_nulls(entry)} for entry in options["phone_numbers"]]
    if any(entry["credentials_id"] is None for entry in entries) or (absent and purge):
        return ExpectedFleet(rejected=True)
    pairs = [(entry["phone_number"], entry["credentials_id"].lower()) for entry in entries]
    if len(set(pairs)) < len(pairs):
        return ExpectedFleet(rejected=True)
    doomed = _listed(api, pairs) if absent else []
    doomed += _unlisted(api, options, pairs) if purge else []
    if len(doomed) > options.get("max_deletions", 10):
        return ExpectedFleet(rejected=True)
    return _apply_fleet(api, options, [] if absent else entries, doomed, unchanged=len(pairs) - len(doomed))


def _apply_fleet(
    api: Api, options: Options, entries: list[Options], doomed: list[Fields], unchanged: int
) -> ExpectedFleet:
    fleet = ExpectedFleet(entries=[ensure_number(api, entry) for entry in entries])
    if options.get("state") == "absent":
        fleet.entries += [Expected() for _missing in range(unchanged)]
    elif fleet.failed:
        fleet.not_attempted = len(doomed)
        return fleet
    for number in doomed:
        fleet.entries.append(_attempt(partial(_remove, api, number=number, force=_force(options))))
    return fleet


def _force(options: Options) -> bool:
    return bool(options.get("force"))


def _attempt(apply: Callable[[Expected], None]) -> Expected:
    expected = Expected()
    try:
        apply(expected)
    except Refused as refused:
        expected.fail(refused)
    return expected


def _listed(api: Api, pairs: list[tuple[str, str]]) -> list[Fields]:
    found = [api.find_number(phone, trunk) for phone, trunk in pairs]
    return [number for number in found if number is not None]


def _unlisted(api: Api, options: Options, pairs: list[tuple[str, str]]) -> list[Fields]:
    further = [trunk.lower() for trunk in options.get("purge_on_trunks") or []]
    trunks = {*further, *(trunk for _phone, trunk in pairs)}
    return [
        number
        for number in api.numbers.values()
        if number["credentialsId"] in trunks
        and (number["phoneNumber"], number["credentialsId"]) not in pairs
        and number["providerId"] is None
    ]


def _without_nulls(options: Options) -> Options:
    return {name: value for name, value in options.items() if value is not None}


# sip_credential


def ensure_trunk(api: Api, options: Options, passwords: str) -> Expected:
    """Apply a task of sip_credential to the model.

    Args:
        passwords: how the server returns them: `clear`, `masked` or `absent`.
    """
    return _attempt(lambda expected: _ensure_trunk(api, options, passwords, expected))


def _ensure_trunk(api: Api, options: Options, passwords: str, expected: Expected) -> None:
    trunk = _named_trunk(api, options)
    asked = _asked(options, TRUNK_OPTIONS)
    if options.get("state") == "absent":
        if trunk is not None:
            expected.action, expected.before = "delete", dict(trunk)
            api.delete_trunk(trunk, _force(options))
            expected.changed = True
            expected.writes.append("DELETE trunk")
    elif trunk is None:
        expected.action, expected.changed = "create", True
        expected.after = api.create_trunk(asked)
        expected.shows_password = "authPassword" in asked
        expected.writes.append("POST trunk")
    else:
        _update_trunk(expected, trunk, asked, passwords, always=options.get("update_password") == "always")


def _named_trunk(api: Api, options: Options) -> Fields | None:
    asked, absent = _asked(options, TRUNK_OPTIONS), options.get("state") == "absent"
    if "id" in options:
        trunk = api.trunks.get(options["id"].lower())
        if trunk is None and not absent:
            raise Refused("no such id", foreseen=True)
        key = {name: asked[name] for name in ("server", "authUser") if name in asked}
        if absent and trunk is not None and not key.items() <= trunk.items():
            raise Refused("not the trunk that the task describes", foreseen=True)
        return trunk
    key = {"server": asked["server"], "authUser": asked.get("authUser")}
    found = [trunk for trunk in api.trunks.values() if key.items() <= trunk.items()]
    if len(found) > 1:
        raise Refused("several trunks match", foreseen=True)
    return found[0] if found else None


def _update_trunk(expected: Expected, trunk: Fields, asked: Fields, passwords: str, always: bool) -> None:
    given = asked.pop("authPassword", None)
    changes = {name: value for name, value in asked.items() if trunk[name] != value}
    stored = trunk["authPassword"]
    readable = passwords == "clear" and stored is not None
    replace = always and given is not None and not (readable and stored == given)
    expected.before, expected.after = dict(trunk), trunk
    if not changes and not replace:
        return
    expected.action = "update"
    if trunk["source"] == "provider":
        raise Refused("managed by a provider", foreseen=True)
    expected.shows_password = replace
    if not replace and not readable:
        given = _carried_password(expected, trunk, given)
        changes["authPassword"] = given
        expected.shows_password = given is not None
    elif replace:
        changes["authPassword"] = given
    trunk.update(changes)
    expected.changed = True
    expected.writes.append("PUT trunk")


def _carried_password(expected: Expected, trunk: Fields, given: str | None) -> str | None:
    """Return the password of a replacing PUT when the server does not return the stored one in clear text."""
    if given is not None:
        return given
    if trunk["authUser"] is not None or trunk["authPassword"] is not None:
        raise Refused("would destroy the password", foreseen=True)
    expected.may_refuse = True
    return None


# The info modules


def listed_numbers(api: Api, options: Options) -> Iterator[Fields]:
    """Return the numbers that sip_phone_number_info returns, in its order."""
    wanted: Fields = {
        "phoneNumber": options.get("phone_number"),
        "credentialsId": (options.get("credentials_id") or "").lower() or None,
        LINK: options.get("linked_agent_id"),
        "id": (options.get("id") or "").lower() or None,
    }
    wanted = _without_nulls(wanted)
    found = [number for number in api.numbers.values() if wanted.items() <= number.items()]
    found = [number for number in found if number[LINK] is None or not options.get("unlinked_only")]
    return iter(sorted(found, key=lambda number: (number["phoneNumber"], number["credentialsId"])))
