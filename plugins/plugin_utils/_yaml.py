# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads lists of entries in YAML event by event: a million of them as nodes would need several gigabytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from ansible.module_utils.common.yaml import SafeLoader

from ._findings import Findings
from ._records import A_LIST, MAX_KEYS, Record

TAG = "tag:yaml.org,2002:"
STRING, NULL, DATE = f"{TAG}str", f"{TAG}null", f"{TAG}timestamp"
CONSTRUCTORS = {
    f"{TAG}int": "construct_yaml_int",
    f"{TAG}float": "construct_yaml_float",
    f"{TAG}bool": "construct_yaml_bool",
}
TAGS = frozenset((None, "!", STRING, NULL, DATE, *CONSTRUCTORS, f"{TAG}seq", f"{TAG}map"))


class _UnusableError(ValueError):
    """Something in the file that the rest cannot be read without."""

    def __init__(self, message: str, event: Any) -> None:
        super().__init__(message)
        self.line = _line(event)


def read_yaml(text: str, errors: Findings) -> Iterator[Record]:
    """Yield the entries of a YAML file.

    Aliases and merge keys are resolved. What an alias stands for exists once, and a mapping has a limited number of
    keys, so that a small file cannot become a large one.
    """
    try:
        yield from _YamlReader(text, errors).records()
    except _UnusableError as error:
        errors.add(f"{error}.", error.line)
    except RecursionError:
        errors.add("not valid YAML: it is nested too deeply.")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(filter(None, (error.context, error.problem)))
        errors.add(f"not valid YAML: {what:.200}.", mark.line + 1 if mark else None)
    except (yaml.YAMLError, ValueError) as error:
        errors.add(f"not valid YAML: {str(error).splitlines()[0]:.200}.")


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


class _YamlReader:
    """Turns the events of a parser into plain values."""

    def __init__(self, text: str, errors: Findings) -> None:
        self._loader = SafeLoader(text)
        self._errors = errors
        self._anchors: dict[str, Any] = {}

    def records(self) -> Iterator[Record]:
        """Yield the entries."""
        event = self._next()
        while isinstance(event, (yaml.StreamStartEvent, yaml.DocumentStartEvent)):
            event = self._next()
        if isinstance(event, yaml.SequenceStartEvent):
            yield from self._entries()
        elif isinstance(event, yaml.MappingStartEvent):
            yield from self._list_of_mapping(event)
        else:
            raise _UnusableError(f"the file must be {A_LIST}", event)
        while not isinstance(event, yaml.StreamEndEvent):
            event = self._next()
            if isinstance(event, yaml.DocumentStartEvent):
                raise _UnusableError("the file has more than one document", event)

    def _next(self) -> Any:
        return self._loader.get_event()

    def _list_of_mapping(self, start: Any) -> Iterator[Record]:
        found = False
        while not isinstance(name := self._next(), yaml.MappingEndEvent):
            if not isinstance(name, yaml.ScalarEvent):
                raise _UnusableError("the name of a list must be a text", name)
            value = self._next()
            if not isinstance(value, yaml.SequenceStartEvent):
                self._value(value)
                continue
            if found:
                raise _UnusableError(f"the file must be {A_LIST}", value)
            found = True
            yield from self._entries()
        if not found:
            raise _UnusableError(f"the file must be {A_LIST}", start)

    def _entries(self) -> Iterator[Record]:
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            value = self._value(event)
            if isinstance(value, dict):
                yield Record(value, _line(event))
            else:
                self._errors.add("an entry must be a mapping of options.", _line(event))

    def _value(self, event: Any) -> Any:
        """Return the value that starts with an event."""
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise _UnusableError(f"the alias {event.anchor!r:.60} has no anchor before it", event)
            return self._anchors[event.anchor]
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event)
        else:
            self._check_tag(event)
            value = self._sequence() if isinstance(event, yaml.SequenceStartEvent) else self._mapping(event)
        if event.anchor:
            self._anchors[event.anchor] = value
        return value

    def _sequence(self) -> list[Any]:
        found = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            found.append(self._value(event))
        return found

    def _mapping(self, start: Any) -> dict[str, Any]:
        own: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise _UnusableError("the name of an option must be a text", event)
            name, is_merge = event.value, event.value == "<<" and event.implicit[0]
            value = self._value(self._next())
            if name in own:
                self._errors.add(f"{name!r:.60} is in the entry twice.", _line(event))
            if is_merge:
                merged = {**_merge(value, event), **merged}
            else:
                own[name] = value
        if len(own) + len(merged) > MAX_KEYS:
            raise _UnusableError(f"an entry has more than {MAX_KEYS} options", start)
        return {**merged, **own}

    def _scalar(self, event: Any) -> Any:
        if event.tag is None and not event.implicit[0]:
            return event.value
        self._check_tag(event)
        tag = event.tag or self._loader.resolve(yaml.ScalarNode, event.value, event.implicit)
        if tag == NULL:
            return None
        if tag not in CONSTRUCTORS:
            # A date is the text that its author wrote.
            return event.value
        try:
            return getattr(self._loader, CONSTRUCTORS[tag])(yaml.ScalarNode(tag, event.value))
        except (ValueError, KeyError) as error:
            raise _UnusableError(f"{event.value!r:.60} is not valid for {tag.removeprefix(TAG)}", event) from error

    def _check_tag(self, event: Any) -> None:
        """Raise if an event has a tag that is not one of plain YAML."""
        if event.tag in TAGS:
            return
        advice = ". Encrypt the whole file instead" if event.tag == "!vault" else ""
        raise _UnusableError(f"the tag {event.tag:.60} is not supported here{advice}", event)


def _merge(value: Any, event: Any) -> dict[str, Any]:
    """Return what the merge key of a mapping adds to it; of several mappings, the first that has a key counts."""
    sources = value if isinstance(value, list) else [value]
    found: dict[str, Any] = {}
    for source in sources:
        if not isinstance(source, dict):
            raise _UnusableError("what is merged must be a mapping", event)
        found = {**source, **found}
    return found
