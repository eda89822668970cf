// Pictures of the page for the README: node docs/pictures/page.mjs (after page/build.sh and
// `npm ci` in tests/page).
import fs from "node:fs";
import path from "node:path";
import { browser, done, drop, open, root } from "../../tests/page/page.mjs";

const BROKEN = "fixtures/broken/filing.xlsx";
const save = (page, name) => page.screenshot({ path: path.join(root, `docs/pictures/${name}.png`) });

const chromium = await browser();

async function picture(name, options, act) {
  const { page, context } = await open(chromium, options);
  await act(page);
  await save(page, name);
  await context.close();
}

// Twelve submissions: clean ones, broken ones, one that is no workbook.
const twelve = Array.from({ length: 12 }, (_, at) => ({
  name: `单位${String(at + 1).padStart(2, "0")}自评表.xlsx`,
  bytes: at === 7 ? Buffer.from("%PDF-1.4\n") : fs.readFileSync(path.join(root, at % 3 ? BROKEN : "fixtures/clean/clean.xlsx")),
}));

await picture("page-start", {}, async () => {});
await picture("page-file", {}, async (page) => {
  await drop(page, [BROKEN]);
  await done(page);
  await page.locator(".findings > li .message", { hasText: "附件2 H5" }).first().hover();
  await page.locator("td.lit").waitFor();
});
await picture("page-files", {}, async (page) => {
  await drop(page, twelve);
  await done(page);
});
await picture("page-dark", { colorScheme: "dark" }, async (page) => {
  await drop(page, [BROKEN]);
  await done(page);
});
await picture("page-phone", { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 }, async (page) => {
  await drop(page, [BROKEN]);
  await done(page);
});
await chromium.close();
