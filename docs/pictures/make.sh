#!/bin/sh
# Makes the pictures of the README: marked copies and templates through LibreOffice and
# poppler-utils; templates are filled in with Python and openpyxl.
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# page WORKBOOK WORDS NAME: the first printed page with these words.
page() {
    soffice --headless --convert-to pdf --outdir "$work" "$1" >/dev/null 2>&1
    pdf="$work/$(basename "$1" .xlsx).pdf"
    page=1
    while ! pdftotext -f "$page" -l "$page" "$pdf" - | grep -q "$2"; do
        page=$((page + 1))
    done
    pdftoppm -r 80 -f "$page" -l "$page" -singlefile -png "$pdf" "docs/pictures/$3"
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
