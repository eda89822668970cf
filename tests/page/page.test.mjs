// What clerks see and do on the page.
import test, { after, before } from "node:test";
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import zlib from "node:zlib";
import axe from "axe-core";
import { browser, done, download, drop, gouji, html, open, root } from "./page.mjs";

const BROKEN = "fixtures/broken/filing.xlsx";
const CLEAN = "fixtures/clean/clean.xlsx";

let chromium;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "gouji-page-"));
before(async () => { chromium = await browser(); });
after(async () => { await chromium.close(); fs.rmSync(folder, { recursive: true }); });

// A page for one test; whatever happens on it, the console is clean and nothing leaves.
async function on(options, act) {
  const { page, seen, context } = await open(chromium, options);
  await act(page);
  assert.deepEqual(seen.console, []);
  const strange = seen.requests.filter((url) => !/^(file|blob):/.test(url));
  assert.deepEqual(strange, []);
  await context.close();
}

// Runs the native program in a folder; exit codes tell of findings, not of failure.
function native(args, cwd = root) {
  const done = spawnSync(gouji, args, { cwd, maxBuffer: 1 << 28 });
  assert.ok(done.status <= 2 && !done.error, String(done.stderr));
  return done.stdout.toString();
}

const text = (page, selector) => page.locator(selector).innerText();

test("the file holds all it needs", () => {
  const page = fs.readFileSync(html, "utf8");
  assert.match(page, /http-equiv="Content-Security-Policy" content="default-src 'none'/);
  assert.doesNotMatch(page.split('<script type="application/octet-stream"')[0], /(src|href)=/);
});

test("a clean file is fit to file", () => on({}, async (page) => {
  await drop(page, [CLEAN]);
  await done(page);
  assert.equal(await text(page, "#result-head"), "可以报送");
}));

test("a broken file: the verdict, findings by annex, wrong cells coloured", () => on({}, async (page) => {
  await drop(page, [BROKEN]);
  await done(page);
  const [file] = JSON.parse(native(["check", "--format", "json", BROKEN])).files;
  const { error, incomplete, explain } = file.counts;
  assert.ok(error > 0 && explain > 0);
  assert.equal(await text(page, "#result-head"), `须修改 ${error + incomplete} 处，须说明 ${explain} 处`);
  const shown = await page.locator(".findings > li .message").allTextContents();
  assert.deepEqual([...shown].sort(), file.findings.map((finding) => finding.message).sort());
  for (const finding of file.findings.filter((finding) => finding.severity === "error" && finding.cell)) {
    const at = file.annexes.findIndex((annex) => annex.sheet === finding.sheet);
    await page.click(`#tab-${at}`);
    const cell = page.locator(`td[data-at="${finding.cell}"]`);
    assert.match(await cell.getAttribute("class"), /error/);
    assert.ok((await cell.getAttribute("title")).includes(finding.message));
    const colour = await cell.evaluate((cell) => getComputedStyle(cell).backgroundColor);
    assert.equal(colour, "rgb(244, 154, 140)");
  }
}));

test("pointing at a finding lights its cell, and the other way round", () => on({}, async (page) => {
  await drop(page, [BROKEN]);
  await done(page);
  const lit = page.locator("td.lit");
  const first = page.locator(".findings > li").first();
  await first.hover();
  await lit.waitFor();
  await page.mouse.move(0, 0);
  assert.equal(await lit.count(), 0);
  // One of another annex: its table comes up.
  await page.locator(".findings .message", { hasText: "附件2 H5" }).first().hover();
  await page.locator('td.lit[data-at="H5"]').waitFor();
  assert.equal(await page.locator("#tab-1").getAttribute("aria-selected"), "true");
  await page.locator("td[data-at].error").first().focus();
  assert.ok(await page.locator(".findings > li.lit").count() > 0);
}));

test("all of it can be done with the keyboard", () => on({}, async (page) => {
  await drop(page, [BROKEN]);
  await done(page);
  await page.locator(".findings .go").first().focus();
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("td.lit").count(), 1);
  await page.locator("#tab-0").focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.locator("#tab-1").getAttribute("aria-selected"), "true");
  await page.locator(".findings .go.faint").first().focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector("#why[open]");
  assert.match(await text(page, "#why-text"), /级别|依据/);
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#why[open]").count(), 0);
}));

