"""openpyxl opens marked copies, and sees the values of the originals in them.

    opens.py COPIES ORIGINAL...
"""

import sys
from pathlib import Path

import openpyxl

copies = Path(sys.argv[1])
for original in map(Path, sys.argv[2:]):
    copy = copies / f"{original.stem}（核对结果）{original.suffix}"
    before = openpyxl.load_workbook(original, data_only=True)
    after = openpyxl.load_workbook(copy, data_only=True)
    assert after.sheetnames == before.sheetnames + ["差异清单", "审核说明"], copy
    notes = 0
    for sheet in before:
        for row in sheet.iter_rows():
            for cell in row:
                found = after[sheet.title][cell.coordinate]
                assert found.value == cell.value, (copy, sheet.title, cell.coordinate)
                assert found.number_format == cell.number_format, (copy, cell.coordinate)
                notes += found.comment is not None
    assert notes > 0, copy
print(f"{len(sys.argv) - 2} copies open and hold what the originals hold")
