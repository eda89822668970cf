#!/bin/sh
# Makes the pictures of the README: marked copies through LibreOffice and poppler-utils.
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# picture INPUT WORDS NAME: the first printed page with these words.
picture() {
    cargo run --release --quiet -- fix "$1" --force -o "$work/copy.xlsx" >/dev/null || test $? -eq 1
    soffice --headless --convert-to pdf --outdir "$work" "$work/copy.xlsx" >/dev/null 2>&1
    page=1
    while ! pdftotext -f "$page" -l "$page" "$work/copy.pdf" - | grep -q "$2"; do
        page=$((page + 1))
    done
    pdftoppm -r 80 -f "$page" -l "$page" -singlefile -png "$work/copy.pdf" "docs/pictures/$3"
}

picture fixtures/reference/reference-sheets.xlsx "3600余人次" marked
picture fixtures/broken/filing.xlsx "差异清单（勾稽核对）" discrepancies
picture fixtures/broken/filing.xlsx "审核说明（勾稽核对）" reasons