test("the downloaded copy is the one that the program writes", () => on({}, async (page) => {
  await drop(page, [BROKEN]);
  await done(page);
  const copy = await download(page, "#copy");
  assert.equal(copy.name, "filing（核对结果）.xlsx");
  const [ours, theirs] = ["page", "native"].map((name) => path.join(folder, name));
  fs.mkdirSync(ours, { recursive: true });
  fs.mkdirSync(theirs, { recursive: true });
  fs.writeFileSync(path.join(ours, copy.name), copy.bytes);
  native(["fix", BROKEN, "-o", path.join(theirs, copy.name), "--force"]);
  const read = (folder) => native(["check", "--format", "json", copy.name], folder);
  assert.equal(read(ours), read(theirs));
  const seen = (folder) => native(["inspect", copy.name], folder);
  assert.equal(seen(ours), seen(theirs));
}));

test("twelve at once: a line each, and the summary workbook", () => on({}, async (page) => {
  const names = fs.readdirSync(path.join(root, "fixtures/layouts")).filter((name) => name.endsWith(".xlsx")).sort().slice(0, 12);
  await drop(page, names.map((name) => `fixtures/layouts/${name}`));
  await done(page);
  assert.deepEqual(await page.locator("#list tbody button").allTextContents(), names);
  const summary = await download(page, "#summary");
  assert.equal(summary.name, "核对汇总.xlsx");
  const file = path.join(folder, "summary.xlsx");
  fs.writeFileSync(file, summary.bytes);
  const sheets = execFileSync("unzip", ["-p", file, "xl/workbook.xml"]).toString();
  for (const name of ["总览", "单位一览", "问题明细", "规则统计", "无法读取"]) assert.ok(sheets.includes(name), name);
  const texts = execFileSync("unzip", ["-p", file, "xl/worksheets/sheet3.xml", "xl/sharedStrings.xml"]).toString();
  const [first] = JSON.parse(native(["check", "--format", "json", `fixtures/layouts/${names[0]}`])).files;
  assert.ok(texts.includes(first.findings[0].code));
}));

// Everything under fixtures that is a file to check, by folder.
function fixtures() {
  const folders = new Map();
  const walk = (at) => {
    for (const entry of fs.readdirSync(path.join(root, at), { withFileTypes: true })) {
      const name = `${at}/${entry.name}`;
      if (entry.isDirectory()) walk(name);
      else if (/\.(xlsx|xlsm|xls|xlsb|ods|et)$/.test(entry.name)) {
        if (!folders.has(at)) folders.set(at, []);
        folders.get(at).push(entry.name);
      }
    }
  };
  walk("fixtures");
  return folders;
}

test("the result is the command line's, byte for byte, on every fixture", () => on({}, async (page) => {
  let count = 0;
  for (const [at, names] of fixtures()) {
    // One file alone has no list; with a second one there is something to download.
    const given = names.length > 1 ? names : [...names, "zz.xlsx"];
    names.sort();
    await drop(page, given.map((name) => name === "zz.xlsx"
      ? { name, bytes: fs.readFileSync(path.join(root, CLEAN)) } : `${at}/${name}`));
    await done(page);
    const { bytes } = await download(page, "#json");
    const cwd = path.join(folder, at);
    fs.mkdirSync(cwd, { recursive: true });
    for (const name of names) fs.copyFileSync(path.join(root, at, name), path.join(cwd, name));
    if (given.length > names.length) fs.copyFileSync(path.join(root, CLEAN), path.join(cwd, "zz.xlsx"));
    const expected = native(["check", "--format", "json", ...given.sort()], cwd);
    assert.equal(bytes.toString(), expected, at);
    count += names.length;
    await page.click("#clear");
  }
  assert.ok(count >= 40, `${count} fixtures`);
}));

