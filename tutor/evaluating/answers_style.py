"""Style and script of the page of answers. The script keeps what was ticked and written, and saves it as JSON."""

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1f2328; --soft: #8c959f55; --card: #f6f8fa; --bad: #b42318; }
@media (prefers-color-scheme: dark) { :root { --paper: #0d1117; --ink: #e6edf3; --card: #161b22; --bad: #ff8577; } }
body { background: var(--paper); color: var(--ink); max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  font: 16px/1.6 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; overflow-wrap: anywhere; }
h1, h2, h3 { line-height: 1.3; } h2 { font-size: 1.25rem; margin: 0; } h3 { font-size: 1rem; }
.quiet { opacity: .7; margin: 0; } .bad { color: var(--bad); font-weight: 600; }
article { border-top: 2px solid var(--soft); padding: 1.25rem 0; break-inside: avoid-page; }
.beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)); gap: 1.5rem; }
.beside section { min-width: 0; }
.answer, blockquote { overflow-x: auto; }
.answer { background: var(--card); border-radius: .5rem; margin: .75rem 0; padding: .25rem 1rem; }
blockquote { border-left: 3px solid var(--soft); margin: .25rem 0 1rem; padding-left: .75rem; font-size: .9rem; }
table { border-collapse: collapse; min-width: 24rem; overflow-wrap: normal; }
th, td { border: 1px solid var(--soft); padding: .3rem .6rem; text-align: left; vertical-align: top; }
math[display="block"] { margin: .5rem 0; } pre { overflow-x: auto; } summary { cursor: pointer; }
.verdicts { font-size: .85rem; } .verdicts span { margin-right: .75rem; white-space: nowrap; }
form { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; } input { width: 1.1rem; height: 1.1rem; }
label { display: flex; align-items: center; gap: .4rem; }
textarea { flex: 1 1 100%; box-sizing: border-box; background: var(--paper); color: inherit; font: inherit;
  border: 1px solid var(--soft); border-radius: .4rem; padding: .4rem .6rem; }
.save { position: sticky; bottom: 0; background: var(--paper); border-top: 1px solid var(--soft); padding: .75rem 0; }
button { font: inherit; padding: .4rem 1rem; }
@media print { .save { display: none; } textarea { min-height: 4rem; } }
"""
SCRIPT = """
const { made, model } = document.body.dataset;
const cards = [...document.querySelectorAll("article")];
const kept = "answers judged, run of " + made;

const judged = () => cards.map((card) => {
  const form = card.querySelector("form").elements;
  const question = card.querySelector("h2").lastChild.textContent.trim();
  const ticks = ["right", "direct", "well formed"].map((name) => [name, form[name].checked]);
  return { key: card.dataset.key, question, ...Object.fromEntries(ticks), remark: form.remark.value.trim() };
});

function show() {
  const done = judged().filter((one) => one.right || one.direct || one["well formed"] || one.remark).length;
  document.querySelector(".save span").textContent = done + " / " + cards.length;
}

try {
  const before = new Map(JSON.parse(localStorage.getItem(kept) ?? "[]").map((one) => [one.key, one]));
  for (const card of cards) {
    for (const field of card.querySelector("form").elements) {
      const value = before.get(card.dataset.key)?.[field.name];
      if (field.type === "checkbox") field.checked = Boolean(value);
      else field.value = value ?? "";
    }
  }
} catch { /* A browser that keeps nothing: what is judged is saved by the button alone. */ }
show();

document.addEventListener("input", () => {
  show();
  try { localStorage.setItem(kept, JSON.stringify(judged())); } catch { /* as above */ }
});
document.querySelector("button").addEventListener("click", () => {
  const text = JSON.stringify({ made, model, judged: judged() }, null, 2);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = "judged.json";
  link.click();
  URL.revokeObjectURL(link.href);
});
"""
