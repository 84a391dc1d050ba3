
"use strict";
(() => {
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);
  const search = byId("search"), changesOnly = byId("changes-only"), found = byId("found");
  const blocks = all("[data-find]").map((element) => ({
    element, text: element.textContent.toLowerCase(),
    parts: all("[data-find-part]", element).map((part) => ({ part, text: part.textContent.toLowerCase() })),
  }));
  const graph = document.querySelector(".graph");
  const boxes = graph ? all(".unit", graph) : [];
  const saidAtFirst = found ? found.textContent : "";

  // Search: every word has to be there; inside a unit only the parts that have them stay, if any does.
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const has = (text) => words.every((word) => text.includes(word));
    let hits = 0;
    for (const { element, text, parts } of blocks) {
      const shown = has(text) && !(changesOnly.checked && "quiet" in element.dataset);
      element.hidden = !shown;
      hits += shown ? 1 : 0;
      const some = words.length && parts.some(({ text }) => has(text));
      for (const { part, text } of parts) part.hidden = Boolean(some && !has(text));
      if (shown && words.length && element.tagName === "DETAILS") element.open = true;
    }
    for (const section of all("main section[aria-labelledby]")) {
      const inside = all("[data-find]", section);
      if (inside.length) section.hidden = inside.every((one) => one.hidden);
    }
    // What was found stands below the graph and the table: show the first of it.
    if (words.length) blocks.find(({ element }) => !element.hidden)?.element.scrollIntoView({ block: "nearest" });
    const near = boxes.filter((box) => words.length && has(box.dataset.unit.toLowerCase()));
    follow(near.map((box) => box.dataset.unit), false);
    if (!blocks.length) hits = near.length;
    found.textContent = words.length || (changesOnly && changesOnly.checked) ? `${hits} found` : saidAtFirst;
  };

  // The graph: what a unit hangs on, and what hangs on it.
  const follow = (names, far = true) => {
    if (!graph) return;
    const near = new Set(names), lines = new Set();
    const edges = all("path[data-from]", graph);
    for (const [here, there] of [["to", "from"], ["from", "to"]]) {
      const seen = new Set(names), waiting = far ? [...names] : [];
      while (waiting.length) {
        const name = waiting.pop();
        for (const edge of edges) {
          if (edge.dataset[here] !== name) continue;
          lines.add(edge);
          const next = edge.dataset[there];
          near.add(next);
          if (!seen.has(next)) { seen.add(next); waiting.push(next); }
        }
      }
    }
    graph.classList.toggle("following", names.length > 0);
    for (const box of boxes) box.classList.toggle("near", near.has(box.dataset.unit));
    for (const edge of edges) edge.classList.toggle("near", lines.has(edge));
  };
  for (const box of boxes) {
    const name = box.dataset.unit;
    box.addEventListener("focusin", () => follow([name]));
    box.addEventListener("mouseenter", () => follow([name]));
    box.addEventListener("mouseleave", () => follow([]));
    box.addEventListener("focusout", () => follow([]));
  }
  let zoom = 1;
  const resize = (factor) => {
    const svg = graph.querySelector("svg");
    zoom = Math.min(Math.max(zoom * factor, 0.2), 4);
    svg.setAttribute("width", svg.viewBox.baseVal.width * zoom);
    svg.setAttribute("height", svg.viewBox.baseVal.height * zoom);
  };
  byId("larger")?.addEventListener("click", () => resize(1.25));
  byId("smaller")?.addEventListener("click", () => resize(0.8));

  // Deep links: open what is pointed at, also out of a search.
  const arrive = () => {
    let target = null;
    try { target = byId(decodeURIComponent(location.hash.slice(1))); } catch { return; }
    if (!target) return;
    if (target.hidden || target.closest("[hidden]")) { search.value = ""; if (changesOnly) changesOnly.checked = false; filter(); }
    const unit = target.closest("details");
    if (unit) unit.open = true;
    target.scrollIntoView();
    if (target.matches("details")) target.querySelector("summary").focus({ preventScroll: true });
  };

  // Dark and light; what was chosen is kept where the browser lets a file keep anything.
  const root = document.documentElement;
  try { const kept = localStorage.getItem("tfwrap-theme"); if (kept) root.dataset.theme = kept; } catch { /* not kept */ }
  const turn = () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem("tfwrap-theme", root.dataset.theme); } catch { /* not kept */ }
  };
  byId("theme").addEventListener("click", turn);

  const keys = byId("keys");
  byId("keys-button")?.addEventListener("click", () => keys.showModal());
  const step = (by) => {
    const summaries = all("details.unit:not([hidden]) > summary");
    if (!summaries.length) return;
    const at = summaries.indexOf(document.activeElement);
    const next = at < 0 ? (by > 0 ? 0 : summaries.length - 1) : Math.min(Math.max(at + by, 0), summaries.length - 1);
    summaries[next].focus();
    summaries[next].scrollIntoView({ block: "nearest" });
  };
  const openAll = (open) => { for (const one of all("details.unit")) one.open = open; };
  const actions = {
    "/": () => { search.focus(); search.select(); }, j: () => step(1), k: () => step(-1),
    e: () => openAll(true), c: () => openAll(false), t: turn, "?": () => keys?.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || keys?.open) return;
    if (event.target === search) {
      if (event.key === "Escape") { search.value = ""; filter(); search.blur(); }
      return;
    }
    if (actions[event.key]) { event.preventDefault(); actions[event.key](); }
  });
  for (const form of all("form.tools")) form.addEventListener("submit", (event) => event.preventDefault());
  search.addEventListener("input", filter);
  changesOnly?.addEventListener("change", filter);
  addEventListener("hashchange", arrive);
  arrive();
})();
