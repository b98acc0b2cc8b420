// Draws every element with class "math" by KaTeX, also those that come later. Without KaTeX the source stays.

let katex = null;

async function drawAll() {
  const waiting = document.querySelectorAll(".math:not([data-drawn])");
  if (!waiting.length) return;
  waiting.forEach((element) => (element.dataset.drawn = ""));
  katex ??= load();
  const library = await katex.catch(() => null);
  for (const element of library ? waiting : []) {
    library.render(element.textContent, element, {
      displayMode: element.tagName === "DIV",
      throwOnError: false,
      maxSize: 20, // em; a formula may not cover the page
    });
  }
}

async function load() {
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = "/tutor/katex.css";
  document.head.append(sheet);
  return (await import("/tutor/katex.js")).default;
}

let planned = false;
function plan() {
  if (planned) return;
  planned = true;
  requestAnimationFrame(() => {
    planned = false;
    drawAll();
  });
}

plan();
new MutationObserver(plan).observe(document.body, { childList: true, subtree: true });
document.getElementById("passage")?.scrollIntoView({ block: "center" });
