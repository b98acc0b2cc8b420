// What the page does in the browser: passes clicks on to Gradio, keeps sliders and numbers together, opens notes.

(() => {
  const LANGUAGE = "tutor-language"; // in localStorage: auto, zh or en, and nothing else is stored

  const tutor = (window.tutor = {
    chosenLanguage() {
      const asked = new URLSearchParams(location.search).get("lang");
      if (["zh", "en"].includes(asked)) return asked;
      try {
        return localStorage.getItem(LANGUAGE) || "auto";
      } catch {
        return "auto"; // storage can be forbidden
      }
    },

    choose(language) {
      try {
        localStorage.setItem(LANGUAGE, language);
      } catch {} // then it is chosen for this page only
      return language;
    },

    // The parameters as the reader has set them; an empty or odd field is sent as text, for the server to name.
    knobs() {
      const values = {};
      for (const field of document.querySelectorAll("#controls [data-knob]")) {
        const number = field.type === "number" && field.value !== "" && Number.isFinite(field.valueAsNumber);
        values[field.dataset.knob] = number ? field.valueAsNumber : field.value;
      }
      return values;
    },

    run() {
      const form = document.querySelector("#controls form");
      const prediction = form.querySelector("[name=prediction]:checked")?.value ?? "";
      send("run", { name: form.dataset.demo, params: tutor.knobs(), prediction });
      following = true;
    },
  });

  // `tutorWire` belongs to the hidden element that carries events to Python.
  const send = (kind, order) => window.tutorWire?.(kind, order);

  document.addEventListener("click", (event) => {
    const { target } = event;
    const ask = target.closest?.("[data-ask]");
    if (ask) return send("ask", { question: ask.dataset.ask, whole: ask.dataset.whole ?? "" });
    const launch = target.closest?.("[data-launch]");
    if (launch) {
      const order = JSON.parse(launch.dataset.launch);
      send("run", { ...order, params: { ...order.params, ...changed(launch.closest(".experiment")) } });
      following = true;
      return;
    }
    const copy = target.closest?.("[data-copy]");
    if (copy) return copyText(copy);
    const link = target.closest?.('a[href*="/notes?"]');
    const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (link && plain && link.closest("#chat")) {
      event.preventDefault();
      openNote(link.getAttribute("href"));
    }
  });

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("#controls form")) return;
    event.preventDefault();
    tutor.run();
  });

  document.addEventListener("input", ({ target }) => {
    if (target.dataset?.for) {
      document.getElementById(`knob-${target.dataset.for}`).value = sliderValue(target);
    } else if (target.dataset?.knob && target.type === "number" && Number.isFinite(target.valueAsNumber)) {
      const slider = document.querySelector(`#controls [data-for="${target.dataset.knob}"]`);
      if (slider) placeSlider(slider, target.valueAsNumber);
    }
  });

  // What the reader has changed in the sentence under an answer; an odd value goes as text, for the server to name.
  function changed(sentence) {
    const fields = [...(sentence?.querySelectorAll("[data-set]") ?? [])].filter((field) => field.value !== field.defaultValue);
    const value = (field) => (Number.isFinite(field.valueAsNumber) ? field.valueAsNumber : field.value);
    return Object.fromEntries(fields.map((field) => [field.dataset.set, value(field)]));
  }

  function sliderValue(slider) {
    if (slider.dataset.scale !== "log") return slider.value;
    const [low, high] = [Number(slider.dataset.low), Number(slider.dataset.high)];
    const value = low * (high / low) ** (slider.value / slider.max);
    const rounded = slider.dataset.type === "int" ? Math.round(value) : Number(value.toPrecision(2));
    return Math.min(high, Math.max(low, rounded));
  }

  function placeSlider(slider, value) {
    if (slider.dataset.scale !== "log") {
      slider.value = value;
      return;
    }
    const [low, high] = [Number(slider.dataset.low), Number(slider.dataset.high)];
    slider.value = (slider.max * Math.log(Math.max(value, low) / low)) / Math.log(high / low);
  }

  async function copyText(button) {
    const text = button.dataset.copy.startsWith("/") ? location.origin + button.dataset.copy : button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      return getSelection().selectAllChildren(button.previousElementSibling); // no clipboard: copied by hand
    }
    const label = button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => (button.textContent = label), 1500);
  }

  function openNote(address) {
    let drawer = document.getElementById("note-drawer");
    if (!drawer) {
      drawer = document.createElement("dialog");
      drawer.id = "note-drawer";
      drawer.innerHTML = '<button type="button" class="close">✕</button><iframe></iframe>';
      drawer.addEventListener("click", ({ target }) => {
        if (target === drawer || target.matches(".close")) drawer.close();
      });
      drawer.addEventListener("close", () => drawer.querySelector("iframe").removeAttribute("src"));
      document.body.append(drawer);
    }
    drawer.querySelector(".close").setAttribute("aria-label", brand()?.dataset.close ?? "");
    const frame = drawer.querySelector("iframe");
    frame.title = brand()?.querySelector("h1").textContent ?? "";
    frame.src = address + (document.body.classList.contains("dark") ? "&theme=dark" : "&theme=light");
    drawer.showModal();
  }

  // Stop, progress and plot into view when the first frame of a run that was just asked for is there.
  let following = false;
  function follow() {
    if (!following || !document.querySelector("#plot svg")) return;
    following = false;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    document.getElementById("buttons").scrollIntoView({ behavior: still ? "auto" : "smooth", block: "start" });
  }

  const brand = () => document.getElementById("brand");

  // Gradio makes and remakes the page; what it cannot be told in Python is kept true here.
  function keepTrue() {
    const named = brand();
    if (named && document.documentElement.lang !== named.lang) {
      document.documentElement.lang = named.lang;
      document.title = named.querySelector("h1").textContent;
    }
    document.querySelector("#question button")?.setAttribute("aria-label", named?.dataset.send ?? "");
    const status = document.getElementById("status");
    if (status && !status.hasAttribute("role")) {
      status.setAttribute("role", "status");
      status.setAttribute("aria-live", "polite");
    }
    follow();
  }

  let planned = false;
  const observer = new MutationObserver(() => {
    if (planned) return;
    planned = true;
    requestAnimationFrame(() => {
      planned = false;
      keepTrue();
    });
  });
  const watch = () => observer.observe(document.body, { childList: true, subtree: true });
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", watch) : watch();
})();
