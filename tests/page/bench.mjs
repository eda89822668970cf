// How long a workbook takes in the browser beside the native program: node bench.mjs
import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { browser, gouji, open, root } from "./page.mjs";

const FILES = ["fixtures/broken/filing.xlsx", "fixtures/layouts/shifted.xlsx", "fixtures/formats/filing.xls", "fixtures/formats/filing.ods"];
const TIMES = 200;

const chromium = await browser();
const { page } = await open(chromium);
for (const file of FILES) {
  const bytes = [...fs.readFileSync(path.join(root, file))];
  const inBrowser = await page.evaluate(async ({ bytes, times }) => {
    const helper = new Helper();
    await helper.ready;
    const once = () => helper.ask("check", { path: "a.xlsx", bytes: Uint8Array.from(bytes).buffer, lang });
    for (let time = 0; time < 20; time += 1) await once();
    const began = performance.now();
    for (let time = 0; time < times; time += 1) await once();
    return (performance.now() - began) / times;
  }, { bytes, times: TIMES });
  const run = (count) => {
    const began = performance.now();
    spawnSync(gouji, ["check", "--format", "ndjson", ...Array(count).fill(file)], { cwd: root, maxBuffer: 1 << 28 });
    return performance.now() - began;
  };
  run(1);
  const native = (run(TIMES + 1) - run(1)) / TIMES;
  console.log(`${file}: browser ${inBrowser.toFixed(2)} ms, native ${native.toFixed(2)} ms: ${(inBrowser / native).toFixed(1)} times`);
}
await chromium.close();
