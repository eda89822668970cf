// The annexes as tables: wrong cells coloured, findings shown on pointing or focus.

// Gravest first; a cell has the colour of its gravest finding.
const KINDS = ["error", "incomplete", "explain", "explained", "rounding", "hint"];

function kindOf(finding) {
  if (finding.outcome === "rounding") return "rounding";
  if (finding.reason && !finding.reason.expired) return "explained";
  return finding.severity;
}

function tagOf(kind) {
  return say(kind === "explain" ? "explainTag" : kind);
}

// Draws one table; `lit(indices or null)` is told which findings the pointed cell has.
function drawTable(table, findings, lit) {
  const wrong = new Map();
  findings.forEach((finding, index) => {
    if (finding.sheet !== table.sheet || !finding.cell) return;
    if (!wrong.has(finding.cell)) wrong.set(finding.cell, []);
    wrong.get(finding.cell).push(index);
  });
  const cells = new Map();
  const head = make("tr", {}, make("td"), ...table.columns.map((name) => make("th", { scope: "col" }, name)));
  const body = table.rows.map((row) =>
    make("tr", {}, make("th", { scope: "row" }, String(row.number)), ...row.cells.map((cell) => {
      const own = wrong.get(cell.at);
      const kind = own && KINDS.find((kind) => own.some((index) => kindOf(findings[index]) === kind));
      const said = own && own.map((index) => findings[index].message).join("\n");
      const classes = [cell.number && "number", cell.columns > 2 && "wide", kind].filter(Boolean).join(" ");
      const td = make("td", {
        class: classes || undefined,
        rowspan: cell.rows > 1 ? cell.rows : undefined,
        colspan: cell.columns > 1 ? cell.columns : undefined,
        tabindex: own ? 0 : undefined,
        title: said,
        "data-at": cell.at,
      }, kind ? make("span", { class: "mark" }, tagOf(kind)) : null, cell.text);
      if (own) {
        for (const event of ["focus", "pointerenter"]) td.addEventListener(event, () => lit(own));
        for (const event of ["blur", "pointerleave"]) td.addEventListener(event, () => lit(null));
        td.addEventListener("click", () => lit(own, true));
      }
      cells.set(cell.at, td);
      return td;
    })));
  const caption = make("caption", {}, say("table", table.annex, table.sheet, table.range));
  const element = make("table", {}, caption, make("thead", {}, head), make("tbody", {}, ...body));
  const view = make("div", { class: "sheet", tabindex: 0, role: "region", "aria-label": table.annex }, element,
    table.cut ? make("p", { class: "faint" }, say("cut")) : null);
  return { view, cells };
}
