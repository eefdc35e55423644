#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: for a task that takes a list of 50,000 entries it hardly matters whether the list is a variable from a file
#   or read with a lookup; JSON from `vars_files` is the cheapest, as nothing in it has to be templated.
# What happens: with 2.19 and newer a list from `vars_files` or `-e @file` costs five times as much CPU as `lookup |
#   from_json` in the task, 25 to 30 seconds against 5; with 2.16 all of them cost 45 seconds.
# Versions: ansible-core 2.16.19, 2.19.14, 2.21.5, 2.22.0rc1
# For users of this collection: read long lists with a lookup in the task that uses them, or with phone_numbers_file,
#   which needs no list of Ansible. The guide "Scale and benchmark" has the table that this prints with ENTRIES=50000;
#   by default it measures fewer entries.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3.12 -m venv core216
core216/bin/pip install -qq ansible-core==2.16.19
python3.12 -m venv core219
core219/bin/pip install -qq ansible-core==2.19.14
python3.12 -m venv core221
core221/bin/pip install -qq ansible-core==2.21.5
python3.13 -m venv core222
core222/bin/pip install -qq ansible-core==2.22.0rc1
export ANSIBLE_HOME=$folder/ansible ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=0 ANSIBLE_INVENTORY_UNPARSED_WARNING=0
echo '[defaults]' > ansible.cfg
cat > measure.py <<'END'
import json, os, resource, statistics, subprocess
from pathlib import Path

ENTRIES, RUNS = int(os.environ.get("ENTRIES", 20000)), int(os.environ.get("RUNS", 1))
CORES = ("core216", "core219", "core221", "core222")
FURTHER = 1
numbers = [
    {"phone_number": f"+1555{number:07}", "display_name": f"Line {number}", "trunk": "desk@sip.example.com", "agent": "agent-1"}
    for number in range(ENTRIES)
]
Path("list.json").write_text(json.dumps(numbers))
Path("vars.json").write_text(json.dumps({"numbers": numbers}))
Path("action_plugins").mkdir()
Path("action_plugins/take.py").write_text('''
from ansible.plugins.action import ActionBase

class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        return {"msg": len(self._task.args["numbers"])}
''')

def take(numbers="{{ numbers }}"): return {"take": {"numbers": numbers}}
LOOKUP = "{{ lookup('ansible.builtin.file', '%s/list.json') | from_json }}" % os.getcwd()

# What a further task costs is measured for the way that reads the list again.
WAYS = {
    "no list": ({}, [take([])], [], False),
    "vars_files, JSON": ({"vars_files": ["vars.json"]}, [take()], [], True),
    "lookup | from_json": ({}, [take(LOOKUP)], [], False),
    "-e @file, JSON": ({}, [take()], ["-e", "@vars.json"], False),
}

def cpu_seconds(core, play, tasks, options):
    play = {"hosts": "localhost", "gather_facts": False, **play, "tasks": tasks}
    Path("play.yml").write_text(json.dumps([play]))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([f"{core}/bin/ansible-playbook", *options, "play.yml"], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

def measure(core, play, tasks, options, with_further):
    more = [{"ansible.builtin.debug": {"msg": "something else"}}] * FURTHER
    first = statistics.median(cpu_seconds(core, play, tasks, options) for _ in range(RUNS))
    if not with_further:
        return first, None
    longer = statistics.median(cpu_seconds(core, play, tasks + more, options) for _ in range(RUNS))
    return first, max(0, (longer - first) / FURTHER)

def show(first, further): return f"{first:.1f}" if further is None else f"{first:.1f} / {further:.1f}"

print(f"CPU seconds for {ENTRIES} entries: the playbook with one task / each further task")
print(f"{'':32}", *(f"{core:>14}" for core in CORES))
seen = {}
for way, how in WAYS.items():
    row = [measure(core, *how) for core in CORES]
    seen |= {(way, core): cost for core, cost in zip(CORES, row)}
    print(f"{way:32}", *(f"{show(*cost):>14}" for cost in row), flush=True)

def own(way, core): return max(seen[way, core][0] - seen["no list", core][0], 0.01)

print("=")
for core in CORES:
    ratio = own("vars_files, JSON", core) / own("lookup | from_json", core)
    print(core, "the lookup costs less than half" if ratio > 2 else "vars_files costs less than half" if ratio < 0.5 else "alike")
END
venv=core222/bin/python
"$venv" measure.py > table
sed '/^=/,$d' table
seen=$(sed '1,/^=/d' table)

known=$(
  cat <<'END'
core216 alike
core219 the lookup costs less than half
core221 the lookup costs less than half
core222 the lookup costs less than half
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
