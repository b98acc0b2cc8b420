"""The page as a student uses it: asks, reads, runs, stops, in Chinese and English, at a desk and on a phone."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

HOSTILE = "<img src=x onerror=alert(1)> **bold** [link](http://evil.example) ![i](http://evil.example/a.png)"
LONG = "/?demo=dropout&epochs=40&width=512&seeds=32"
PLOT = "#plot .plot > svg"
SHORT = "/?demo=dropout&epochs=8&width=32&seeds=2"

# Every control with neither text nor label, and every text whose contrast is below WCAG's AA.
UNNAMED = """() => [...document.querySelectorAll('button, input, select, textarea, a, iframe, summary, .plot > svg')]
  .filter(e => e.checkVisibility({visibilityProperty: true}) && !(e.innerText?.trim() || e.getAttribute('aria-label')
    || e.labels?.length || e.title || e.getAttribute('aria-labelledby')))
  .map(e => e.outerHTML.slice(0, 120))"""
FAINT = """() => {
  const parse = c => { const n = c.match(/[\\d.]+/g).map(Number); return [n[0], n[1], n[2], n[3] ?? 1]; };
  const linear = v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour[3] > .99) return colour;
    }
    return [255, 255, 255, 1];
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    const text = walker.currentNode.data.trim().slice(0, 40);
    if (!text || !e.checkVisibility() || e.getBoundingClientRect().right < 0) continue;
    if (e.closest('script, style, .katex, svg, .sr-only, #figure')) continue;
    const [ink, paper] = [parse(getComputedStyle(e).color), behind(e)];
    let opacity = ink[3];
    for (let above = e; above; above = above.parentElement) opacity *= getComputedStyle(above).opacity;
    const seen = [0, 1, 2].map(i => ink[i] * opacity + paper[i] * (1 - opacity));
    const [a, b] = [light(seen), light(paper)];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) faint.push(`${ratio.toFixed(2)} ${e.tagName} ${e.className} ${text}`);
  }
  return faint;
}"""

Visit = Callable[..., Page]


def ask(page: Page, question: str) -> Locator:
    """Asks in the box and waits for the whole answer, which is returned."""
    answers = page.locator("#chat .bot-row")
    before = page.locator("#chat .user-row").count()
    box = page.locator("#question textarea")
    box.fill(question)
    box.press("Enter")
    expect(page.locator("#chat .user-row")).to_have_count(before + 1)
    answer = answers.nth(-1)
    expect(answer.locator(".answer-foot")).to_be_visible()
    return answer


def no_error_badge(page: Page) -> None:
    expect(page.locator(".toast-wrap")).to_have_text("")
    expect(page.get_by_text("Error", exact=True)).to_have_count(0)


def test_a_question_gets_an_answer_whose_sources_open_at_the_passage(visit: Visit) -> None:
    page = visit(locale="zh-CN")
    answer = ask(page, "dropout为什么有效")
    expect(answer.locator(".prose a").first).to_have_text("[1]")
    answer.get_by_text("出处").click()
    answer.locator("a.source").first.click()
    note = page.frame_locator("#note-drawer iframe")
    expect(note.locator("#passage")).to_be_in_viewport()
    expect(note.locator("h1")).to_contain_text("Dropout")
    assert "```" not in note.locator("main").inner_text()
    formula = note.locator(".katex-mathml").first  # there for screen readers, not to be seen beside the drawn one
    assert formula.evaluate("element => getComputedStyle(element).position") == "absolute"
    page.keyboard.press("Escape")
    expect(page.locator("#note-drawer")).to_be_hidden()


def test_a_mark_in_the_text_opens_the_same_drawer(visit: Visit) -> None:
    page = visit()
    ask(page, "What is dropout?").locator(".prose a").first.click()
    expect(page.frame_locator("#note-drawer iframe").locator("#passage")).to_be_visible()


def test_the_button_of_an_older_answer_runs_its_experiment_and_stop_ends_it(visit: Visit, served) -> None:
    page = visit()
    ask(page, "What happens with dropout 0.9?")
    ask(page, "How does weight decay work?")
    buttons = page.locator("button.launch")
    expect(buttons).to_have_count(2)
    at_rest = served.workers()
    buttons.first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(PLOT)).to_be_visible()
    expect(page.locator("#knob-dropout")).to_have_value("0.9")
    steps = {page.locator("#progress").inner_text() for _ in range(8) if not time.sleep(0.15)}
    assert len(steps) > 2
    assert served.workers() == at_rest + 1
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#status[role=status]")).to_contain_text("Stopped after")
    expect(page.get_by_role("button", name="Stop")).to_be_disabled()
    assert eventually(lambda: served.workers() == at_rest)
    no_error_badge(page)


def test_numbers_in_the_sentence_under_an_answer_go_into_the_run(visit: Visit, served) -> None:
    page = visit()
    ask(page, "what if dropout is 0.7")
    sentence = page.locator(".experiment")
    expect(sentence.locator("[data-set=dropout]")).to_have_value("0.7")
    sentence.locator("[data-set=width]").fill("48")
    sentence.get_by_role("button").click()
    expect(page.locator("#knob-width")).to_have_value("48")
    expect(page.locator("#knob-dropout")).to_have_value("0.7")
    page.get_by_role("button", name="Stop").click()
    no_error_badge(page)


def test_the_study_mode_gives_a_hint_first_and_the_answer_on_request(visit: Visit) -> None:
    page = visit()
    page.get_by_label("Study mode").check()
    ask(page, "why does dropout reduce overfitting?")
    expect(page.locator(".whole")).to_have_count(1)
    expect(page.locator("button.launch")).to_have_count(0)
    page.get_by_role("button", name="Show the full answer").click()
    expect(page.locator("button.launch")).to_have_count(1)
    more = page.locator("details.more")
    expect(more.locator("p").first).to_be_hidden()
    more.locator("summary").click()
    expect(more.locator("p").first).to_be_visible()
    no_error_badge(page)


def test_a_run_ends_with_a_verdict_on_every_claim_and_can_be_explored_and_repeated(visit: Visit) -> None:
    page = visit(SHORT)
    expect(page.locator("#knob-width")).to_have_value("32")
    page.get_by_label("it holds").check()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".claim")).to_have_count(2)
    for claim in page.locator(".claim").all():
        assert re.search(r"Holds|Does not hold", claim.inner_text())
        assert re.search(r"95% interval \S+ to \S+", claim.inner_text())
    expect(page.locator(".prediction")).to_be_visible()
    expect(page.locator("#status[role=status]")).to_contain_text(re.compile(r"Finished in [\d.]+ s on [CG]PU"))
    page.get_by_role("button", name="Explore the figure").click()
    expect(page.locator("#figure .js-plotly-plot")).to_be_visible()
    page.get_by_text("Repeat this run").click()
    expect(page.locator(".repeat code").nth(0)).to_have_text("/?demo=dropout&width=32&epochs=8&seeds=2")
    expect(page.locator(".repeat code").nth(1)).to_contain_text("python -m demos dropout --width 32")
    no_error_badge(page)


WATCH = """selector => {
    window.cleared = false;
    const look = () => {
        const plot = document.querySelector(selector);
        window.cleared ||= !plot || plot.getClientRects().length === 0;
    };
    new MutationObserver(look).observe(document.body, {childList: true, subtree: true, attributes: true});
}"""


def test_a_new_run_takes_the_place_of_the_one_before(visit: Visit, served) -> None:
    page = visit(LONG)
    at_rest = served.workers()
    run = page.get_by_role("button", name="Run", exact=True)
    run.click()
    expect(page.locator(PLOT)).to_be_visible()
    page.locator("#knob-dropout").fill("0.1")
    page.evaluate(WATCH, PLOT)  # a warm worker may draw again sooner than a look from outside sees the gap
    run.click()
    page.wait_for_function("window.cleared")
    expect(page.locator(PLOT)).to_be_visible()
    expect(page.locator("#status[role=status]")).to_have_text("Training")
    assert eventually(lambda: served.workers() == at_rest + 1)
    expect(page.get_by_role("button", name="Stop")).to_be_enabled()
    no_error_badge(page)


def test_a_closed_tab_stops_its_run(visit: Visit, served) -> None:
    page = visit(LONG)
    at_rest = served.workers()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(PLOT)).to_be_visible()
    assert served.workers() == at_rest + 1
    page.close()
    assert eventually(lambda: served.workers() == at_rest)


def test_sliders_and_numbers_keep_together(visit: Visit) -> None:
    page = visit("/?demo=dropout")
    page.get_by_text("More settings").click()
    slider = page.get_by_role("slider", name="Learning rate")
    number = page.locator("#knob-learning_rate")
    slider.focus()
    page.keyboard.press("Home")
    least, most = (float(number.get_attribute(name)) for name in ("min", "max"))
    assert float(number.input_value()) == least
    page.keyboard.press("End")
    assert float(number.input_value()) == most
    number.fill(f"{least:f}")
    expect(slider).to_have_value("0")


def test_a_setting_that_cannot_be_is_refused_in_one_calm_line(visit: Visit) -> None:
    page = visit("/?demo=dropout")
    page.locator("#knob-dropout").fill("7")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#status[role=status]")).to_contain_text("dropout must be a number from 0.0 to 0.99; got 7")
    no_error_badge(page)


def test_a_refusal_offers_questions_that_are_answered(visit: Visit) -> None:
    page = visit()
    answer = ask(page, "Where can I buy a bicycle in Paris?")
    expect(answer.locator("button.launch")).to_have_count(0)
    expect(answer.get_by_text("Nearest questions")).to_be_visible()
    answer.locator("button.chip").first.click()
    expect(page.locator("#chat .bot-row").nth(-1).locator(".cited")).to_be_visible()


def test_markup_in_a_question_is_shown_as_it_was_typed(visit: Visit) -> None:
    page = visit()
    ask(page, HOSTILE)
    asked = page.locator("#chat .user-row").nth(-1)
    expect(asked).to_contain_text("<img src=x onerror=alert(1)> **bold**")
    expect(asked.locator("img, strong")).to_have_count(0)


def test_a_new_conversation_starts_with_the_examples(visit: Visit) -> None:
    page = visit()
    ask(page, "What is dropout?")
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator("#chat .user-row")).to_have_count(0)
    expect(page.locator("#chat .chip")).not_to_have_count(0)


# Addresses


def test_an_address_asks_its_question(visit: Visit) -> None:
    page = visit("/?q=What+is+weight+decay%3F")
    expect(page.locator("#chat .user-row")).to_contain_text("What is weight decay?")
    expect(page.locator(".cited")).to_be_visible()


def test_an_address_sets_the_lab(visit: Visit) -> None:
    page = visit("/?demo=weight-decay&weight_decay=0.5&seed=3")
    expect(page.locator("#controls form")).to_have_attribute("data-demo", "weight-decay")
    expect(page.locator("#knob-weight_decay")).to_have_value("0.5")
    expect(page.locator("#knob-seed")).to_have_value("3")


@pytest.mark.parametrize(
    "query", ["demo=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E", "demo=dropout&dropout=nan", "demo=dropout&seed=%00"]
)
def test_a_hostile_address_is_refused_calmly(visit: Visit, query: str) -> None:
    page = visit(f"/?{query}")
    expect(page.locator("#status[role=status]")).to_contain_text("The link asks for something that cannot be")
    expect(page.locator("#status img")).to_have_count(0)
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_enabled()


# Languages


@pytest.mark.parametrize("locale", ["zh", "zh-CN", "zh-TW", "zh-HK"])
def test_a_chinese_browser_gets_the_chinese_page(visit: Visit, locale: str) -> None:
    page = visit(locale=locale)
    expect(page.locator("h1")).to_have_text("深度学习导师")
    expect(page.get_by_role("button", name="运行", exact=True)).to_be_visible()
    expect(page.get_by_role("textbox", name="你的问题")).to_be_visible()


def test_the_switch_changes_every_text_at_once_and_is_remembered(visit: Visit) -> None:
    page = visit()
    ask(page, "What is dropout?")
    page.locator("#knob-dropout").fill("0.3")
    page.get_by_role("radio", name="中文").check(force=True)
    page.wait_for_selector("html[lang=zh-CN]")
    expect(page.locator("h1")).to_have_text("深度学习导师")
    expect(page.get_by_role("button", name="停止")).to_be_visible()
    expect(page.locator("#knob-dropout")).to_have_value("0.3")
    expect(page.locator("#chat .user-row")).to_contain_text("What is dropout?")
    left = page.locator("#lab-column").inner_text()
    assert not re.search(r"Experiment|Settings|Run\b|Stop|Predict", left)
    page.reload()
    page.wait_for_selector("html[lang=zh-CN]")


# Shapes, colours, names


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_a_phone_shows_everything_without_scrolling_sideways(visit: Visit, locale: str) -> None:
    page = visit(SHORT, width=375, height=740, locale=locale)
    answer = ask(page, "权重衰减为什么有效" if locale == "zh-CN" else "Why does weight decay help?")
    answer.locator(".cited summary").click()
    fits = "document.documentElement.scrollWidth <= innerWidth"
    assert page.evaluate(fits)
    page.locator("#run").click()
    expect(page.locator(".claim").first).to_be_visible()
    page.locator("#explore").click()
    expect(page.locator("#figure .js-plotly-plot")).to_be_visible()
    page.locator("#repeat summary").click()
    assert page.evaluate(fits)
    chat, lab = page.locator("#chat-column").bounding_box(), page.locator("#lab-column").bounding_box()
    assert chat
    assert lab
    assert lab["y"] >= chat["y"] + chat["height"]


@pytest.mark.parametrize("dark", [False, True])
def test_every_control_has_a_name_and_every_text_enough_contrast(visit: Visit, dark: bool) -> None:
    page = visit(SHORT, dark=dark)
    answer = ask(page, "Why does weight decay help?")
    answer.locator(".cited summary").click()
    page.get_by_text("More settings").click()
    page.get_by_label("it holds").check()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".claim").first).to_be_visible()
    page.locator("#repeat summary").click()
    page.mouse.move(0, 0)
    page.wait_for_timeout(500)  # colours fade from one state to the next
    assert page.evaluate(UNNAMED) == []
    assert page.evaluate(FAINT) == []
    assert page.locator("h1").count() == 1


def test_nothing_of_a_conversation_is_stored_in_the_browser(visit: Visit) -> None:
    page = visit()
    ask(page, "What is dropout?")
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert "ropout" not in stored
    assert page.evaluate("indexedDB.databases().then(d => d.length)") == 0


def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not condition():
        time.sleep(0.05)
    return condition()