test("an unreadable file is told, the others are checked", () => on({}, async (page) => {
  await drop(page, ["fixtures/unreadable/truncated.xlsx", "fixtures/unreadable/encrypted.xlsx", CLEAN]);
  await done(page);
  const tags = await page.locator("#list .tag").allTextContents();
  assert.deepEqual(tags.sort(), ["可以报送", "没有核对", "没有核对"].sort());
  await page.locator("#list tbody button", { hasText: "encrypted.xlsx" }).click();
  assert.match(await text(page, "#result"), /密码|加密/);
}));

// From now on the library traps, or does not end, at files of these names. A file gets eight seconds.
const spoil = (page) => page.evaluate(() => {
  const worker = `${document.getElementById("worker").textContent}
    const { check } = JOBS;
    JOBS.check = (asked) => {
      if (/^trap/.test(asked.path)) throw new WebAssembly.RuntimeError("unreachable");
      while (/^endless/.test(asked.path));
      return check(asked);
    };`;
  start.address = URL.createObjectURL(new Blob([worker], { type: "text/javascript" }));
  idle.splice(0).forEach((helper) => helper.end());
  const { ask } = Helper.prototype;
  Helper.prototype.ask = function brief(job, values, part, seconds) {
    return ask.call(this, job, values, part, job === "check" ? 8 : seconds);
  };
});

test("a file that ends its worker is in the results and in the summary", () => on({}, async (page) => {
  await spoil(page);
  const bytes = fs.readFileSync(path.join(root, CLEAN));
  const compound = fs.readFileSync(path.join(root, "fixtures/formats/filing.xls"));
  const names = ["clean.xlsx", "endless.xlsx", "trap.xls", "trap.xlsx", "well.xlsx"];
  await drop(page, names.map((name) => ({ name, bytes: name.endsWith(".xls") ? compound : bytes })));
  await done(page);
  const { bytes: json } = await download(page, "#json");
  const said = JSON.parse(json.toString()).files.map((file) => [file.path, file.error && file.error.kind]);
  const kinds = [null, "too-slow", "corrupt", "fault", null];
  assert.deepEqual(said, names.map((name, at) => [name, kinds[at]]));
  const summary = await download(page, "#summary");
  const file = path.join(folder, "ended.xlsx");
  fs.writeFileSync(file, summary.bytes);
  const texts = execFileSync("unzip", ["-p", file, "xl/worksheets/sheet5.xml", "xl/sharedStrings.xml"]).toString();
  for (const name of names.filter((_, at) => kinds[at])) assert.ok(texts.includes(name), name);
}));

// A filing of which one sheet unpacks to `size` bytes of nothing; and an archive with it, in another.
function bomb(size) {
  const made = path.join(folder, "bombs");
  const parts = path.join(made, "parts");
  fs.mkdirSync(made);
  execFileSync("unzip", ["-q", path.join(root, CLEAN), "-d", parts]);
  fs.writeFileSync(path.join(parts, "xl/worksheets/sheet1.xml"), Buffer.alloc(size, " "));
  execFileSync("zip", ["-q", "-r", "../bomb.xlsx", "."], { cwd: parts });
  execFileSync("zip", ["-q", "inner.zip", "bomb.xlsx"], { cwd: made });
  execFileSync("zip", ["-q", "nested.zip", "inner.zip"], { cwd: made });
  return ["bomb.xlsx", "nested.zip"].map((name) => ({ name, bytes: fs.readFileSync(path.join(made, name)) }));
}

