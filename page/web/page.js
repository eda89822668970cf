// The page: files in, results out, downloads.

// The most files at once: what a browser holds with ease.
const MOST_FILES = 2000;

// What programs leave beside the files of people.
const HIDDEN = /^(\.|~\$)|^(thumbs\.db|desktop\.ini|__macosx)$/i;

const byId = (id) => document.getElementById(id);
const state = { entries: [], current: null, forms: [], mostBytes: 0, version: "", run: 0 };

function translate() {
  document.documentElement.lang = say("code");
  document.title = say("title");
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = say(element.dataset.word);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", say(element.dataset.label));
  byId("language").textContent = say("other");
  byId("language").lang = lang === "zh" ? "en" : "zh-CN";
  byId("blanks").replaceChildren(...state.forms.map((form) => make("button", {
    type: "button", class: "second", click: () => blank(form),
  }, form.name)));
  byId("version").textContent = state.version;
}

function tell(text) {
  byId("said").textContent = text;
}

// The files of what was dropped, folders walked; hidden ones left out.
async function dropped(transfer) {
  const roots = [...transfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry()).filter(Boolean);
  if (roots.length === 0) return [...transfer.files].map((file) => ({ path: file.name, file }));
  const found = [];
  const walk = async (entry, folder) => {
    if (found.length > MOST_FILES || HIDDEN.test(entry.name)) return;
    const path = folder + entry.name;
    if (entry.isFile) {
      const file = await new Promise((resolve) => entry.file(resolve, () => resolve(null)));
      found.push({ path, file });
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
      if (some.length === 0) return;
      for (const child of some) await walk(child, `${path}/`);
    }
  };
  for (const root of roots) await walk(root, "");
  return found;
}

