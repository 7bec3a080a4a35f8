// Keeps what is typed in this browser until it is sent, for slow lines: the page works without it, the server keeps drafts too.
"use strict";
for (const field of document.querySelectorAll("textarea[data-draft]")) {
  const key = "draft:" + field.dataset.draft;
  const server = field.value;
  let kept = null;
  try { kept = JSON.parse(localStorage.getItem(key)); } catch (error) { kept = null; }
  // What the server has by now is newer than what was begun from something else.
  if (kept && kept.from === server && kept.text !== server) field.value = kept.text;
  field.addEventListener("input", () => {
    try { localStorage.setItem(key, JSON.stringify({ from: server, text: field.value })); } catch (error) { /* full or forbidden */ }
  });
}
