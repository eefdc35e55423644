#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: `ansible_runner.run` uses the extra variables, environment variables and command line that it is called with,
#   also in a `private_data_dir` that a call has used before.
# What happens: the first call writes them to files that later calls read again: extra variables are merged with those
#   of the first call, environment variables of a later call are ignored, and without a command line the first one
#   applies, here --check.
# Versions: ansible-runner 2.4.3, ansible-core 2.22.0rc1
# For users of this collection: a service that runs this collection for several customers in one folder uses the API
#   key of the first. Use a new folder for each run.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3.13 -m venv venv
venv/bin/pip install -qq ansible-runner==2.4.3 ansible-core==2.22.0rc1
export PATH="$folder/venv/bin:$PATH" ANSIBLE_HOME=$folder/ansible ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=0

mkdir -p data/project
cat > data/project/play.yml <<'END'
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.debug:
        msg: "{{ site | default('-') }} {{ office | default('-') }} {{ lookup('env', 'KEY') }} {{ 'check' if ansible_check_mode else 'real' }}"
END
cat > run.py <<'END'
import ansible_runner
def call(title, **options):
    run = ansible_runner.run(private_data_dir="data", playbook="play.yml", quiet=True, **options)
    print(title, *(event["event_data"]["res"]["msg"] for event in run.events if event["event"] == "runner_on_ok"), sep=": ")
call("first", extravars={"site": "Berlin", "office": "1"}, envvars={"KEY": "first"}, cmdline="--check")
call("other site, other key", extravars={"site": "Paris"}, envvars={"KEY": "second"})
call("nothing", extravars={}, envvars={})
END
seen=$(venv/bin/python run.py)

known=$(
  cat <<'END'
first: Berlin 1 first check
other site, other key: Paris 1 first check
nothing: Berlin 1 first check
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