test("a hostile file ends in a message, and the page lives on", () => on({}, async (page) => {
  await drop(page, [...bomb(400 << 20), CLEAN,
    { name: "noise.xlsx", bytes: Buffer.concat([Buffer.from("PK\x03\x04"), zlib.deflateSync(Buffer.alloc(5000, 7))]) }]);
  await done(page);
  const { bytes } = await download(page, "#json");
  const said = JSON.parse(bytes.toString()).files.map((file) => [file.path, file.error && file.error.kind]);
  assert.deepEqual(said, [["bomb.xlsx", "too-large"], ["clean.xlsx", null],
    ["nested.zip/inner.zip/bomb.xlsx", "too-large"], ["noise.xlsx", "corrupt"]]);
  await drop(page, [CLEAN]);
  await done(page);
  assert.equal(await text(page, "#result-head"), "可以报送");
}));

test("a file that costs too much time is given up, and its worker with it", () => on({}, async (page) => {
  await page.evaluate(() => { clear(); });
  const said = await page.evaluate(async (bytes) => {
    const helper = new Helper();
    await helper.ready;
    const copy = Uint8Array.from(bytes).buffer;
    try {
      await helper.ask("check", { path: "a.xlsx", bytes: copy, lang }, undefined, 0.001);
      return "was checked";
    } catch (error) {
      return `${error instanceof Broken} ${helper.ended} ${error.message}`;
    }
  }, [...fs.readFileSync(path.join(root, BROKEN))]);
  assert.match(said, /^true true 处理超过/);
  await drop(page, [CLEAN]);
  await done(page);
  assert.equal(await text(page, "#result-head"), "可以报送");
}));

// A filing whose file, sheets, unit and amounts bear markup.
function markedUp() {
  const file = path.join(folder, "markup.xlsx");
  execFileSync("python3", ["-c", `
import sys, zipfile
markup = "&lt;img class=taken src=x onerror=taken()&gt;"
amount = "&lt;b class=taken&gt;84.36"
with zipfile.ZipFile(sys.argv[1]) as given, zipfile.ZipFile(sys.argv[2], "w") as made:
    for name in given.namelist():
        part = given.read(name).decode()
        part = part.replace('sheet name="', 'sheet name="&lt;i class=taken&gt;')
        part = part.replace("岳阳市法律援助中心", markup).replace("84.36", amount).replace("152.95%", markup)
        made.writestr(name, part)
`, path.join(root, BROKEN), file]);
  return { name: "<s class=taken>.xlsx", bytes: fs.readFileSync(file) };
}

test("markup in a file is text, wherever it is shown", () => on({}, async (page) => {
  await drop(page, [markedUp(), { ...markedUp(), name: "二.xlsx" }]);
  await done(page);
  await page.locator("#list tbody button").first().click();
  const shown = await text(page, "body");
  for (const markup of ["<s class=taken>.xlsx", "<i class=taken>附件1", "<img class=taken src=x onerror=taken()>"]) {
    assert.ok(shown.includes(markup), `${markup} in ${shown}`);
  }
  const found = (await page.locator(".findings > li .message").allTextContents()).filter((found) => found.includes("class=taken"));
  assert.ok(found.length > 0);
  const tabs = await page.locator("[id^=tab-]").count();
  let drawn = "";
  for (let at = 0; at < tabs; at += 1) {
    await page.click(`#tab-${at}`);
    drawn += await text(page, "table:has(td[data-at])");
    assert.equal(await page.locator(".taken").count(), 0);
  }
  assert.ok(drawn.includes("<b class=taken>84.36") && drawn.includes("<img class=taken"), drawn);
}));

