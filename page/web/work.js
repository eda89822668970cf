// Workers: each does one job at a time, and is ended when a file costs too much.

// Seconds that one file may take: ten thousand times an ordinary one.
const LONGEST = 30;

let start; // What a worker is made of: its address, the module, and what it told of itself.

async function prepare() {
  const packed = document.getElementById("wasm").textContent;
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const module = await WebAssembly.compile(await new Response(stream).arrayBuffer());
  document.getElementById("wasm").remove();
  const script = new Blob([document.getElementById("worker").textContent], { type: "text/javascript" });
  start = { address: URL.createObjectURL(script), module };
  const helper = new Helper();
  const about = await helper.ready;
  idle.push(helper);
  return about;
}

// A worker that had to be ended, after so many seconds where it was late.
class Broken extends Error {
  constructor(words, seconds) {
    super(words);
    this.seconds = seconds;
  }
}

class Helper {
  constructor() {
    this.worker = new Worker(start.address);
    this.count = 0;
    this.ready = new Promise((resolve, reject) => {
      this.worker.onmessage = ({ data }) => {
        if (data.ready) resolve(data);
        else reject(new Error(data.broken));
      };
      this.worker.onerror = (event) => { event.preventDefault(); reject(new Error(event.message)); };
    });
    this.worker.postMessage({ module: start.module });
  }

  end() {
    this.worker.terminate();
    this.ended = true;
    if (this.abort) this.abort(new Broken("ended"));
  }

  // Does one job; `part` is told of what comes before the end. Throws `Broken` where the worker
  // had to be ended, with the reason in words.
  async ask(job, values, part, seconds = LONGEST) {
    await this.ready;
    const id = (this.count += 1);
    return new Promise((resolve, reject) => {
      let timer;
      const fail = (error) => { clearTimeout(timer); reject(error); };
      const kill = (words, after) => { this.worker.terminate(); this.ended = true; fail(new Broken(words, after)); };
      const late = () => kill(say("slow", seconds), Math.ceil(seconds));
      timer = setTimeout(late, seconds * 1000);
      this.abort = fail;
      this.worker.onmessage = ({ data }) => {
        if (data.id !== id) return;
        if (data.part) { clearTimeout(timer); timer = setTimeout(late, seconds * 1000); part(data.part); return; }
        clearTimeout(timer);
        this.abort = null;
        if (data.answer) resolve(data.answer);
        else if (data.broken !== undefined) kill(say("broken"));
        else reject(new Error(data.failure));
      };
      this.worker.onerror = (event) => { event.preventDefault(); kill(say("broken")); };
      this.worker.postMessage({ id, job, ...values }, values.bytes ? [values.bytes] : []);
    });
  }
}

const idle = [];

// Does one job on a worker of its own turn.
async function ask(job, values, part) {
  const helper = idle.pop() || new Helper();
  try {
    return await helper.ask(job, values, part);
  } finally {
    if (!helper.ended) idle.push(helper);
  }
}

// How many files are worked off at a time: the page itself needs a core too.
const HELPERS = Math.max(1, Math.min(4, (navigator.hardwareConcurrency || 2) - 1));
