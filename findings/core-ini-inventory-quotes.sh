#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: in an INI inventory a value is read alike on the line of a host and under [group:vars].
# What happens: the line of a host is split as a shell does it, which removes the outer quotes before the value is
#   read: '"0042"' is 0042 there, and "0042" with its quotes under [group:vars].
# Versions: ansible-core 2.16.19, 2.22.0rc1
# For users of this collection: a PIN or a display name that moves from a host to its group gains quotes that end up
#   at the API. Quote once under [group:vars], or use YAML.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3.12 -m venv core216
core216/bin/pip install -qq ansible-core==2.16.19
python3.13 -m venv core222
core222/bin/pip install -qq ansible-core==2.22.0rc1
export ANSIBLE_HOME=$folder/ansible ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=0 ANSIBLE_INVENTORY_UNPARSED_WARNING=0
echo '[defaults]' > ansible.cfg

cat > hosts.ini <<'END'
[office]
desk pin_of_host='"0042"'
[office:vars]
pin_of_group='"0042"'
END
seen=$(for core in core216 core222; do
  "$core/bin/ansible-inventory" -i hosts.ini --host desk | grep pin
done)

known=$(
  cat <<'END'
    "pin_of_group": "\"0042\"",
    "pin_of_host": "0042"
    "pin_of_group": "\"0042\"",
    "pin_of_host": "0042"
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
