// Keeps the figures of a running solve fresh. Without it the page refreshes itself (see <noscript>).
"use strict";
(() => {
  const section = document.getElementById("progress");
  if (!section || !window.EventSource) return;
  const language = document.documentElement.lang;
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const share = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 2, roundingMode: "ceil" });
  const goals = JSON.parse(section.dataset.goals);
  const show = (name, text) => { section.querySelector(`[data-show=${name}]`).textContent = text; };
  const written = (number, format = whole) => (number === null ? "–" : format.format(number));

  const source = new EventSource(section.dataset.events);
  source.addEventListener("progress", (event) => {
    const at = JSON.parse(event.data);
    if (at.phase) show("phase", section.getAttribute(`data-phase-${at.phase}`) || at.phase);
    if (at.tier) {
      show("goal", goals[at.tier - 1] || "");
      section.querySelector("progress").max = at.tiers;
      section.querySelector("progress").value = at.tier - 1;
    }
    show("tier", written(at.tier));
    show("tiers", written(at.tiers));
    show("value", written(at.value));
    show("bound", written(at.bound));
    show("gap", written(at.gap, share));
    show("seconds", written(at.seconds));
  });
  source.addEventListener("end", () => {
    source.close();
    window.location.reload();
  });
})();
