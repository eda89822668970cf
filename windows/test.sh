#!/bin/sh
# gouji.exe under Wine over every fixture: the same results and the same marked copies as the
# program of this machine; the same results over every hostile file of the tests; then what is dropped
# on it, a folder included, and a file that takes too much memory.
set -eu
cd "$(dirname "$0")/.."
native=$PWD/${1:-target/debug/gouji}
windows="wine $PWD/target/windows/gouji.exe"
export WINEDEBUG=-all WINEPREFIX="$PWD/target/wine"
work=$PWD/target/windows/test
rm -rf "$work"
mkdir -p "$work/native" "$work/windows"
$windows --version | grep -q '^gouji '

find fixtures -name '*.xls*' -o -name '*.ods' -o -name '*.et' | LC_ALL=C sort >"$work/files"
test "$(wc -l <"$work/files")" -ge 40

# status COMMAND...: exit codes up to 2 tell of findings.
status() {
    "$@" || test $? -le 2
}
# shellcheck disable=SC2046
set -- $(cat "$work/files")
status "$native" check --format json "$@" >"$work/native.json"
status $windows check --format json "$@" >"$work/windows.json"
cmp "$work/native.json" "$work/windows.json"

status "$native" fix -o "$work/native" "$@" >/dev/null
status $windows fix -o "$work/windows" "$@" >/dev/null
# The minute of their making stands in the copies, and those of .xls, .xlsb and .ods name the system
# that zipped them: of those that differ the parts are compared.
parts() {
    unzip -Z1 "$1"
    unzip -p "$1" | LC_ALL=C sed -E 's/20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}/THEN/' | cksum
}
ls "$work/native" >"$work/native.copies"
ls "$work/windows" | cmp - "$work/native.copies"
while read -r copy; do
    cmp -s "$work/native/$copy" "$work/windows/$copy" ||
        test "$(parts "$work/native/$copy")" = "$(parts "$work/windows/$copy")" ||
        { echo "$copy differs" >&2; exit 1; }
done <"$work/native.copies"
echo "$# files: same results; $(ls "$work/native" | wc -l) same marked copies"

# Hostile files, each said for what it is.
GOUJI_CASES="$work/cases" cargo test --locked --quiet --test hostile -- --ignored cases_are_laid_out >/dev/null
test "$(ls "$work/cases" | wc -l)" -ge 30
(cd "$work" && status "$native" check --format json cases/*) >"$work/native.json"
(cd "$work" && status $windows check --format json cases/*) >"$work/windows.json"
cmp "$work/native.json" "$work/windows.json"
echo "$(ls "$work/cases" | wc -l) hostile files: same results"

# Dropped: Chinese names, a deep folder, a whole folder, and the same folder once more.
deep="$work/单位/$(printf '很长的文件夹名称%.0s' 1 2 3 4 5)/$(printf '再深一层%.0s' 1 2 3 4 5 6 7 8)"
mkdir -p "$deep"
cp fixtures/broken/filing.xlsx "$work/自评表.xlsx"
cp fixtures/broken/filing.xlsx "$deep/$(printf '自评表%.0s' 1 2 3 4 5 6 7 8 9).xlsx"
cp fixtures/clean/clean.xlsx "$work/单位/甲.xlsx"
cd "$work"
status $windows 自评表.xlsx >/dev/null
test -s '自评表（核对结果）.xlsx'
cmp 自评表.xlsx "$OLDPWD/fixtures/broken/filing.xlsx"
for round in 1 2; do
    status $windows --no-open "$(printf 'Z:%s' "$work/单位" | tr / '\\')" >/dev/null
    test -s '单位（核对汇总）.xlsx'
    test "$(find '单位（核对结果）' -name '*（核对结果）.xlsx' | wc -l)" = 2
done
echo "dropped files and folders are checked and marked"

# A workbook of a million cells in 40 MiB: its worker ends, the next one reads the others.
mkdir large
cp 自评表.xlsx large/甲.xlsx
python3 - large/乙.xlsx <<'END'
import sys, zipfile
main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
package = "http://schemas.openxmlformats.org/package/2006"
book = "application/vnd.openxmlformats-officedocument.spreadsheetml"
def links(kind, target):
    return f'<Relationships xmlns="{package}/relationships"><Relationship Id="r" Type="{office}/{kind}" Target="{target}"/></Relationships>'
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as out:
    out.writestr("[Content_Types].xml", f'<Types xmlns="{package}/content-types"><Override PartName="/xl/workbook.xml" ContentType="{book}.sheet.main+xml"/></Types>')
    out.writestr("_rels/.rels", links("officeDocument", "xl/workbook.xml"))
    out.writestr("xl/_rels/workbook.xml.rels", links("worksheet", "sheet.xml"))
    out.writestr("xl/workbook.xml", f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="a" sheetId="1" r:id="r"/></sheets></workbook>')
    row = "<row>" + "<c><v>1</v></c>" * 100 + "</row>"
    out.writestr("xl/sheet.xml", f'<worksheet xmlns="{main}"><sheetData>{row * 10000}</sheetData></worksheet>')
END
for most in 40 512; do
    status $windows batch large -o "$most.xlsx" --format ndjson --max-memory "$most" \
        >"$most.ndjson" 2>"$most.said"
    test -s "$most.xlsx"
    grep '"path":"large/甲.xlsx"' "$most.ndjson" | grep -q '"code":"GJ'
done
grep '"path":"large/乙.xlsx"' 40.ndjson | grep -q '"kind":"memory"'
grep '"path":"large/乙.xlsx"' 512.ndjson | grep -q '"status":"unrecognised"'
echo "a worker that takes too much memory ends, and no other"
