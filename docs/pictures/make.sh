#!/bin/sh
# Makes the pictures of the README: marked copies, templates and summaries through LibreOffice and
# poppler-utils; templates are filled in with Python and openpyxl.
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# page WORKBOOK WORDS NAME [POPPLER OPTIONS]: the first printed page with these words.
page() {
    pdf="$work/$(basename "$1" .xlsx).pdf"
    if ! [ "$pdf" -nt "$1" ]; then
        soffice --headless --convert-to pdf --outdir "$work" "$1" >/dev/null 2>&1
    fi
    words=$2
    name=$3
    shift 3
    [ $# -gt 0 ] || set -- -r 80
    page=1
    while ! pdftotext -f "$page" -l "$page" "$pdf" - | grep -q "$words"; do
        page=$((page + 1))
    done
    pdftoppm "$@" -f "$page" -l "$page" -singlefile -png "$pdf" "docs/pictures/$name"
}

# picture INPUT WORDS NAME: of the marked copy of a workbook.
picture() {
    cargo run --release --quiet -- fix "$1" --force -o "$work/copy.xlsx" >/dev/null || test $? -eq 1
    page "$work/copy.xlsx" "$2" "$3"
}

picture fixtures/reference/reference-sheets.xlsx "3600余人次" marked
picture fixtures/broken/filing.xlsx "差异清单（勾稽核对）" discrepancies
picture fixtures/broken/filing.xlsx "审核说明（勾稽核对）" reasons

blank="$work/blank.xlsx"
cargo run --release --quiet -- template --form yueyang-2023 -o "$blank" >/dev/null
python3 tests/template/rows.py target/release/gouji "$blank" "$work" >/dev/null
page "$blank" "项目支出绩效自评表" template-blank
page "$work/filled-plain.xlsx" "绩效评价基础数据表" template-annex1
page "$work/filled-plain.xlsx" "部门整体支出绩效自评表" template-annex2
page "$work/filled-plain.xlsx" "自检（勾稽核对）" template-self-check

# A bulk run: some units have not reported, one file is broken, one is no workbook.
batch="$work/batch"
mkdir "$batch"
cargo run --release --quiet --example make_submissions -- 160 "$batch/报送"
find "$batch/报送" -name '*.xls*' | LC_ALL=C sort | awk 'NR % 20 == 0' | tr '\n' '\0' | xargs -0 rm
printf 'PK\003\004' > "$batch/报送/某某单位（打不开）.xlsx"
printf '%%PDF-1.4\n' > "$batch/报送/来函.pdf"
gouji=$PWD/target/release/gouji
(cd "$batch" && "$gouji" batch 报送 -o summary.xlsx --roster 报送.roster.csv \
    --notices notices --deadline 2024-04-30 >/dev/null) || test $? -eq 2
page "$batch/summary.xlsx" "预算绩效自评核对汇总" batch-overview
# The other sheets are wide: their upper left, large enough to read.
corner() {
    page "$batch/summary.xlsx" "$1" "$2" -r 140 -x 40 -y 60 -W 1520 -H 400
}
corner "标好的" batch-units
corner "单位的说明" batch-findings
corner "占单位" batch-rules
corner "一行一个项目 ·" batch-projects
page "$batch/summary.xlsx" "批复预算" batch-missing
page "$batch/summary.xlsx" "原因和办法" batch-unread
find "$batch/notices" -name '*退回*' | LC_ALL=C sort | head -1 | tr '\n' '\0' | xargs -0 -I{} cp {} "$work/notice.xlsx"
page "$work/notice.xlsx" "退回通知" notice
