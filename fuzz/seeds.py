"""Makes the seeds of every fuzz target out of the fixtures, and the dictionary: seeds.py FOLDER."""

import io
import pathlib
import re
import struct
import sys
import tomllib
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"
OUT = pathlib.Path(sys.argv[1])

# Not read, and large.
LEFT_OUT = re.compile(r"theme|Thumbnails|Configurations|settings.xml|meta.xml|manifest")


def put(target, name, data):
    folder = OUT / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)


def parts(path, kind, more=b""):
    """A package as `fuzz/src/package.rs` takes it."""
    out = kind + more
    with zipfile.ZipFile(path) as archive:
        for entry in archive.namelist():
            if not LEFT_OUT.search(entry) and not entry.endswith("/"):
                out += b"%%" + entry.encode() + b"\n" + archive.read(entry) + b"\n"
    return out


def stream(path):
    """The stream `Workbook` of a compound file whose parts are large ones."""
    data = path.read_bytes()
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    sector = lambda number: data[(number + 1) * size:(number + 2) * size]
    fat = []
    for table in struct.unpack_from("<109I", data, 76):
        if table < 0xFFFFFFFA:
            fat += struct.unpack(f"<{size // 4}I", sector(table))

    def chain(number):
        out = b""
        while number < 0xFFFFFFFA:
            out += sector(number)
            number = fat[number]
        return out

    directory = chain(struct.unpack_from("<I", data, 48)[0])
    for at in range(0, len(directory), 128):
        entry = directory[at:at + 128]
        name = entry[:max(entry[64] - 2, 0)].decode("utf-16-le")
        if name in ("Workbook", "Book"):
            start, length = struct.unpack_from("<II", entry, 116)
            return chain(start)[:length]
    raise SystemExit(f"{path} has no workbook")


