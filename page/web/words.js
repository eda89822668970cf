// What the page says, in both languages. {0} and {1} are filled in.
const WORDS = {
  zh: {
    code: "zh-CN", other: "English", name: "勾稽", title: "勾稽 · 预算绩效自评核对",
    promise: "在本机浏览器里核对，文件不会发送到任何地方。",
    drop: "把自评表拖到这里核对", dropLabel: "选择要核对的文件", choose: "选择文件…", chooseFolder: "选择文件夹…",
    kinds: "可以一次拖入多份、整个文件夹或 zip；支持 .xlsx .xlsm .xls .et .xlsb .ods",
    progressLabel: "核对进度", cancel: "停止", checking: "正在核对 {0} / {1}", stopped: "已停止，核对了 {0} 份。",
    done: "核对完毕，共 {0} 份。", none: "没有找到可以核对的文件。", opening: "正在打开压缩包…",
    many: "共 {0} 份：可以报送 {1} 份，须修改 {2} 份，须说明 {3} 份，没有核对 {4} 份", filesLabel: "核对过的文件",
    file: "文件", unit: "单位", verdict: "结论", toCorrect: "须修改", toExplain: "须说明", hints: "提示",
    summary: "下载汇总表", json: "下载结果（JSON）", clear: "清空", making: "正在制作…",
    summaryName: "核对汇总.xlsx", jsonName: "核对结果.json", left: "{0} 份没有放进汇总表：处理时出错或用时太长。",
    fine: "可以报送", correct: "须修改 {0} 处", explain: "须说明 {0} 处", and: "，",
    unread: "没有核对", unreadable: "这个文件读不了", unrecognised: "没有找到已知的表",
    unrecognisedWhat: "请确认是附件1至附件6的工作簿。", year: "{0} 年度", noUnit: "（没有填单位名称）",
    copy: "下载标好的工作簿", findings: "问题", tables: "附表", table: "{0}，工作表「{1}」{2}",
    cut: "这张表太大，只画出前面一部分。", other_findings: "整份", nothing: "没有发现问题。",
    error: "不符", incomplete: "缺填", explainTag: "须说明", hint: "提示", rounding: "尾差", explained: "已说明",
    found: "填报", expected: "应为", working: "算法", todo: "怎么办", reason: "说明", why: "{0} 是什么检查",
    follows: "改好后会跟着变的：", more: "提示、尾差和已说明（{0}）", show: "在表中看 {0}", unchecked: "有 {0} 项检查没有条件做",
    blanks: "空白模板", blanksWhat: "填的时候自动计算、自动核对。", projects: "{0}", close: "关闭",
    slow: "处理超过 {0} 秒，已经停下。文件可能损坏，或不是自评表；请另存一份再试。",
    broken: "处理这个文件时出错，已经跳过。请在 Excel 或 WPS 里另存为 .xlsx 再试。",
    large: "文件有 {0} MB，超过 {1} MB，没有打开。自评表不会这么大，请核对是不是选错了文件。",
    unopened: "浏览器打不开这个文件。它可能已被移走，或正被别的程序占用。",
    crowd: "一次最多核对 {0} 份，后面的没有读。整个辖区的核对请用 gouji batch。",
    failed: "没有做成：{0}", saved: "已下载「{0}」。", start: "核对程序没有启动：{0}。请换用较新的浏览器（Chrome、Edge、Firefox）。",
  },
  en: {
    code: "en", other: "中文", name: "gouji", title: "gouji · self-evaluation check",
    promise: "Checked inside this browser: your files are sent nowhere.",
    drop: "Drop workbooks here", dropLabel: "Choose files to check", choose: "Choose files…", chooseFolder: "Choose a folder…",
    kinds: "Many at once, a folder or a zip; .xlsx .xlsm .xls .et .xlsb .ods",
    progressLabel: "Progress", cancel: "Stop", checking: "Checking {0} of {1}", stopped: "Stopped after {0} files.",
    done: "Done: {0} files.", none: "No file to check was found.", opening: "Opening the archive…",
    many: "{0} files: {1} fit to file, {2} to correct, {3} to explain, {4} not checked", filesLabel: "Files that were checked",
    file: "File", unit: "Unit", verdict: "Verdict", toCorrect: "To correct", toExplain: "To explain", hints: "Hints",
    summary: "Download the summary", json: "Download results (JSON)", clear: "Clear", making: "Working…",
    summaryName: "summary.xlsx", jsonName: "results.json", left: "{0} files are not in the summary: they failed or took too long.",
    fine: "Fit to file", correct: "{0} to correct", explain: "{0} to explain", and: ", ",
    unread: "Not checked", unreadable: "This file cannot be read", unrecognised: "No known table was found",
    unrecognisedWhat: "Is this a workbook of annexes 1 to 6?", year: "{0}", noUnit: "(no unit name)",
    copy: "Download the marked copy", findings: "Findings", tables: "Tables", table: "{0}, sheet “{1}” {2}",
    cut: "This table is too large: only its beginning is drawn.", other_findings: "The filing as a whole", nothing: "Nothing was found.",
    error: "Wrong", incomplete: "Missing", explainTag: "To explain", hint: "Hint", rounding: "Rounding", explained: "Explained",
    found: "Found", expected: "Expected", working: "Working", todo: "To do", reason: "Reason", why: "What is {0}?",
    follows: "These follow from it:", more: "Hints, rounding, explained ({0})", show: "Show {0} in the table", unchecked: "{0} checks could not be applied",
    blanks: "Blank templates", blanksWhat: "They compute and check themselves while they are filled.", projects: "{0}", close: "Close",
    slow: "Stopped after {0} seconds. The file may be damaged, or no self-evaluation; save it anew and try again.",
    broken: "The program failed on this file and skipped it. Save it as .xlsx in Excel or WPS and try again.",
    large: "The file has {0} MB, more than {1} MB, and was not opened. Is it the right file?",
    unopened: "The browser cannot open this file. It may have been moved, or another program holds it.",
    crowd: "At most {0} files at once; the rest was not read. For a whole district use gouji batch.",
    failed: "Not done: {0}", saved: "Downloaded “{0}”.", start: "The checker did not start: {0}. Please use a newer browser (Chrome, Edge, Firefox).",
  },
};

let lang = "zh";

function say(word, ...values) {
  return WORDS[lang][word].replace(/\{(\d)\}/g, (_, at) => values[at]);
}

// An element with attributes and children; text is only ever text.
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "click") element.addEventListener("click", value);
    else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}
