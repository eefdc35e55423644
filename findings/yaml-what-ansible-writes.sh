#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: a text that `to_nice_yaml` (PyYAML) writes without quotes is a text for every YAML parser; at least for those
#   that can be set to YAML 1.1.
# What happens: national numbers with a zero in front and an 8 or 9 in them, and texts such as 1e5, are written plain,
#   and js-yaml, yaml and ruamel.yaml read numbers: of 10,000 random national numbers nine of ten change. yaml does so
#   with version 1.1 as well, where it even reads 08:15 as 495.
# Versions: PyYAML 6.0.4, oyaml 1.0, ruamel.yaml 0.19.1; js-yaml 5.5.0, yaml 2.9.1
# For users of this collection: read files that Ansible wrote with PyYAML only, or write JSON for other tools. Numbers
#   in E.164 with their plus are quoted, and safe everywhere.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3.13 -m venv venv
venv/bin/pip install -qq PyYAML==6.0.4 oyaml==1.0 ruamel.yaml==0.19.1
npm install --silent --no-audit --no-fund js-yaml@5.5.0 yaml@2.9.1
cat > write.py <<'END'
import json, random, yaml
random.seed(1)
texts = ["+4930555001", "030555001", "0891234567", "1e5", "08:15", "12:30", "yes"]
numbers = ["0" + str(random.randrange(10**7, 10**10)) for _ in range(10000)]
open("all.yml", "w").write(yaml.safe_dump(texts + numbers, default_flow_style=False, allow_unicode=True))
open("all.json", "w").write(json.dumps(texts + numbers))
END
cat > read.py <<'END'
import json, oyaml, yaml
from ruamel.yaml import YAML
written, right = open("all.yml").read(), json.load(open("all.json"))
for name, read in (("PyYAML", yaml.safe_load), ("oyaml", oyaml.safe_load), ("ruamel.yaml", YAML(typ="safe").load)):
    pairs = list(zip(right, read(written)))
    print(name, *(f"{was}={now}" for was, now in pairs[:7] if was != now), sum(was != now for was, now in pairs[7:]))
END
cat > read.mjs <<'END'
import fs from "node:fs";
import * as jsyaml from "js-yaml";
import { parse } from "yaml";
const written = fs.readFileSync("all.yml", "utf8"), right = JSON.parse(fs.readFileSync("all.json", "utf8"));
const readers = { "js-yaml": jsyaml.load, "yaml": parse, "yaml 1.1": (text) => parse(text, { version: "1.1" }) };
for (const [name, read] of Object.entries(readers)) {
  const wrong = read(written).map((now, place) => [right[place], now]).map(([was, now]) => was === now ? "" : `${was}=${now}`);
  console.log(name, wrong.slice(0, 7).filter(Boolean).join(" "), wrong.slice(7).filter(Boolean).length);
}
END
venv/bin/python write.py
seen=$(venv/bin/python read.py && node read.mjs)

known=$(
  cat <<'END'
PyYAML 0
oyaml 0
ruamel.yaml 0891234567=891234567 1e5=100000.0 8916
js-yaml 0891234567=891234567 1e5=100000 8916
yaml 0891234567=891234567 1e5=100000 8916
yaml 1.1 0891234567=891234567 1e5=100000 08:15=495 8916
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
