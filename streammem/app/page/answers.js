// Asks what is asked, and shows the answers: how often, when last, and a card for each appearance.

import { failure, ghosts, nothing, ways } from "./answer_states.js";
import { drawCard } from "./cards.js";
import { make, write } from "./elements.js";
import { action } from "./icons.js";
import { called, forget, headline, keep, kept, ordered, request } from "./questions.js";
import { count, isNumber } from "./times.js";

const SLOW_MS = 200, AGES_MS = 10_000;

export function mount(root, app) {
  const answers = new Answers(root, app);
  let begun = false;
  app.on("ask", (question) => answers.ask(question));
  app.on("hello", () => {  // a reload asks again what was asked last
    if (app.opening()) return;
    if (answers.early) return answers.ask(answers.question);
    const last = begun ? null : kept();
    begun = true;
    if (last && !answers.question) answers.ask({ ...last, restored: true });
  });
  setInterval(() => document.hidden || answers.renew(), AGES_MS);
}

class Answers {
  constructor(root, app) {
    Object.assign(this, { root, app, question: null, reply: null, order: "best", turn: 0, thumb: null, early: false });
    this.head = make("header", "answer-head");
    this.body = make("div", "answer-body");
    this.head.setAttribute("role", "status");
    root.append(this.head, this.body);
    this.idle();
  }

  /** Ask the server; whatever is asked meanwhile goes before. */
  async ask(question) {
    const mine = ++this.turn;
    if (this.thumb) URL.revokeObjectURL(this.thumb);
    Object.assign(this, { question, reply: null, early: this.app.opening(), thumb: question.picture ? URL.createObjectURL(question.picture) : null });
    keep(question);
    this.app.emit("asked", { question });
    this.root.setAttribute("aria-busy", "true");
    if (this.early) return this.waiting();
    const slow = setTimeout(() => mine === this.turn && this.waiting(), SLOW_MS);
    const told = await this.send(question).then((reply) => ({ reply }), (error) => ({ error }));
    clearTimeout(slow);
    if (mine !== this.turn) return;
    this.root.removeAttribute("aria-busy");
    this.reply = told.reply ?? null;
    if (told.error) this.failed(told.error);
    else if (told.reply.hits.length) this.found();
    else this.nothing();
    this.bring();
    this.app.emit("answer", { question, ...told });
  }

  send(question) {
    const { path, body, picture, parameters } = request(question);
    return picture ? this.app.api.postPicture(path, picture, parameters) : this.app.api.post(path, body);
  }

  /** Where the answers stand below the picture, go there, once a hand has asked. */
  bring() {
    if (this.question.restored || !matchMedia("(max-width: 860px)").matches) return;
    if (document.activeElement?.id === "question") document.activeElement.blur();
    this.root.scrollIntoView({ block: "start", behavior: "smooth" });
  }

  title(text, ...below) {
    const asked = make("p", "asked"), line = make("div", "asked-row");
    if (this.thumb) {
      const picture = make("img");
      picture.src = this.thumb;
      picture.alt = "The picture that was asked with";
      asked.append(picture);
    }
    asked.append(make("span", "", called(this.question)));
    line.append(asked, action("close", "", () => this.clear(), { name: "small", told: "Clear the answers" }));
    this.head.replaceChildren(line, make("h2", "", text), ...below);
  }

  waiting() {
    this.title(this.early ? "As soon as the memory is open" : "Looking");
    this.body.replaceChildren(...ghosts());
  }

  found() {
    const { question, reply: { hits, took_ms }, app } = this, several = app.state.streams.length > 1;
    const sub = `${count(hits.length, "answer")}${isNumber(took_ms) ? ` in ${Math.round(took_ms)} ms` : ""}`;
    this.title(headline(question, hits, Date.now() / 1000), make("p", "hint", sub), ...(hits.length > 1 ? [this.sorter()] : []));
    const list = make("ol", "cards"), scored = question.at_s === undefined && question.object === undefined;
    list.append(...ordered(hits, this.order, question.from).map((hit, i) => {
      const entry = make("li");
      entry.append(drawCard(hit, app, { large: i === 0, several, scored }));
      return entry;
    }));
    this.body.replaceChildren(list);
    this.body.scrollTop = 0;
  }

  sorter() {
    const row = make("div", "sorter");
    row.setAttribute("role", "group");
    row.setAttribute("aria-label", "Order");
    for (const [name, label] of [["best", "best first"], ["new", "newest first"]]) {
      const one = make("button", "", label);
      one.type = "button";
      one.setAttribute("aria-pressed", String(this.order === name));
      one.addEventListener("click", () => {
        this.order = name;
        this.found();
        this.head.querySelector(".sorter [aria-pressed=true]").focus({ preventScroll: true });
      });
      row.append(one);
    }
    return row;
  }

  nothing() {
    const { question, reply, app } = this, { picture, text } = question;
    this.title("Nothing like that");
    this.body.replaceChildren(nothing(question, reply, {
      tell: () => app.emit("tell", { ...(picture ? { picture } : { text }), stream: question.stream ?? null, told: called(question) }),
      anytime: () => this.ask({ ...question, during: undefined, told: undefined }),
    }));
  }

  failed(error) {
    this.title(error.kind === "VocabularyError" ? `It does not know “${this.question.text}”` : "That did not work");
    this.body.replaceChildren(failure(error, {
      again: () => this.ask(this.question),
      words: (text) => this.app.emit("words", { text }),
    }));
  }

  /** "2 min ago" grows older. */
  renew() {
    if (!this.reply?.hits.length) return;
    const now_unix_s = Date.now() / 1000;
    write(this.head.querySelector("h2"), headline(this.question, this.reply.hits, now_unix_s));
    for (const card of this.body.querySelectorAll(".answer")) card.renew(now_unix_s);
  }

  clear() {
    this.turn += 1;
    Object.assign(this, { question: null, reply: null, early: false });
    forget();
    this.root.removeAttribute("aria-busy");
    this.idle();
    document.getElementById("question")?.focus({ preventScroll: true });
  }

  idle() {
    this.head.replaceChildren(make("h2", "", "Ask what it saw"));
    this.body.replaceChildren(ways());
  }
}