test("an archive is opened, names in GBK and inner archives too", () => on({}, async (page) => {
  const inner = path.join(folder, "inner.zip");
  execFileSync("zip", ["-q", "-j", inner, path.join(root, BROKEN)]);
  const outer = path.join(folder, "报送.zip");
  execFileSync("python3", ["-c", `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as z:
    name = "甲.xlsx".encode("gbk")
    info = zipfile.ZipInfo("xx.xlsx")
    z.writestr(info, open(sys.argv[2], "rb").read())
    z.write(sys.argv[3], "inner.zip")
data = open(sys.argv[1], "rb").read().replace(b"xx.xlsx", name)
open(sys.argv[1], "wb").write(data)
`, outer, path.join(root, CLEAN), inner]);
  await drop(page, [outer]);
  await done(page);
  const shown = await page.locator("#list tbody button").allTextContents();
  assert.deepEqual(shown, ["报送.zip/inner.zip/filing.xlsx", "报送.zip/甲.xlsx"]);
}));

test("a folder can be chosen; what programs left in it is not read", () => on({}, async (page) => {
  const chosen = path.join(folder, "单位");
  fs.mkdirSync(path.join(chosen, "下级"), { recursive: true });
  fs.copyFileSync(path.join(root, CLEAN), path.join(chosen, "下级/甲.xlsx"));
  fs.copyFileSync(path.join(root, BROKEN), path.join(chosen, "乙.xlsx"));
  fs.writeFileSync(path.join(chosen, "~$乙.xlsx"), "lock");
  await page.setInputFiles("#folder", chosen);
  await done(page);
  const shown = await page.locator("#list tbody button").allTextContents();
  assert.deepEqual(shown, ["单位/下级/甲.xlsx", "单位/乙.xlsx"]);
}));

test("work can be stopped; what was checked stays", () => on({}, async (page) => {
  const bytes = fs.readFileSync(path.join(root, BROKEN));
  await drop(page, Array.from({ length: 300 }, (_, at) => ({ name: `${String(at).padStart(3, "0")}.xlsx`, bytes })));
  await page.waitForFunction(() => document.getElementById("bar").value > 3);
  await page.click("#cancel");
  const said = await text(page, "#said");
  const checked = Number(/核对了 (\d+) 份/.exec(said)[1]);
  assert.ok(checked > 3 && checked < 300, said);
  assert.equal(await page.locator("#list tbody tr").count(), checked);
}));

test("blank templates of every form can be downloaded", () => on({}, async (page) => {
  const ids = native(["form", "list"]);
  const buttons = page.locator("#blanks button");
  assert.ok(await buttons.count() > 0);
  for (let at = 0; at < await buttons.count(); at += 1) {
    const { name, bytes } = await download(page, `#blanks button >> nth=${at}`);
    const form = name.replace(/\.xlsx$/, "");
    assert.ok(ids.includes(form), form);
    const own = path.join(folder, `native-${name}`);
    native(["template", "--form", form, "-o", own, "--force"]);
    assert.deepEqual(bytes.equals(fs.readFileSync(own)), true, form);
  }
}));

test("English by a switch, findings too", () => on({}, async (page) => {
  await drop(page, [BROKEN]);
  await done(page);
  await page.click("#language");
  await page.waitForFunction(() => /to correct/.test(document.getElementById("result-head").textContent));
  const [file] = JSON.parse(native(["--lang", "en", "check", "--format", "json", BROKEN])).files;
  const shown = await page.locator(".findings > li .message").allTextContents();
  assert.deepEqual([...shown].sort(), file.findings.map((finding) => finding.message).sort());
}));

for (const [name, options] of [
  ["light", {}],
  ["dark", { colorScheme: "dark" }],
  ["phone", { viewport: { width: 390, height: 844 } }],
]) {
  test(`no serious accessibility fault: ${name}`, () => on(options, async (page) => {
    const look = async () => {
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(() => axe.run());
      const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      assert.deepEqual(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html).slice(0, 3)]), []);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${wide} pixels too wide`);
    };
    await look();
    await drop(page, [BROKEN, CLEAN, "fixtures/unreadable/truncated.xlsx"]);
    await done(page);
    await page.locator("#list tbody button", { hasText: "filing.xlsx" }).click();
    await look();
  }));
}