def record(kind, body=b""):
    """A record of .xlsb."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return head + bytes([len(body)]) + body


def words(*numbers):
    return struct.pack(f"<{len(numbers)}I", *numbers)


def wide(text):
    return words(len(text)) + text.encode("utf-16-le")


def binary():
    """A small .xlsb with a cell of each kind."""
    cell = lambda kind, column, style, value: record(kind, words(column, style) + value)
    formula = struct.pack("<dH", 0.1, 0) + words(3) + b"\x1E\x05\x00" + words(0)
    sheet = [
        record(0x81), record(0x94, words(0, 0, 0, 0)), record(0x3C, words(1, 2, 0, 0) + b"\x01\x00"),
        record(0x91), record(0x00, words(4, 0) + b"\x00\x00\x00\x10\x00"),
        cell(0x07, 0, 0, words(0)), cell(0x05, 1, 1, struct.pack("<d", 0.8478)),
        cell(0x02, 2, 0, words(3 | 31_810 << 2)), cell(0x01, 3, 1, b""), cell(0x06, 4, 0, wide("文字")),
        cell(0x04, 5, 0, b"\x01"), cell(0x03, 6, 0, b"\x07"), cell(0x09, 8, 0, formula),
        record(0x92), record(0xB0, words(4, 5, 0, 1)), record(0x82),
    ]
    styles = [
        record(0x2C, b"\xB0\x00" + wide("0.00%")), record(0x0269, words(2)),
        record(0x2F, bytes(4)), record(0x2F, b"\x00\x00\xB0\x00"), record(0x026A),
    ]
    book = [record(0x9C, words(0, 1) + wide("rId1") + wide("附件1")), record(0x90), record(0x9D)]
    strings = [record(0x9F, words(1, 1)), record(0x13, b"\x00" + wide("项目支出"))]
    named = {
        "xl/workbook.bin": book, "xl/worksheets/sheet1.bin": sheet,
        "xl/styles.bin": styles, "xl/sharedStrings.bin": strings,
    }
    return b"b" + b"".join(b"%%" + name.encode() + b"\n" + b"".join(part) + b"\n" for name, part in named.items())


def archives():
    """Small archives of each kind that bulk runs meet."""
    def packed(files, name=lambda name: name, **options):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", **options) as archive:
            for path, data in files:
                archive.writestr(name(path), data)
        return out.getvalue()

    files = [("甲局/自评.xlsx", b"PK\x03\x04"), ("乙局/", b""), ("乙局/说明.txt", "文字" * 40)]
    plain = packed(files)
    deflated = packed(files, compression=zipfile.ZIP_DEFLATED)
    unseekable = io.BytesIO()
    # Lengths behind the bytes, as programs write that cannot go back.
    with zipfile.ZipFile(Forwards(unseekable), "w") as archive:
        archive.writestr("甲.xlsx", "文字")
    long = io.BytesIO()
    with zipfile.ZipFile(long, "w") as archive, archive.open("甲.xlsx", "w", force_zip64=True) as entry:
        entry.write("文字".encode())
    return {
        "plain": plain,
        "deflated": deflated,
        "nested": packed([("县/全部.zip", plain), ("县/全部/自评.xlsx", b"x"), ("深.zip", packed([("更深.zip", plain)]))]),
        # Without the flag that says UTF-8.
        "gbk": plain.replace("甲局".encode(), "局".encode("gbk") * 3).replace(b"\x00\x08\x00\x00", bytes(4)),
        "up": packed([("../../上.xlsx", b"x"), ("/根.xlsx", b"x"), ("a\\b.xlsx", b"x"), (".隐.xlsx", b"x"), ("__MACOSX/甲.xlsx", b"x")]),
        "workbook": packed([("[Content_Types].xml", b"x"), ("xl/workbook.xml", b"x")]),
        "behind": unseekable.getvalue(),
        "zip64": long.getvalue(),
        "empty": packed([]),
    }


class Forwards:
    """A file that cannot be sought."""

    def __init__(self, file):
        self.file = file

    def write(self, data):
        return self.file.write(data)

    def flush(self):
        pass


def edits():
    """A few of each kind, as `fuzz/src/edits.rs` takes them."""
    number = bytes([0 | 32, 1, 1, 2, 210, 4])
    text = bytes([12 | 64, 2, 2]) + b"\x03abc\x04note"
    formula = bytes([8 | 128, 3, 3, 0, 5, 0, 0])
    cached = bytes([20, 4, 3, 1, 7, 0])
    marks = bytes([24 | 32 | 64, 5, 0]) + b"\x01n"
    return {"plain": bytes([0, 1, 1, 2, 210, 4]), "all": number + text + formula + cached + marks, "ours": bytes([1 | 32]) + number[1:]}


def dictionary():
    """The words with their UTF-8 as escapes, as libFuzzer takes them."""
    text = (ROOT / "fuzz/gouji.dict").read_text()
    words = (line for line in text.splitlines() if line.startswith('"'))
    escaped = ("".join(char if char.isascii() else "".join(f"\\x{byte:02X}" for byte in char.encode()) for char in word) for word in words)
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "gouji.dict").write_text("\n".join(escaped) + "\n")


def strings(value):
    """All texts in a TOML document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


def rules():
    for path in sorted((ROOT / "workbook-templates").glob("*/*.toml")):
        for rule in tomllib.loads(path.read_text()).get("rule", []):
            for kind, keys in (("m", ("must", "need", "hint", "ask")), ("f", ("fill",)), ("e", ("each",))):
                for key in keys:
                    yield from (kind + text for text in strings(rule.get(key)) if "[" in text or "(" in text)
            yield from ("s" + text for text in strings(rule) if "{" in text)


