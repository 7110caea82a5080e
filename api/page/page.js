// The page at /: asks a question and shows the answer as it arrives, each sentence with the quotes that prove it, what was
// rejected on the way and why, and the evidence. It speaks the public API and nothing else. Whatever comes from a lecture,
// a model or a student reaches the document as text only, never as markup.

const $ = (id) => document.getElementById(id);

// silenceMS is how long a stream may send nothing, not even a heartbeat. It is above the 90 s that an answer may take.
const silenceMS = 120_000;
// maxEventChars bounds one event of a stream, in UTF-16 units.
const maxEventChars = 4 << 20;
// maxBefore and maxBeforeChars bound the earlier questions that the server takes with a question; the latter in characters.
const maxBefore = 8;
const maxBeforeChars = 8000;

const samples = {
  networks: [
    ["If I buy ten times the bandwidth, do my data arrive in a tenth of the time?", "Lecture 1: a rule that is withdrawn later"],
    ["Does HTTP/2 do away with head-of-line blocking?", "Lecture 2"],
    ["What is the difference between go-back-N and selective repeat?", "Lecture 3"],
    ["What is TIME_WAIT waiting for after both sides have closed?", "Lecture 4"],
    ["Why is a timeout treated so much worse than three duplicate ACKs?", "Lecture 5: rough automatic captions"],
    ["My laptop has an address that starts with 169.254. Where does it come from?", "Lecture 6"],
    ["How did YouTube's traffic end up in Pakistan?", "Lecture 7"],
    ["What is a hidden terminal in Wi-Fi?", "Lecture 8"],
    ["Does the padlock mean that the site is safe?", "Lecture 9"],
    ["What is photosynthesis?", "Not in this course"],
  ],
};

// codeWords says in plain words why an attempt was not a pass.
const codeWords = {
  schema: "the draft did not have the agreed form, or was cut off",
  unknown_citation: "it cited a passage that was not given to it for this question",
  stale_citation: "it cited a passage that has been replaced, or may no longer be read",
  uncited_sentence: "a sentence had no evidence of its own",
  quote_not_found: "a quote does not stand in the passage it was said to come from, or is too short to prove anything",
  refusal_with_sources: "it refused, and gave sentences or sources all the same",
  unsafe_output: "it held links, images or other markup, or characters that change how text is shown",
  model_unavailable: "the model could not be reached",
  model_timeout: "the model took too long",
  model_incomplete: "the model stopped before it was finished",
  model_too_large: "the model's reply was too large",
  model_error: "the model's server answered with an error",
};

const attemptWords = { model: "The model's draft", repair: "The model's second draft, after it was told what was wrong", extractive: "The lecture's own words" };
const verdictWords = { pass: "passed every check", rejected: "rejected before anyone saw it", failed: "there was nothing to check" };

// Failure is what went wrong, in a sentence for people.
class Failure extends Error {
  constructor(message, code = "") {
    super(message);
    this.code = code;
  }
}

/* Documents */

// el makes an element; props are DOM properties, children are nodes or strings (which become text).
function el(tag, props = {}, ...children) {
  const e = Object.assign(document.createElement(tag), props);
  e.append(...children.filter((c) => c !== null && c !== undefined && c !== ""));
  return e;
}

// lectureText makes an element for words of a lecture: in the course's language, in whatever direction they run.
function lectureText(tag, props, language, ...children) {
  return el(tag, { dir: "auto", lang: language, ...props }, ...children);
}

// clock writes milliseconds as m:ss, or h:mm:ss from an hour on.
export function clock(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n) => String(n).padStart(2, "0");
  const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

const hasTime = (o) => Number.isFinite(o.start_ms) && Number.isFinite(o.end_ms);
const span = (o) => (clock(o.start_ms) === clock(o.end_ms) ? clock(o.start_ms) : `${clock(o.start_ms)}–${clock(o.end_ms)}`);
const shortID = (id) => (id.length > 12 ? id.slice(0, 11) + "…" : id);
const count = (n, one, many = one + "s") => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
const sentence = (s) => (s ? s[0].toUpperCase() + s.slice(1) + (/[.!?…]$/.test(s) ? "" : ".") : s);

