// One file's result: the verdict first, findings by annex, the annexes themselves.

function countsOf(file) {
  const counts = file.counts;
  return { correct: counts.error + counts.incomplete, explain: counts.explain, hint: counts.hint };
}

// Class and words of a verdict.
function verdictOf(entry) {
  if (!entry.file || entry.file.status !== "checked") return ["incomplete", say("unread")];
  const { correct, explain } = countsOf(entry.file);
  const parts = [];
  if (correct > 0) parts.push(say("correct", correct));
  if (explain > 0) parts.push(say("explain", explain));
  if (parts.length === 0) return ["fine", say("fine")];
  return [correct > 0 ? "error" : "explain", parts.join(say("and"))];
}

// Why a file was not checked.
function refusalOf(entry) {
  if (entry.failure) return entry.failure;
  if (entry.file.status === "unrecognised") return say("unrecognisedWhat");
  return entry.file.error.message;
}

function showResult(entry, actions) {
  const place = document.getElementById("result");
  place.hidden = false;
  const [tone, words] = verdictOf(entry);
  if (!entry.file || entry.file.status !== "checked") {
    const head = entry.file && entry.file.status === "unrecognised" ? say("unrecognised") : say("unreadable");
    place.replaceChildren(make("div", { class: `verdict ${tone}` },
      make("div", {}, make("h2", { id: "result-head", tabindex: -1 }, head), make("p", {}, make("bdi", {}, entry.path)), make("p", {}, refusalOf(entry)))));
    return;
  }
  const file = entry.file;
  const copy = make("button", { type: "button", id: "copy", click: () => actions.copy(entry) }, say("copy"));
  const verdict = make("div", { class: `verdict ${tone}` },
    make("div", {}, make("h2", { id: "result-head", tabindex: -1 }, words),
      // What the filer wrote turns nothing round but itself.
      make("p", {}, make("bdi", {}, file.unit_name || say("noUnit")), "　", make("bdi", {}, say("year", file.year)),
        "　", make("bdi", {}, entry.path))),
    copy);

  const items = [];
  const tables = [];
  const light = (indices, scroll) => {
    for (const item of items) item.classList.remove("lit");
    for (const index of indices || []) items[index].classList.add("lit");
    if (indices && scroll) {
      const item = items[indices[0]];
      const fold = item.closest("details");
      if (fold) fold.open = true;
      item.scrollIntoView({ block: "nearest" });
    }
  };
  entry.tables.forEach((table) => tables.push({ table, ...drawTable(table, file.findings, light) }));
  const panel = make("div", { id: "panel", role: "tabpanel", "aria-labelledby": "tab-0" });
  const tabs = tables.map((drawn, at) => make("button", {
    type: "button", role: "tab", id: `tab-${at}`, "aria-controls": "panel", "aria-selected": "false", tabindex: -1,
    click: () => open(at),
  }, names(tables, at)));
  const open = (at) => {
    tabs.forEach((tab, index) => {
      tab.setAttribute("aria-selected", String(index === at));
      tab.tabIndex = index === at ? 0 : -1;
    });
    panel.setAttribute("aria-labelledby", `tab-${at}`);
    panel.replaceChildren(tables[at].view);
  };
  const bar = make("div", { class: "tabs", role: "tablist", "aria-label": say("tables") }, ...tabs);
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const now = tabs.indexOf(document.activeElement);
    if (!step || now < 0) return;
    const next = (now + step + tabs.length) % tabs.length;
    open(next);
    tabs[next].focus();
  });
  // The cell of a finding, its table opened; null where it has none.
  const cellOf = (finding, opened) => {
    const at = tables.findIndex(({ table, cells }) => table.sheet === finding.sheet && cells.has(finding.cell));
    if (at < 0) return null;
    if (opened) open(at);
    return tables[at].cells.get(finding.cell);
  };
  file.findings.forEach((finding) => items.push(showFinding(finding, file.form, cellOf, actions)));

  const left = make("div", { id: "findings" }, make("h2", {}, say("findings")));
  const minor = (finding) => ["hint", "rounding", "explained"].includes(kindOf(finding));
  const grave = file.findings.map((_, index) => index).filter((index) => !minor(file.findings[index]));
  const slight = file.findings.map((_, index) => index).filter((index) => minor(file.findings[index]));
  if (file.findings.length === 0) left.append(make("p", {}, say("nothing")));
  left.append(...groups(grave, file, entry.tables, items));
  if (slight.length > 0) {
    left.append(make("details", { open: grave.length === 0 }, make("summary", {}, say("more", slight.length)),
      ...groups(slight, file, entry.tables, items)));
  }
  if (file.unchecked.length > 0) {
    left.append(make("details", {}, make("summary", {}, say("unchecked", file.unchecked.length)),
      make("ul", {}, ...file.unchecked.map((one) => make("li", {}, `${one.code}　${one.reason}`)))));
  }
  const right = make("div", {}, make("h2", {}, say("tables")), bar, panel);
  place.replaceChildren(verdict, make("div", { class: "panes" }, left, right));
  // The table of the first finding that is shown.
  const wrong = tables.findIndex(({ table, cells }) =>
    grave.some((index) => file.findings[index].sheet === table.sheet && cells.has(file.findings[index].cell)));
  if (tables.length > 0) open(Math.max(wrong, 0));
}

