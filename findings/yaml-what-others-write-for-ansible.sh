#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: a text that a YAML library writes without quotes is the same text for Ansible.
# What happens: ruamel.yaml and yaml of npm write 12:30 and yes without quotes, since these are texts in YAML 1.2;
#   Ansible (PyYAML) reads 750 and true. js-yaml quotes both.
# Versions: PyYAML 6.0.4, ruamel.yaml 0.19.1; js-yaml 5.5.0, yaml 2.9.1
# For users of this collection: a SIP password such as 12:30 that another program put into a file of variables is not
#   the one that arrives. Write JSON, which is read alike by all.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3.13 -m venv venv
venv/bin/pip install -qq PyYAML==6.0.4 ruamel.yaml==0.19.1
npm install --silent --no-audit --no-fund js-yaml@5.5.0 yaml@2.9.1
cat > write.mjs <<'END'
import fs from "node:fs";
import * as jsyaml from "js-yaml";
import { stringify } from "yaml";
const texts = ["12:30", "yes", "0891234567", "1e5", "+4930555001"];
fs.writeFileSync("js-yaml.yml", jsyaml.dump(texts));
fs.writeFileSync("yaml.yml", stringify(texts));
END
cat > read.py <<'END'
import yaml
from ruamel.yaml import YAML
texts = ["12:30", "yes", "0891234567", "1e5", "+4930555001"]
YAML(typ="safe", pure=True).dump(texts, open("ruamel.yml", "w"))
for name in ("ruamel.yml", "yaml.yml", "js-yaml.yml"):
    print(name, *(f"{was}={now}" for was, now in zip(texts, yaml.safe_load(open(name))) if was != now))
END
node write.mjs
seen=$(venv/bin/python read.py)

known=$(
  cat <<'END'
ruamel.yml 12:30=750 yes=True
yaml.yml 12:30=750 yes=True
js-yaml.yml
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