def main():
    dictionary()
    tables = sorted((FIXTURES / "formats").glob("table.*"))
    whole = sorted((FIXTURES / "layouts").glob("*.xlsx")) + [FIXTURES / "broken/filing.xlsx"]
    for path in tables + whole[::4] + sorted((FIXTURES / "unreadable").glob("*.*")):
        if path.suffix not in (".py", ".md"):
            put("read", path.name, path.read_bytes())
    put("read", "filing.xls", (FIXTURES / "formats/filing.xls").read_bytes())

    put("read_parts", "binary", binary())
    for path in tables + [FIXTURES / "formats/filing.xls", *whole[::6]]:
        if path.suffix == ".xls":
            put("read_parts", path.name, b"c%%Workbook\n" + stream(path))
        else:
            put("read_parts", path.name, parts(path, b"o" if path.suffix == ".ods" else b"x"))

    for path in [FIXTURES / "formats/table.xlsx", FIXTURES / "formats/table.xlsm", *whole[::8]]:
        for name, some in edits().items():
            put("patch", f"{path.name}-{name}", parts(path, b"x", b"%%edits\n" + some + b"\n"))
    for path in whole:
        put("fix", path.name, parts(path, b"x"))
    put("fix", "filing.xls", b"c%%Workbook\n" + stream(FIXTURES / "formats/filing.xls"))

    for base in range(7):
        for choice in (3, 7, 3 + 7 * 8, 3 + 3 * 64, base % 2):
            put("locate", f"{base}-{choice}", bytes([choice, base]))
        steps = bytes([0, 8, 3, 4, 2, 77, 5, 0, 12, 6, 3]) + b"abc" + bytes([9, 1, 2, 10, 3, 0, 20, 2, 7, 12, 2])
        put("locate", f"{base}-steps", bytes([3, base]) + steps)
        put("locate", f"{base}-sheets", bytes([0, base]) + bytes([11, 3, 1, 1, 9, 8, 2, 40, 4, 2, 1, 2, 13, 0, 30]))

    numbers = "233.74000000000001\n0.30000000000000004\n1E-29\n1e308\n-0.5\n123456789012345678\n9.9999999999999995E+22\nNaN"
    put("number", "stored", numbers)
    put("number", "typed", "4753.66万元\n1,234.50\n84.78％\n3600余人次\n——\n(12.5)\n≥95%\n2024年6月28日\n¥ 1.2亿元（含税）\n不超过 3 个工作日")
    for number, line in enumerate(rules()):
        if number % 5 == 0:
            put("expression", f"rule-{number}", line)
    central = ROOT / "workbook-templates/central-project-2023"
    small = '\n%%rules.toml\n[[rule]]\ncode = "GJ001"\nname = "甲"\ncheck = "unrecognised_tables"\nlevel = "error"\nwhy = "乙"\nbasis = "丙"\n'
    put("expression", "annex", "%%project.toml\n" + (central / "project.toml").read_text() + small)
    put("expression", "rules", "%%rules.toml\n" + (central / "format.toml").read_text())
    put("formula", "plain", FORMULAS)
    for number, line in enumerate(FORMULAS.splitlines()):
        put("formula", f"line-{number}", line)
    for name, data in archives().items():
        put("archive", name, data)
    # A change of bytes; values in any columns.
    put("database", "bytes", bytes([0, 40, 0, 1, 5]))
    put("database", "more-bytes", bytes([0]) + bytes(range(4, 200)))
    for column in range(0, 96, 4):
        put("database", f"column-{column}", bytes([1]) + b"".join(bytes([column + more, 3, 6, 2]) + b"=1" for more in range(4)))
    roster = "单位名称,主管部门,项目名称,年初预算数,年度,是否汇总\n甲局,甲局,项目一,12.5,2023,是\n,,项目二,3万元,,\n乙中心,甲局,,100,2023,\n"
    put("roster", "plain", roster)
    put("roster", "tabs", roster.replace(",", "\t"))
    put("roster", "gbk", roster.encode("gbk"))


FORMULAS = """SUM(A1:A9)*2+B3
IF(A2>3,"大",'a b'!A3&"x")
ROUND(A2/A6,4)
IFERROR(A2/0,"")
SUMIFS(A1:A20,A1:A20,">0")
COUNTIF(A:A,"*1")
SUMPRODUCT((A1:A9>0)*A1:A9)
INDEX(A1:A9,MATCH(12.5,A1:A9,0))
-2^2%+(1,2)
VLOOKUP(A1,A1:B9,2,FALSE)
TEXT(A2,"0.00%")&LEFT("甲乙丙",2)&MID("abc",2,1)
MAX(A1:A9)-MIN(A1:A9)+ABS(-1)+AVERAGE(A2:A7)
AND(TRUE,OR(A1="",NOT(ISNUMBER(A3))))
B2+B1
B14+1
LEN(TRIM(SUBSTITUTE("a b"," ","")))
of:=[.A1]+[.B2]
INDIRECT("A1")"""

main()