// Tables of one annex are told apart by their sheets.
function names(tables, at) {
  const { annex, sheet } = tables[at].table;
  const same = tables.filter(({ table }) => table.annex === annex).length > 1;
  return same && sheet !== annex ? `${annex} · ${sheet}` : annex;
}

// Findings under the name of the annex that they are in, in its order.
function groups(indices, file, tables, items) {
  const of = (finding) => {
    const row = Number((finding.cell || "").replace(/^[A-Z]+/, ""));
    return tables.findIndex((table) => {
      const [from, to] = table.range.split(":").map((at) => Number(at.replace(/^[A-Z]+/, "")));
      return table.sheet === finding.sheet && row >= from && row <= (to || from);
    });
  };
  const found = new Map();
  for (const index of indices) {
    const at = of(file.findings[index]);
    if (!found.has(at)) found.set(at, []);
    found.get(at).push(items[index]);
  }
  const ordered = [...found.entries()].sort(([a], [b]) => a - b);
  return ordered.flatMap(([at, list]) => {
    const name = at < 0 ? say("other_findings") : names(tables.map((table) => ({ table })), at);
    return [make("h3", {}, `${name}（${list.length}）`), make("ul", { class: "findings" }, ...list)];
  });
}

// Scrolls a cell into what is seen of its pane; the page stays where it is.
function bring(cell) {
  const pane = cell.closest(".panes > div");
  const [seen, at] = [pane.getBoundingClientRect(), cell.getBoundingClientRect()];
  const bottom = Math.min(seen.bottom, innerHeight);
  if (at.top < seen.top || at.bottom > bottom) pane.scrollTop += at.top - (Math.max(seen.top, 0) + bottom) / 2;
}

function showFinding(finding, form, cellOf, actions) {
  const kind = kindOf(finding);
  const place = [finding.sheet, finding.cell].filter(Boolean).join(" ");
  const light = (on, scroll) => {
    const cell = cellOf(finding, on);
    if (!cell) return;
    cell.classList.toggle("lit", on);
    if (on && scroll) cell.scrollIntoView({ block: "center", inline: "center" });
    else if (on) bring(cell);
  };
  // A pointer that only passes changes nothing.
  let rest;
  const go = finding.cell
    ? make("button", { type: "button", class: "go", "aria-label": say("show", place), click: () => light(true, true) }, place)
    : null;
  const figure = (word, value) => value ? make("div", {}, make("dt", {}, say(word)), make("dd", {}, value)) : null;
  const item = make("li", { class: `of-${kind}` },
    make("p", {}, make("span", { class: `tag ${kind}` }, tagOf(kind)), " ", go),
    make("p", { class: "message" }, finding.message),
    make("dl", {}, figure("found", finding.found), figure("expected", finding.expected), figure("working", finding.working),
      figure("todo", finding.todo), figure("reason", finding.reason && finding.reason.text)),
    finding.follows.length > 0
      ? make("div", {}, make("p", { class: "faint" }, say("follows")),
        make("ul", {}, ...finding.follows.map((one) => make("li", {}, one.message))))
      : null,
    make("p", {}, make("button", {
      type: "button", class: "go faint", click: () => actions.explain(form, finding.code),
    }, say("why", finding.code))));
  item.addEventListener("pointerenter", () => { rest = setTimeout(() => light(true), 120); });
  item.addEventListener("pointerleave", () => { clearTimeout(rest); light(false); });
  item.addEventListener("focusin", () => light(true));
  item.addEventListener("focusout", () => light(false));
  return item;
}
