"""Fills templates with openpyxl, a row inserted inside a repeat group and cells left without
results, and asks the program what it reads. Called by the CI script:
`rows.py GOUJI TEMPLATE FOLDER`."""

import json
import subprocess
import sys
from pathlib import Path

import openpyxl

gouji, template, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])


def place(book, name):
    sheet, address = book.defined_names[name].attr_text.rsplit("!", 1)
    first = address.replace("$", "").split(":")[0]
    return book[sheet.strip("'")], first


def put(book, name, value):
    sheet, address = place(book, name)
    sheet[address] = value


FIGURES = {
    "附1.人员.编制": 11, "附1.人员.在职": 10,
    "附1.经费.接待.预算": 1, "附1.经费.接待.决算": 0.05,
    "附1.经费.业务.预算": 80, "附1.经费.业务.决算": 83.34,
    "附1.经费.专项.预算": 8.88, "附1.经费.专项.决算": 7.26,
    "附1.经费.公用.预算": 19.28, "附1.经费.公用.决算": 11.22,
    "附1.经费.采购.预算": 52.4, "附1.经费.采购.决算": 32.91,
    "附2.表头.单位": "某某中心",
    "附2.资金.总额.年初": 300, "附2.资金.总额.全年": 318.10, "附2.资金.总额.执行": 269.69,
    "附2.收入.一般公共预算": 233.74, "附2.收入.其他": 84.36,
    "附2.支出.基本": 175.59, "附2.支出.项目": 94.10,
}


def filled(insert):
    book = openpyxl.load_workbook(template)
    for name, value in FIGURES.items():
        put(book, "gouji." + name, value)
    if insert:
        sheet, first = place(book, "gouji.附1.经费.专项.行.名称")
        row = sheet[first].row + 1
        # openpyxl moves cells, but neither merged areas nor names nor formulas.
        sheet.insert_rows(row)
        sheet.cell(row, 1, "水利专项")
        for merged in list(sheet.merged_cells.ranges):
            if merged.min_row >= row:
                merged.shift(0, 1)
        for column, value in ((4, 5), (6, 3.5)):
            sheet.cell(row, column, value)
    path = folder / f"filled-{'inserted' if insert else 'plain'}.xlsx"
    book.save(path)
    done = subprocess.run([gouji, "check", "--format", "json", str(path)], capture_output=True)
    assert done.returncode == 1, done.stderr.decode()
    return path, json.loads(done.stdout)


def found(result, code):
    return [f for f in result["files"][0]["findings"] if f["code"] == code]


# What may be written to, and what guides the writing.
blank = openpyxl.load_workbook(template)
for sheet in blank.worksheets:
    assert sheet.protection.sheet, sheet.title
    assert not sheet.protection.password, sheet.title
    # The attribute says what is forbidden.
    assert not sheet.protection.insertRows and not sheet.protection.formatColumns, sheet.title
for name in FIGURES:
    sheet, address = place(blank, "gouji." + name)
    assert not sheet[address].protection.locked, name
    if sheet[address].number_format in ("0.00", "0"):
        rules = [rule for rule in sheet.data_validations.dataValidation if address in rule.sqref]
        assert len(rules) == 1 and rules[0].prompt and rules[0].error, name
for name in ("附1.人员.控制率", "附1.经费.项目.决算", "附2.资金.总额.执行率", "附2.指标.总分.得分"):
    sheet, address = place(blank, "gouji." + name)
    assert sheet[address].protection.locked and sheet[address].data_type == "f", name
page = blank["附件1"].page_setup
assert str(page.paperSize) == "9" and page.fitToWidth in (None, 1) and page.fitToHeight == 0
properties = {item.name: item.value for item in blank.custom_doc_props.props}
assert properties["gouji.form"] == "yueyang-2023", properties

_, plain = filled(False)
# Computed cells have no results in the file, and are computed before they are checked: 83.34 + 7.26.
message = found(plain, "GJ701")[0]["message"]
assert "94.10" in message and "90.60" in message, message
assert not found(plain, "GJ018"), found(plain, "GJ018")

path, inserted = filled(True)
read = subprocess.run([gouji, "inspect", str(path)], capture_output=True, check=True).stdout.decode()
assert "水利专项" in read and "3.5" in read, read
for words in ("11.22", "32.91"):
    assert words in read, words
# Nothing is taken for a foreign row, and nothing below was lost.
assert not found(inserted, "GJ017"), found(inserted, "GJ017")
print("templates filled with openpyxl are read right, rows inserted or not")
