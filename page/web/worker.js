// Runs the library beside the page. One message in, one answer out (of an archive one for each
// file in it); where the library breaks, the page ends this worker.
"use strict";

let summary = null;

const JOBS = {
  check({ path, bytes, lang }) {
    const found = wasm_bindgen.check(path, new Uint8Array(bytes), lang);
    return { file: found.file, tables: found.tables };
  },
  ended({ path, bytes, lang, seconds }) {
    const found = wasm_bindgen.ended(path, new Uint8Array(bytes), seconds, lang);
    return { file: found.file, tables: found.tables };
  },
  copy({ path, bytes, lang, time }) {
    const copy = wasm_bindgen.copy(path, new Uint8Array(bytes), lang, time);
    return { name: copy.name, notes: copy.notes, bytes: copy.bytes };
  },
  blank({ form }) {
    return { bytes: wasm_bindgen.blank(form, 1) };
  },
  explain({ form, code, lang }) {
    return { text: wasm_bindgen.explain(form, code, lang) };
  },
  begin({ lang }) {
    summary = new wasm_bindgen.Summary(lang);
    return {};
  },
  add({ path, bytes, modified }) {
    summary.add(path, new Uint8Array(bytes), modified);
    return {};
  },
  addEnded({ path, bytes, modified, seconds }) {
    summary.ended(path, new Uint8Array(bytes), modified, seconds);
    return {};
  },
  finish({ time }) {
    return { bytes: summary.finish(time) };
  },
  unpack({ path, bytes, lang, most }, tell) {
    const files = wasm_bindgen.unpack(path, new Uint8Array(bytes));
    for (let count = 0; count <= most; count += 1) {
      const entry = files.next(lang);
      if (!entry) return { whole: true };
      tell({ entry: { path: entry.path, bytes: entry.bytes, refusal: entry.refusal } });
    }
    return { whole: false };
  },
};

onmessage = async ({ data }) => {
  if (data.module) {
    try {
      await wasm_bindgen({ module_or_path: data.module });
      postMessage({ ready: true, version: wasm_bindgen.version(), forms: wasm_bindgen.forms(), most: wasm_bindgen.most_bytes() });
    } catch (error) {
      postMessage({ broken: String(error) });
    }
    return;
  }
  const tell = (part) => postMessage({ id: data.id, part });
  try {
    const answer = JOBS[data.job](data, tell);
    postMessage({ id: data.id, answer }, answer.bytes ? [answer.bytes.buffer] : []);
  } catch (error) {
    // What the library says is a message; anything else, and its memory cannot be trusted.
    if (error instanceof wasm_bindgen.Failure) postMessage({ id: data.id, failure: error.message });
    else postMessage({ id: data.id, broken: String(error) });
  }
};