function picked(input) {
  const files = [...input.files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
  input.value = "";
  return files.filter(({ path }) => !path.split("/").some((part) => HIDDEN.test(part)));
}

// Reads a file; throws in words where that cannot be.
async function bytesOf(file) {
  const mega = (bytes) => Math.ceil(bytes / 1048576);
  if (!file) throw new Error(say("unopened"));
  if (file.size > state.mostBytes) throw new Error(say("large", mega(file.size), mega(state.mostBytes)));
  try {
    return await file.arrayBuffer();
  } catch {
    throw new Error(say("unopened"));
  }
}

async function unpack({ path, file }, into) {
  tell(say("opening"));
  try {
    const bytes = await bytesOf(file);
    const modified = file.lastModified;
    const { whole } = await ask("unpack", { path, bytes, lang, most: MOST_FILES }, ({ entry }) => {
      into.push(entry.bytes
        ? { path: entry.path, file: new File([entry.bytes], entry.path, { lastModified: modified }) }
        : { path: entry.path, refusal: entry.refusal });
    });
    if (!whole) tell(say("crowd", MOST_FILES));
  } catch (error) {
    into.push({ path, refusal: error.message });
  }
}

// Checks what was given; earlier results make room.
async function take(given) {
  const run = (state.run += 1);
  stopHelpers();
  const files = [];
  for (const one of given) {
    if (/\.zip$/i.test(one.path) && one.file) await unpack(one, files);
    else files.push(one);
  }
  if (run !== state.run) return;
  files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  if (files.length === 0) { tell(say("none")); return; }
  const crowd = files.length > MOST_FILES;
  state.entries = files.slice(0, MOST_FILES);
  state.current = null;
  byId("result").hidden = true;
  byId("drop").classList.add("small");
  await work(run);
  if (run === state.run && crowd) tell(say("crowd", MOST_FILES));
}

const working = new Set();

function stopHelpers() {
  for (const helper of working) helper.end();
  working.clear();
}

// Checks all entries on a few workers.
async function work(run) {
  const entries = state.entries;
  let next = 0;
  let done = 0;
  const began = Date.now();
  const shown = () => {
    byId("bar").max = entries.length;
    byId("bar").value = done;
    const rate = done / Math.max(0.001, (Date.now() - began) / 1000);
    byId("rate").textContent = `${say("checking", done, entries.length)}${done > 9 ? ` · ${rate.toFixed(0)}/s` : ""}`;
  };
  byId("progress").hidden = false;
  tell("");
  shown();
  const one = async () => {
    let helper = idle.pop() || new Helper();
    working.add(helper);
    while (next < entries.length && run === state.run) {
      const entry = entries[next];
      next += 1;
      try {
        if (entry.refusal) throw new Error(entry.refusal);
        const bytes = await bytesOf(entry.file);
        const found = await helper.ask("check", { path: entry.path, bytes, lang });
        entry.result = JSON.parse(found.file);
        entry.tables = JSON.parse(found.tables);
      } catch (error) {
        if (run !== state.run) break;
        entry.result = undefined;
        entry.failure = error.message;
        entry.broke = error instanceof Broken;
        entry.seconds = error.seconds;
        if (helper.ended) {
          working.delete(helper);
          helper = new Helper();
          working.add(helper);
        }
        if (entry.broke) entry.result = await ended(helper, entry);
      }
      done += 1;
      if (run === state.run) { shown(); if (done % 20 === 0) listed(); }
    }
    working.delete(helper);
    if (!helper.ended) idle.push(helper);
  };
  await Promise.all(Array.from({ length: Math.min(HELPERS, entries.length) }, one));
  if (run !== state.run) return;
  byId("progress").hidden = true;
  finished(say("done", done));
}

// The result of a file that ended its worker; none where even that cannot be had.
async function ended(helper, entry) {
  try {
    const bytes = await bytesOf(entry.file);
    const found = await helper.ask("ended", { path: entry.path, bytes, lang, seconds: entry.seconds });
    return JSON.parse(found.file);
  } catch {
    return undefined;
  }
}

function finished(words) {
  tell(words);
  listed();
  const first = state.entries.find((entry) => entry === state.current) || state.entries[0];
  if (first) open(first);
}

function cancel() {
  state.run += 1;
  stopHelpers();
  byId("progress").hidden = true;
  state.entries = state.entries.filter((entry) => entry.result || entry.failure);
  finished(say("stopped", state.entries.length));
}

const view = (entry) => ({ path: entry.path, file: entry.result, failure: entry.failure, tables: entry.tables || [], entry });

// The list of files, where there is more than one.
function listed() {
  const done = state.entries.filter((entry) => entry.result || entry.failure);
  byId("many").hidden = state.entries.length < 2;
  if (state.entries.length < 2) return;
  const tally = { fine: 0, error: 0, explain: 0, incomplete: 0 };
  const rows = done.map((entry) => {
    const shown = view(entry);
    const [tone, words] = verdictOf(shown);
    tally[tone] += 1;
    const checked = entry.result && entry.result.status === "checked";
    const counts = checked ? countsOf(entry.result) : null;
    const number = (value) => make("td", { class: "number" }, counts && value(counts) ? String(value(counts)) : "");
    return make("tr", { "aria-current": entry === state.current ? "true" : undefined },
      make("td", {}, make("button", { type: "button", click: () => { open(entry); byId("result-head").focus(); } }, entry.path)),
      make("td", {}, (checked && entry.result.unit_name) || ""),
      make("td", {}, make("span", { class: `tag ${tone}` }, words)),
      number((counts) => counts.correct), number((counts) => counts.explain), number((counts) => counts.hint));
  });
  byId("list").tBodies[0].replaceChildren(...rows);
  byId("many-head").textContent = say("many", done.length, tally.fine, tally.error, tally.explain, tally.incomplete);
  byId("summary").disabled = !done.some((entry) => entry.result);
}

function open(entry) {
  state.current = entry;
  listed();
  showResult(view(entry), { copy: (shown) => download(() => copied(shown.entry)), explain });
}

async function copied(entry) {
  const bytes = await bytesOf(entry.file);
  const copy = await ask("copy", { path: entry.path, bytes, lang, time: now() });
  return { name: copy.name, bytes: copy.bytes, notes: copy.notes };
}

// The summary is made from the files themselves, on a worker that is then ended.
async function summed() {
  const helper = new Helper();
  let left = 0;
  try {
    await helper.ask("begin", { lang });
    for (const entry of state.entries) {
      if (!entry.file) { left += 1; continue; }
      let bytes;
      try { bytes = await bytesOf(entry.file); } catch { left += 1; continue; }
      const modified = Math.floor(entry.file.lastModified / 1000);
      await helper.ask(entry.broke ? "addEnded" : "add", { path: entry.path, bytes, modified, seconds: entry.seconds });
    }
    const { bytes } = await helper.ask("finish", { time: now() }, undefined, 10 * LONGEST);
    return { name: say("summaryName"), bytes, notes: left > 0 ? say("left", left) : "" };
  } finally {
    helper.end();
  }
}

function results() {
  const files = state.entries.map((entry) => entry.result).filter(Boolean);
  // As the command line writes it, byte for byte.
  const text = `${JSON.stringify({ schema: 1, gouji: state.version, files }, null, 2)}\n`;
  return { name: say("jsonName"), bytes: new TextEncoder().encode(text), notes: "" };
}

async function blank(form) {
  await download(async () => ({ name: `${form.id}.xlsx`, bytes: (await ask("blank", { form: form.id })).bytes, notes: "" }));
}

async function explain(form, code) {
  const { text } = await ask("explain", { form, code, lang });
  const [head, ...lines] = text.trimEnd().split("\n");
  byId("why-head").textContent = head;
  byId("why-text").textContent = lines.map((line) => line.replace(/^ {2}/, "")).join("\n");
  byId("why").showModal();
}

async function download(made) {
  tell(say("making"));
  try {
    const { name, bytes, notes } = await made();
    const address = URL.createObjectURL(new Blob([bytes]));
    const link = make("a", { href: address, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
    tell([say("saved", name), notes].filter(Boolean).join(" "));
  } catch (error) {
    tell(say("failed", error.message));
  }
}

// The time on the user's clock: 2024-03-01 10:20.
function now() {
  const date = new Date();
  const two = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

function clear() {
  state.run += 1;
  stopHelpers();
  state.entries = [];
  state.current = null;
  byId("result").hidden = true;
  byId("many").hidden = true;
  byId("drop").classList.remove("small");
  tell("");
}

function listen() {
  byId("choose").addEventListener("click", () => byId("files").click());
  byId("choose-folder").addEventListener("click", () => byId("folder").click());
  for (const id of ["files", "folder"]) byId(id).addEventListener("change", (event) => take(picked(event.target)));
  // Anywhere on the page will do: a file beside the frame would be opened by the browser instead.
  document.addEventListener("dragover", (event) => { event.preventDefault(); byId("drop").classList.add("over"); });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) byId("drop").classList.remove("over"); });
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    byId("drop").classList.remove("over");
    take(await dropped(event.dataTransfer));
  });
  byId("cancel").addEventListener("click", cancel);
  byId("clear").addEventListener("click", clear);
  byId("summary").addEventListener("click", () => download(summed));
  byId("json").addEventListener("click", () => download(async () => results()));
  byId("why-close").addEventListener("click", () => byId("why").close());
  byId("language").addEventListener("click", () => {
    lang = lang === "zh" ? "en" : "zh";
    translate();
    if (state.entries.length > 0) take(state.entries.map(({ path, file, refusal }) => ({ path, file, refusal })));
  });
}

translate();
prepare().then((about) => {
  state.forms = JSON.parse(about.forms);
  state.mostBytes = about.most;
  state.version = about.version;
  translate();
  listen();
  tell("");
  document.body.dataset.ready = "true";
}).catch((error) => tell(say("start", error.message)));
