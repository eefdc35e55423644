#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: a tool that was told nothing about the columns of a CSV file makes numbers of digits; one that sorts or
#   converts a file leaves the values alone, and cells that are texts in a workbook stay texts.
# What happens: csvsort and in2csv rewrite numbers and times; pandas and in2csv make numbers even of cells that are
#   texts in a workbook or an .ods file, and the plus and the zeros are gone. csvcut, csvformat, xlsx2csv, openpyxl,
#   calamine, tablib, polars with infer_schema=False and most CSV readers for Node.js without an option keep every
#   value.
# Versions: in the script; LibreOffice 7.4.7
# For users of this collection: phone numbers lose the plus or the zero, passwords and extensions change, and nothing
#   fails. The guide "From a spreadsheet" has this table, and what to use instead. LibreOffice is measured if it is
#   installed.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3.13 -m venv venv
venv/bin/pip install -qq pandas==3.1.1 openpyxl==3.1.5 odfpy==1.4.1 python-calamine==0.9.1 ezodf==0.3.2 lxml==6.1.3 \
  xlsx2csv==0.8.6 csvkit==2.2.0 clevercsv==0.8.5 polars==2.1.0 tablib==3.10.0 pyexcel==0.7.6
npm install --silent --no-audit --no-fund papaparse@5.7.1 csv-parse@7.0.3 csvtojson@2.0.14 fast-csv@5.0.8 exceljs@4.4.0 xlsx@0.18.5

# In each column every value looks like a number or a time, as it does in a file that a colleague filled in.
cat > in.csv <<'END'
plus,zeros,exponent,clock,extension,uuid
+4930555001,030555001,1e5,12:30,007,12345678-0000-4000-8000-000000000001
+15551234567,0891234567,2e10,1:05,0042,1e500000-0000-4000-8000-000000000002
END

cat > tools.py <<'END'
import csv, json, subprocess, sys
import clevercsv, ezodf, openpyxl, pandas, polars, pyexcel, python_calamine, tablib

ROWS = list(csv.reader(open("in.csv")))
book = openpyxl.Workbook()
for row in ROWS:
    book.active.append(row)  # every cell is a text
book.save("in.xlsx")
open("in.ods", "wb").write(tablib.Dataset(*ROWS[1:], headers=ROWS[0]).export("ods"))

