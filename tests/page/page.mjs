// The page in a real browser, opened from its file address.
import { chromium } from "playwright-core";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const html = path.join(root, "target/page/gouji.html");
export const gouji = process.env.GOUJI || path.join(root, "target/debug/gouji");

export async function browser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

// A page that is ready, with what it wrote to the console and what it asked of the network.
export async function open(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, acceptDownloads: true, ...options });
  const page = await context.newPage();
  const seen = { console: [], requests: [] };
  page.on("console", (message) => seen.console.push(message.text()));
  page.on("pageerror", (error) => seen.console.push(String(error)));
  page.on("request", (request) => seen.requests.push(request.url()));
  await page.goto(pathToFileURL(html).href);
  await page.waitForSelector("body[data-ready]");
  return { page, seen, context };
}

// Drops files on the page as a person does; `files` are paths, or names with bytes.
export async function drop(page, files) {
  const given = files.map((file) => typeof file === "string"
    ? { name: path.basename(file), base64: fs.readFileSync(path.resolve(root, file)).toString("base64") }
    : { name: file.name, base64: Buffer.from(file.bytes).toString("base64") });
  await page.evaluate((given) => {
    const transfer = new DataTransfer();
    for (const { name, base64 } of given) {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      transfer.items.add(new File([bytes], name));
    }
    document.getElementById("drop").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }, given);
}

// Waits until all that was dropped is worked off.
export async function done(page) {
  await page.waitForFunction(() => document.getElementById("progress").hidden && /完毕|Done|停止|Stopped/.test(document.getElementById("said").textContent), null, { timeout: 120000 });
}

// What a click downloads: name and bytes.
export async function download(page, selector) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.click(selector)]);
  return { name: file.suggestedFilename(), bytes: fs.readFileSync(await file.path()) };
}