// squash is text as it is compared for being the same words: white space does not count.
const squash = (s) => s.replace(/\s+/gu, " ").trim();

/* Server */

// problemOf reads an error response: problem+json where it is, a plain sentence where it is not.
async function problemOf(response) {
  try {
    return problemFailure(await response.json(), response.status);
  } catch {
    return new Failure(`The server answered with status ${response.status} and no explanation.`);
  }
}

function problemFailure(p, status) {
  const said = p?.detail || p?.title;
  return new Failure(said ? sentence(String(said)) : `The server reported an error (status ${p?.status ?? status}).`, String(p?.code ?? ""));
}

async function request(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
  } catch (err) {
    if (options.signal?.aborted) throw err;
    throw new Failure("The server cannot be reached, or it closed the connection.");
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

async function getJSON(...parts) {
  const response = await request("/v1/" + parts.map(encodeURIComponent).join("/"));
  try {
    return await response.json();
  } catch {
    throw new Failure("The server sent something that this page cannot read.");
  }
}

// EventStream parses server-sent events (WHATWG HTML, 9.2.6) from bytes in pieces of any size. Lines end in LF, CR or
// CRLF; an event ends at an empty line, and what follows the last one is dropped. Ids and retry times are not kept.
export class EventStream {
  #decoder = new TextDecoder("utf-8", { fatal: true });
  #line = ""; // the line so far
  #size = 0; // of the event so far
  #skipLF = false; // the last character was a CR: an LF now belongs to it
  #type = "";
  #data = [];

  // push yields the events that end in these bytes, as {type, data}.
  *push(bytes) {
    let text = this.#decoder.decode(bytes, { stream: true });
    if (text === "") return;
    if (this.#skipLF && text[0] === "\n") text = text.slice(1);
    this.#skipLF = text.endsWith("\r");
    const lines = text.split(/\r\n|\r|\n/);
    for (let i = 0; i < lines.length; i++) {
      this.#line += lines[i];
      this.#size += lines[i].length;
      if (this.#size > maxEventChars) throw new Failure("The server sent more than this page takes.");
      if (i === lines.length - 1) return;
      const event = this.#end(this.#line);
      this.#line = "";
      if (event) yield event;
    }
  }

  #end(line) {
    if (line === "") {
      const event = this.#data.length > 0 ? { type: this.#type || "message", data: this.#data.join("\n") } : null;
      [this.#type, this.#data, this.#size] = ["", [], 0];
      return event;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.#type = value;
    else if (field === "data") this.#data.push(value);
    else this.#size -= line.length; // comments are heartbeats
    return null;
  }
}

// events yields a response's events with their data parsed. heard is called whenever bytes arrive.
async function* events(response, heard) {
  const reader = response.body.getReader();
  const stream = new EventStream();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      for (const { type, data } of stream.push(value)) yield { type, data: JSON.parse(data) };
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/* Sources */

// indexesAt turns ascending byte offsets in the UTF-8 form of text into indexes of the string.
export function indexesAt(text, offsets) {
  const found = [];
  let [byte, index] = [0, 0];
  for (const ch of text) {
    while (found.length < offsets.length && offsets[found.length] <= byte) found.push(index);
    const code = ch.codePointAt(0);
    byte += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    index += ch.length;
  }
  while (found.length < offsets.length) found.push(text.length);
  return found;
}

// quoteAt finds the quote in a chunk: where the cue begins at startMS if it stands there more than once.
function quoteAt(text, quote, cues, startMS) {
  let first = -1;
  for (let at = quote ? text.indexOf(quote) : -1; at >= 0; at = text.indexOf(quote, at + 1)) {
    if (first < 0) first = at;
    if (cues.findLast((c) => c.at <= at)?.start_ms === startMS) return at;
  }
  return first;
}

// chunkNodes shows a chunk, a paragraph for each turn of a speaker, with the quote marked.
function chunkNodes(source, citation, language) {
  const cues = source.cues ?? [];
  const indexes = indexesAt(source.text, cues.map((c) => c.offset));
  const placed = cues.map((c, i) => ({ ...c, at: indexes[i] }));
  const from = quoteAt(source.text, citation.quote ?? "", placed, citation.start_ms);
  const to = from < 0 ? -1 : from + citation.quote.length;

  let turns = placed.filter((c, i) => i === 0 || c.speaker !== placed[i - 1].speaker);
  if (turns.length === 0) turns = [{ at: 0 }];
  turns[0].at = 0;
  const nodes = turns.map((turn, i) => {
    const end = turns[i + 1]?.at ?? source.text.length;
    const cut = (a, b) => source.text.slice(Math.min(Math.max(a, turn.at), end), Math.min(Math.max(b, turn.at), end));
    const label = [source.timed && Number.isFinite(turn.start_ms) ? clock(turn.start_ms) : "", turn.speaker ?? ""].filter(Boolean).join("  ");
    const marked = from < 0 ? "" : cut(from, to);
    return lectureText("p", {}, language,
      label && el("span", { className: "cue" }, label),
      from < 0 ? cut(turn.at, end) : cut(turn.at, from), marked && el("mark", {}, marked), from < 0 ? "" : cut(to, end));
  });
  const about = [`Passage ${source.ordinal + 1} of the lecture, version ${source.version}. `, el("code", {}, source.chunk_id)];
  if (source.active === false) about.push(" This version has been replaced; it is kept because it was cited.");
  nodes.push(el("p", { className: "note" }, ...about));
  if (citation.quote && from < 0) nodes.push(el("p", { className: "note" }, "The quote could not be marked: it does not stand in this text as it was cited."));
  return nodes;
}

// context is a disclosure that fetches the cited chunk when it is first opened. A failed fetch is tried again.
function context(summary, citation, language) {
  const box = el("div", { className: "chunk" });
  const details = el("details", {}, el("summary", {}, ...summary), box);
  let state = "new";
  details.addEventListener("toggle", async () => {
    if (!details.open || state !== "new") return;
    state = "loading";
    box.replaceChildren(el("p", { className: "note" }, "Fetching the passage …"));
    try {
      const { course, lecture, chunk_id: chunk, version } = citation;
      const path = ["courses", course, "lectures", lecture, "chunks", chunk].map(encodeURIComponent).join("/");
      const response = await request(`/v1/${path}?version=${encodeURIComponent(version)}`);
      box.replaceChildren(...chunkNodes(await response.json(), citation, language));
      state = "loaded";
    } catch (err) {
      state = "new";
      box.replaceChildren(el("p", {}, err instanceof Failure ? err.message : "The passage could not be shown."));
    }
  });
  return details;
}

/* Answer */

function citationNode(c, verbatim, which, language) {
  const where = [el("bdi", {}, c.lecture_title || c.lecture), " · "];
  if (hasTime(c)) where.push(el("time", {}, span(c)), " · ");
  where.push(el("code", { title: c.chunk_id }, shortID(c.chunk_id)));
  return el("figure", { className: verbatim ? "citation verbatim" : "citation" },
    lectureText("blockquote", {}, language, `“${c.quote}”`),
    el("figcaption", {}, ...where),
    context(["Show in context", el("span", { className: "unseen" }, `, ${which}`)], c, language));
}

// sentenceNode shows a sentence over its quotes; a sentence that is its quote is shown once.
function sentenceNode(s, language) {
  const verbatim = s.citations.length === 1 && squash(s.text) === squash(s.citations[0].quote);
  const which = (i) => `sentence ${s.index + 1}` + (s.citations.length > 1 ? `, source ${i + 1}` : "");
  return el("li", {},
    verbatim ? "" : lectureText("p", { className: "said" }, language, s.text),
    ...s.citations.map((c, i) => citationNode(c, verbatim, which(i), language)));
}

const drafts = (done) => (done.attempts ?? []).filter((a) => a.mode === "model" || a.mode === "repair");

// whoAnswered says in plain words where the sentences, or the refusal, come from.
function whoAnswered(done, scripted) {
  const tried = drafts(done);
  const model = scripted.includes(done.model) ? `the scripted model ${done.model}, which is not a real one` : `the model ${done.model || "(unnamed)"}`;
  const why = tried.some((a) => a.verdict === "rejected") ? "What the model wrote was rejected" : "The model could not answer";
  if (done.outcome === "answered" && done.mode === "model") return `Written by ${model}. Every quote was found in the lecture before you saw the sentence.${(done.judged ?? []).length > 0 ? "" : " Whether the sentence says what its quotes say could not be judged in this lecture's language: read the quotes."}`;
  if (done.outcome === "answered") {
    return tried.length > 0
      ? `${why}, so these are the lecture's own words, word for word: the passages closest to your question.`
      : "No language model was asked: these are the lecture's own words, word for word, from the passages closest to your question.";
  }
  if (done.outcome === "incomplete") return "The answer stops here: a later sentence did not pass the checks, and nothing more of it was sent.";
  if (done.mode === "model") return `This was decided by ${model}. A refusal has no sources.`;
  return tried.length > 0
    ? `${why}, and no passage is close enough to the question to be shown instead. A refusal has no sources.`
    : "No passage is close enough to the question, and nothing is made up. A refusal has no sources.";
}

function verdictNode(done, scripted) {
  if (done.outcome === "answered") return el("p", { className: "note" }, whoAnswered(done, scripted));
  return el("div", { className: "notice" },
    el("p", {}, el("strong", {}, done.message || (done.outcome === "refused" ? "This was refused." : "There is no full answer to this."))),
    el("p", { className: "note" }, whoAnswered(done, scripted)));
}

// checksNode tells what was tried, in order. The text of a rejected draft is nowhere to be had.
function checksNode(done) {
  const attempts = done.attempts ?? [];
  if (attempts.length === 0) return [];
  const rejected = attempts.some((a) => a.verdict === "rejected");
  const items = attempts.map((a) => {
    const verdict = el("strong", { className: a.verdict === "pass" ? "" : "bad" }, verdictWords[a.verdict] ?? a.verdict);
    const reasons = (a.codes ?? []).map((code) => el("li", {}, sentence(codeWords[code] ?? "another check failed"), " ", el("code", {}, code)));
    return el("li", {}, `${attemptWords[a.mode] ?? a.mode}: `, verdict, ".", reasons.length > 0 && el("ul", {}, ...reasons) || "");
  });
  return [
    el("h3", {}, rejected ? "What was rejected, and why" : "How it was checked"),
    el("ol", { className: "attempts" }, ...items),
    rejected ? el("p", { className: "note" }, "A rejected draft's text never leaves the server.") : "",
  ].filter(Boolean);
}

const ms = (n) => (Number.isFinite(n) ? `${n < 10 ? n.toFixed(1) : Math.round(n).toLocaleString("en")} ms` : "not known");

function evidenceNode(done, passages, course, language) {
  const usage = done.usage ?? {};
  const cost = Number.isFinite(usage.cost_microusd) ? `${(usage.cost_microusd / 1e6).toFixed(6)} US dollars` : "not known";
  const t = done.timings_ms ?? {};
  const rows = [
    ["Answer", el("code", {}, done.answer_id ?? "")],
    ["Prompt", el("code", {}, done.prompt?.id ?? "")],
    ["Prompt's SHA-256", el("code", {}, done.prompt?.sha256 ?? "")],
    ["Model", done.model || "none was called"],
    ["Tokens", `${(usage.prompt_tokens ?? 0).toLocaleString("en")} in, ${(usage.completion_tokens ?? 0).toLocaleString("en")} out, ${count(usage.model_calls ?? 0, "call")}`],
    ["Cost", usage.model_calls ? cost : "nothing"],
    ["Time", `${ms(t.total)}: retrieval ${ms(t.retrieve)}, model ${ms(t.model)}, guard ${ms(t.guard)}`],
  ];
  const items = passages.map((p) => el("li", {},
    el("span", {}, `${p.alias}: `, el("bdi", {}, p.lecture_title || p.lecture), hasTime(p) ? `, ${span(p)}` : ""),
    ...(p.chunks ?? []).map((k) => context([el("code", {}, shortID(k.id)), ` ${rank(k)}`], { course, lecture: p.lecture, version: p.version, chunk_id: k.id }, language))));
  return el("details", {}, el("summary", {}, "Evidence for this answer"),
    el("dl", {}, ...rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
    el("h3", {}, count(passages.length, "passage") + " retrieved"), el("ul", { className: "passages" }, ...items));
}

// rank says why a chunk was retrieved.
function rank(k) {
  const by = [k.lexical_rank ? `words ${k.lexical_rank}` : "", k.vector_rank ? `vectors ${k.vector_rank}` : ""].filter(Boolean);
  return by.length > 0 ? `(rank by ${by.join(", by ")})` : "(beside a passage that was found)";
}

/* Page */

const state = { courses: [], scripted: [], running: null, lectures: 0, asked: new Map() };
const language = () => state.courses.find((c) => c.id === $("course").value)?.language ?? "";

// before lists what was asked in this view of the page about the chosen lecture, as far as the server takes it, oldest
// first. The server itself remembers no conversation.
function before() {
  const fits = [];
  let room = maxBeforeChars;
  for (const q of (state.asked.get(place()) ?? []).toReversed()) {
    room -= [...q].length;
    if (room < 0 || fits.length === maxBefore) break;
    fits.unshift(q);
  }
  return fits;
}

const place = () => JSON.stringify([$("course").value, $("lecture").value]);

function showBefore() {
  const n = before().length;
  $("before").hidden = n === 0;
  $("before-count").textContent = n === 1 ? "The question before goes along, so that “and why?” is understood." : `The last ${n} questions go along, so that “and why?” is understood.`;
}

function fail(err) {
  const code = err instanceof Failure ? err.code : "";
  const text = err instanceof Failure ? err.message : "Something went wrong in this page.";
  if (!(err instanceof Failure)) console.error(err);
  $("failure").replaceChildren(el("p", {}, el("strong", {}, text)), code && el("p", { className: "note" }, el("code", {}, code)) || "");
}

function busy(run) {
  state.running = run;
  if (!run && document.activeElement === $("cancel")) $("question").focus();
  $("cancel").hidden = !run;
}

// ask sends the question and shows what comes back until done, error, the end or a cancellation. A new question cancels
// the one before it.
async function ask() {
  if (!$("course").value) return;
  state.running?.abort();
  const run = new AbortController();
  const [course, lecture, words] = [$("course").value, $("lecture").value, language()];
  const body = { question: $("question").value.trim() };
  if (lecture) body.lectures = [lecture];
  const [here, earlier] = [place(), before()];
  if (earlier.length > 0) body.before = earlier;
  if (state.scripted.length > 0 && $("model").value) body.model = $("model").value;

  for (const id of ["failure", "verdict", "sentences", "checks", "evidence"]) $(id).replaceChildren();
  $("asked").textContent = body.question;
  $("result").hidden = false;
  $("progress").textContent = "Looking through the lectures …";
  busy(run);

  let shown = 0;
  let silence;
  const silent = new Failure("The server has been silent for two minutes.");
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => run.abort(silent), silenceMS);
  };
  try {
    heard();
    const response = await request(`/v1/courses/${encodeURIComponent(course)}/answers`, {
      method: "POST", signal: run.signal, body: JSON.stringify(body),
      headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
    });
    if (!/^text\/event-stream\b/i.test(response.headers.get("Content-Type") ?? "")) throw new Failure("The server did not answer with a stream of events.");
    let passages = [];
    let done = null;
    for await (const { type, data } of events(response, heard)) {
      run.signal.throwIfAborted(); // what had been read before a cancellation is not shown after it
      if (type === "retrieved") {
        passages = data.passages ?? [];
        $("progress").textContent = `${count(passages.length, "passage")} found. Writing and checking the answer …`;
      } else if (type === "sentence") {
        if (!(data.citations?.length > 0)) throw new Failure("The server sent a sentence without a source. It is not shown.");
        $("sentences").append(sentenceNode(data, words));
        shown++;
      } else if (type === "error") {
        throw problemFailure(data, 0);
      } else if (type === "done") {
        done = data;
        break;
      }
    }
    if (!done) throw new Failure("The connection ended before the answer was complete.");
    state.asked.set(here, [...(state.asked.get(here) ?? []), body.question].slice(-maxBefore));
    showBefore();
    $("verdict").replaceChildren(verdictNode(done, state.scripted));
    $("checks").replaceChildren(...checksNode(done));
    $("evidence").replaceChildren(evidenceNode(done, passages, course, words));
    $("progress").textContent = done.outcome === "answered" ? `Answered in ${count(shown, "sentence")}, each with its source.` : "Nothing was answered.";
  } catch (err) {
    if (state.running !== run) return; // a new question has taken the page over
    if (run.signal.aborted && run.signal.reason !== silent) {
      $("progress").textContent = "Cancelled.";
    } else {
      $("progress").textContent = "";
      fail(run.signal.aborted ? silent : err instanceof Failure ? err : new Failure("The connection broke before the answer was complete, or what came could not be read."));
    }
    if (shown > 0) $("verdict").replaceChildren(el("p", { className: "notice failed" }, "This answer is incomplete. Ask again before you rely on it."));
  } finally {
    clearTimeout(silence);
    if (state.running === run) busy(null);
  }
}

async function showLectures() {
  const [turn, course] = [++state.lectures, $("course").value];
  const select = $("lecture");
  select.disabled = true;
  select.replaceChildren(new Option("All lectures", ""));
  showBefore();
  showSamples(course);
  try {
    const { items } = await getJSON("courses", course, "lectures");
    if (turn !== state.lectures) return; // another course was picked meanwhile
    select.append(...(items ?? []).map((l, i) => new Option(`${i + 1}. ${l.title}${l.timed ? ` (${Math.max(1, Math.round(l.duration_ms / 60_000))} min)` : " (no times)"}`, l.id)));
    select.disabled = false;
  } catch (err) {
    if (turn === state.lectures) fail(err);
  }
}

function showSamples(course) {
  const list = Object.hasOwn(samples, course) ? samples[course] : [];
  $("samples").hidden = list.length === 0;
  $("sample-list").replaceChildren(...list.map(([question, note]) => {
    const button = el("button", { type: "button" }, question, el("span", { className: "note" }, note));
    button.addEventListener("click", () => {
      $("question").value = question;
      $("lecture").value = "";
      showBefore();
      ask();
      $("result-heading").focus();
    });
    return el("li", {}, button);
  }));
}

function showStatus(status) {
  $("version").textContent = `Lectern ${status.version}, embedder ${status.embedder}`;
  const demo = status.demo_models ?? [];
  state.scripted = demo.map((m) => m.name);
  $("demo").hidden = demo.length === 0;
  $("model").replaceChildren(...demo.map((m) => new Option(m.label, m.name, false, m.name === status.model)));
  if (demo.length === 0) {
    $("runs-on").textContent = status.model
      ? `Answers are written by the model ${status.model}. A sentence is shown once its quotes have been found in the lecture.`
      : "No language model is configured: answers are the lecture's own words, word for word.";
  }
}

async function allCourses() {
  const courses = [];
  for (let after = ""; ; ) {
    const response = await request("/v1/courses?after=" + encodeURIComponent(after));
    const { items, next } = await response.json();
    courses.push(...(items ?? []));
    if (!next || next === after || courses.length >= 10_000) return courses;
    after = next;
  }
}

async function start() {
  $("ask").addEventListener("submit", (e) => {
    e.preventDefault();
    ask();
    $("result").scrollIntoView({ block: "nearest" });
  });
  $("question").addEventListener("keydown", (e) => {
    if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
    e.preventDefault();
    $("ask").requestSubmit();
  });
  $("cancel").addEventListener("click", () => state.running?.abort());
  $("course").addEventListener("change", showLectures);
  $("lecture").addEventListener("change", showBefore);
  $("forget").addEventListener("click", () => {
    state.asked.delete(place());
    showBefore();
    $("question").focus();
  });
  $("send").disabled = true;
  try {
    const [status, courses] = await Promise.all([getJSON("status"), allCourses()]);
    showStatus(status);
    state.courses = courses;
    if (courses.length === 0) throw new Failure("There is no course yet. Put lectures in with: lectern ingest --course NAME FILES");
    $("course").replaceChildren(...courses.map((c) => new Option(c.title || c.id, c.id)));
    $("course").disabled = false;
    $("send").disabled = false;
    await showLectures();
  } catch (err) {
    fail(err);
  }
}

start();