def of_text(text): return list(csv.reader(text.splitlines()))
def of_frame(frame): return of_text(frame.to_csv(index=False))
def run(*command): return of_text(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
def of_tablib(name): return of_text(tablib.Dataset().load(open(name, "rb").read(), format=name[3:]).export("csv"))
def of_ods(name): return [[cell.value for cell in row] for row in ezodf.opendoc(name).sheets[0].rows()]
def of_book(name): return list(openpyxl.load_workbook(name).active.values)
def of_calamine(name): return python_calamine.CalamineWorkbook.from_path(name).get_sheet_by_index(0).to_python()
def of_office(source, *options):
    target = {"csv": "xlsx", "xlsx": "csv"}[source[3:]]
    subprocess.run(["soffice", "--headless", "-env:UserInstallation=file://" + sys.argv[1] + "/office", *options,
                    "--convert-to", target, "--outdir", "out", source], check=True, capture_output=True)
    return of_book("out/in.xlsx") if target == "xlsx" else of_text(open("out/in.csv").read())

TOOLS = {
    "csv: csvcut, csvformat": lambda: run("venv/bin/csvcut", "in.csv"),
    "csv: csvsort": lambda: run("venv/bin/csvsort", "-c", "uuid", "in.csv"),
    "csv: csvsort --no-inference": lambda: run("venv/bin/csvsort", "--no-inference", "-c", "uuid", "in.csv"),
    "csv: in2csv": lambda: run("venv/bin/in2csv", "in.csv"),
    "csv: pandas read_csv": lambda: of_frame(pandas.read_csv("in.csv")),
    "csv: pandas read_csv dtype=str": lambda: of_frame(pandas.read_csv("in.csv", dtype=str)),
    "csv: polars read_csv": lambda: of_text(polars.read_csv("in.csv").write_csv()),
    "csv: polars infer_schema=False": lambda: of_text(polars.read_csv("in.csv", infer_schema=False).write_csv()),
    "csv: tablib": lambda: of_text(tablib.Dataset().load(open("in.csv").read(), format="csv").export("csv")),
    "csv: pyexcel": lambda: of_text(pyexcel.get_sheet(file_name="in.csv").csv),
    "csv: clevercsv read_table": lambda: clevercsv.read_table("in.csv"),
    "csv: clevercsv read_dataframe": lambda: of_frame(clevercsv.read_dataframe("in.csv")),
    **{f"csv: {name}": lambda rows=rows: rows for name, rows in json.load(open("node.json")).items()},
    "xlsx: openpyxl": lambda: of_book("in.xlsx"),
    "xlsx: python-calamine": lambda: of_calamine("in.xlsx"),
    "xlsx: xlsx2csv": lambda: run("venv/bin/xlsx2csv", "in.xlsx"),
    "xlsx: tablib": lambda: of_tablib("in.xlsx"),
    "xlsx: in2csv": lambda: run("venv/bin/in2csv", "in.xlsx"),
    "xlsx: in2csv --no-inference": lambda: run("venv/bin/in2csv", "--no-inference", "in.xlsx"),
    "xlsx: pandas read_excel": lambda: of_frame(pandas.read_excel("in.xlsx", engine="openpyxl")),
    "xlsx: pandas read_excel dtype=str": lambda: of_frame(pandas.read_excel("in.xlsx", engine="openpyxl", dtype=str)),
    "ods: ezodf": lambda: of_ods("in.ods"),
    "ods: tablib": lambda: of_tablib("in.ods"),
    "ods: pandas read_excel": lambda: of_frame(pandas.read_excel("in.ods", engine="odf")),
}
TEXTS = "--infilter=Text - txt - csv (StarCalc):44,34,76,1," + "/".join(f"{column}/2" for column in range(1, 7))
if len(sys.argv) > 2:
    TOOLS["csv: LibreOffice opens"] = lambda: of_office("in.csv")
    TOOLS["csv: LibreOffice, columns set to Text"] = lambda: of_office("in.csv", TEXTS)
    TOOLS["xlsx: LibreOffice converts to csv"] = lambda: of_office("in.xlsx")
for name, read in TOOLS.items():
    rows = {row[5]: row for row in map(list, read())}
    changed = {}
    for row in ROWS[1:]:
        for was, now in zip(row, rows[row[5]]):
            if was != str(now):
                changed.setdefault(row.index(was), f"{was} -> {now}")
    print(f"{name}:", ", ".join(changed.values()) or "kept")
END

cat > tools.mjs <<'END'
import fs from "node:fs";
import { createRequire } from "node:module";
const require = createRequire(import.meta.url);
const papa = require("papaparse"), csvtojson = require("csvtojson"), fast = require("fast-csv"), sheetjs = require("xlsx");
const excel = require("exceljs"), { parse } = require("csv-parse/sync");
const text = fs.readFileSync("in.csv", "utf8"), header = text.split("\n")[0].split(",");
const rows = (objects) => [header, ...objects.map((one) => header.map((name) => String(one[name])))];
const streamed = (stream) => new Promise((done) => { const all = []; stream.on("data", (row) => all.push(row)).on("end", () => done(all)); });
const lines = (csv) => papa.parse(csv.trim()).data;
const values = (sheet) => sheet.getSheetValues().slice(1).map((row) => row.slice(1).map((cell) => cell instanceof Date ? cell.toISOString() : String(cell)));
const csvBook = new excel.Workbook();
const out = {
  "papaparse": papa.parse(text.trim()).data,
  "papaparse dynamicTyping": rows(papa.parse(text.trim(), { header: true, dynamicTyping: true }).data),
  "csv-parse": parse(text),
  "csv-parse cast": rows(parse(text, { columns: true, cast: true })),
  "csvtojson": rows(await csvtojson().fromString(text)),
  "csvtojson checkType": rows(await csvtojson({ checkType: true }).fromString(text)),
  "fast-csv": rows(await streamed(fast.parseString(text, { headers: true }))),
  "exceljs csv.read": values(await csvBook.csv.readFile("in.csv")),
  "SheetJS sheet_to_csv": lines(sheetjs.utils.sheet_to_csv(Object.values(sheetjs.read(text, { type: "string" }).Sheets)[0])),
  "SheetJS sheet_to_json": rows(sheetjs.utils.sheet_to_json(Object.values(sheetjs.read(text, { type: "string" }).Sheets)[0])),
  "SheetJS sheet_to_json, read raw": rows(sheetjs.utils.sheet_to_json(Object.values(sheetjs.read(text, { type: "string", raw: true }).Sheets)[0])),
};
fs.writeFileSync("node.json", JSON.stringify(out));
END
node tools.mjs
mapfile -t office < <(command -v soffice)
seen=$(venv/bin/python -W ignore tools.py "$folder" "${office[@]}")

known=$(
  cat <<'END'
csv: csvcut, csvformat: kept
csv: csvsort: +4930555001 -> 4930555001, 030555001 -> 30555001, 1e5 -> 1E+5, 12:30 -> 0:12:30, 007 -> 7
csv: csvsort --no-inference: kept
csv: in2csv: +4930555001 -> 4930555001, 030555001 -> 30555001, 1e5 -> 1E+5, 12:30 -> 0:12:30, 007 -> 7
csv: pandas read_csv: +4930555001 -> 4930555001, 030555001 -> 30555001, 1e5 -> 100000.0, 007 -> 7
csv: pandas read_csv dtype=str: kept
csv: polars read_csv: 030555001 -> 30555001, 1e5 -> 100000.0, 007 -> 7
csv: polars infer_schema=False: kept
csv: tablib: kept
csv: pyexcel: +4930555001 -> 4930555001, 1e5 -> 100000.0
csv: clevercsv read_table: kept
csv: clevercsv read_dataframe: +4930555001 -> 4930555001, 030555001 -> 30555001, 1e5 -> 100000.0, 007 -> 7
csv: papaparse: kept
csv: papaparse dynamicTyping: 030555001 -> 30555001, 1e5 -> 100000, 007 -> 7
csv: csv-parse: kept
csv: csv-parse cast: +4930555001 -> 4930555001, 030555001 -> 30555001, 1e5 -> 100000, 007 -> 7
csv: csvtojson: kept
csv: csvtojson checkType: +4930555001 -> 4930555001, 030555001 -> 30555001, 1e5 -> 100000, 007 -> 7
csv: fast-csv: kept
csv: exceljs csv.read: +4930555001 -> 4930555001, 030555001 -> 30555001, 1e5 -> 100000, 007 -> 7
csv: SheetJS sheet_to_csv: kept
csv: SheetJS sheet_to_json: +4930555001 -> 4930555001, 030555001 -> 30555001, 1e5 -> 100000, 007 -> 7
csv: SheetJS sheet_to_json, read raw: kept
xlsx: openpyxl: kept
xlsx: python-calamine: kept
xlsx: xlsx2csv: kept
xlsx: tablib: kept
xlsx: in2csv: +4930555001 -> 4930555001, 030555001 -> 30555001, 1e5 -> 1E+5, 12:30 -> 0:12:30, 007 -> 7
xlsx: in2csv --no-inference: kept
xlsx: pandas read_excel: +4930555001 -> 4930555001, 030555001 -> 30555001, 1e5 -> 100000.0, 007 -> 7
xlsx: pandas read_excel dtype=str: kept
ods: ezodf: kept
ods: tablib: kept
ods: pandas read_excel: +4930555001 -> 4930555001, 030555001 -> 30555001, 1e5 -> 100000.0, 007 -> 7
csv: LibreOffice opens: +4930555001 -> 4930555001, 030555001 -> 30555001, 1e5 -> 100000, 007 -> 7
csv: LibreOffice, columns set to Text: kept
xlsx: LibreOffice converts to csv: kept
END
)
[[ ${#office[@]} -gt 0 ]] || known=$(grep -v LibreOffice <<< "$known")
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
