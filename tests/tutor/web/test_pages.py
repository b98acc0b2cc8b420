"""Notes, messages, the lab and its words, as HTML."""

import html
import json
import re

import pytest

from demos import kit
from tests.tutor.web.site import HOSTILE
from tutor.answering import Answer, Citation, DemoLaunch
from tutor.answering.answer import Clamp
from tutor.web import links, messages, notes, readings
from tutor.web.controls import controls
from tutor.web.wording import WORDING, interface_language

# Notes


def test_a_note_shows_its_passage_and_hides_what_is_not_for_readers(site, shipped_tutor):
    note = shipped_tutor.corpus.find("dropout", "zh")
    section = note.sections[1]
    link = links.note_link("dropout", "zh", section.start_line + 1, section.end_line)
    page = site.http.get(link).text
    assert '<html lang="zh-CN">' in page
    assert page.count('id="passage"') == 1
    marked = page.split('id="passage"')[1].split("</section>")[0]
    assert section.markdown.split("。")[0][:12] in re.sub(r"<[^>]+>", "", marked)
    assert "{claim" not in page
    assert all(key not in page for key in section.keys)
    assert '<span class="math inline">' in page


def test_a_note_that_is_not_there_offers_the_others(site):
    reply = site.http.get("/notes", params={"id": HOSTILE, "lang": "en"})
    assert reply.status_code == 404
    assert "<img" not in reply.text
    assert "/notes?id=dropout" in reply.text


@pytest.mark.parametrize("lines", ["", "0-0", "9-3", "1-999999", "-1--5", "x", "1-2-3", "9" * 400])
def test_odd_lines_are_no_error(site, lines):
    assert site.http.get("/notes", params={"id": "dropout", "lines": lines}).status_code == 200


def test_markup_in_a_note_is_text(corpus_folder):
    from tutor.corpus import read_corpus

    path = corpus_folder / "notes" / "overfitting.en.md"
    path.write_text(
        path.read_text()
        + f"\n{HOSTILE}\n\n<script>alert(1)</script>\n\n![x](http://evil.example/a.png)\n\n[x](javascript:alert(1))\n"
        + "\n$\\href{javascript:alert(1)}{x}$ <iframe src=//evil.example>\n"
    )
    corpus = read_corpus(corpus_folder)
    page = notes.note_page(corpus.find("overfitting", "en"), corpus, None)  # type: ignore[arg-type]
    assert "<img" not in page
    assert "<script>" not in page
    assert "<iframe" not in page
    assert 'href="javascript' not in page


def test_katex_is_served_from_here(site):
    assert "export" in site.http.get("/tutor/katex.js").text[-50:]
    sheet = site.http.get("/tutor/katex.css")
    assert sheet.headers["content-type"].startswith("text/css")
    assert ".gradio-container" not in sheet.text
    font = re.search(r"KaTeX_Main-Regular[\w-]*\.woff2", sheet.text)
    assert font
    assert site.http.get(f"/tutor/{font[0]}").status_code == 200


# Messages


def answer(**changes: object) -> Answer:
    cited = Citation(1, "dropout", "en", HOSTILE, HOSTILE, 0.9, HOSTILE, 3, 9)
    fields = {"question": "q", "language": "en", "refused": False, "text": "It helps [1][2].", "model": "m"}
    return Answer(**{**fields, "citations": (cited,), "follow_ups": (HOSTILE,), **changes})  # type: ignore[arg-type]


def test_a_mark_links_to_its_passage_and_an_unknown_one_does_not():
    text = messages.answered(answer())["content"][0]["text"]
    assert text == "It helps [\\[1\\]](/notes?id=dropout&lang=en&lines=3-9)[2]."


def test_whatever_an_answer_holds_its_foot_is_escaped():
    foot = messages.answered(answer(demo=DemoLaunch("dropout", {"dropout": 0.9}, {"dropout": 0.0})))["content"][1]
    assert "<img" not in foot["value"]
    assert "data-launch" in foot["value"]
    assert re.search(r'Dropout rate <input[^>]* data-set="dropout" value="0.9"[^>]*></label> against 0,', foot["value"])


def test_what_cannot_be_set_as_asked_is_said():
    launch = DemoLaunch("dropout", {"dropout": 0.99}, {"dropout": 0.0}, (Clamp("dropout", 1.5, 0.99),))
    foot = messages.answered(answer(demo=launch))["content"][1]["value"]
    assert "You asked for Dropout rate = 1.5; 0.99 is the nearest that this experiment takes." in foot


def test_two_values_of_a_question_give_two_runs_each_against_the_demos_own_control():
    launch = DemoLaunch("dropout", {"dropout": 0.9}, {"dropout": 0.5})
    foot = messages.answered(answer(demo=launch))["content"][1]["value"]
    orders = [json.loads(html.unescape(order)) for order in re.findall(r'data-launch="([^"]*)"', foot)]
    assert [order["params"]["dropout"] for order in orders] == [0.9, 0.5]
    assert "against 0," in foot
    assert "against 0.5" not in foot


def test_what_may_be_read_besides_is_folded_away_and_safe():
    shown = messages.answered(answer(text=f"Short [1].\n\n**Read more**\n\nMore $x$ [1] {HOSTILE}"))["content"]
    assert "Read more" not in shown[0]["text"]
    assert '<details class="more"><summary>Read more</summary>' in shown[1]["value"]
    assert '<a href="/notes?id=dropout&amp;lang=en&amp;lines=3-9">[1]</a>' in shown[1]["value"]
    assert "<img" not in shown[1]["value"]


def test_under_a_hint_there_is_the_way_to_the_answer():
    foot = messages.answered(answer(hint=True))["content"][1]["value"]
    assert re.search(r'<button[^>]* data-ask="q" data-whole="yes">Show the full answer</button>', foot)
    assert "data-whole" not in messages.answered(answer())["content"][1]["value"]


def test_an_answer_that_names_an_unknown_demo_has_no_button():
    assert "data-launch" not in str(messages.answered(answer(demo=DemoLaunch("no-such-demo"))))


def test_a_refusal_offers_the_nearest_questions():
    foot = messages.answered(answer(refused=True, citations=(), follow_ups=("What is dropout?",)))["content"][1][
        "value"
    ]
    assert "Nearest questions" in foot
    assert 'data-ask="What is dropout?"' in foot


def test_a_long_conversation_keeps_its_latest_exchanges():
    conversation = messages.Conversation()
    for number in range(50):
        conversation = conversation.asking(f"question {number}").told(messages.partial("answer"))
    assert conversation.questions[-1] == "question 49"
    assert len(conversation.messages) == 2 * messages.EXCHANGES
    assert len(conversation.questions) == messages.REMEMBERED


# The lab


def test_every_parameter_has_a_labelled_control(client):
    for entry in client.predict(api_name="/demos"):
        for language in ("zh", "en"):
            form = controls(entry["name"], {}, language)
            for parameter in entry["parameters"]:
                assert f'for="knob-{parameter["name"]}"' in form
                assert f'id="knob-{parameter["name"]}"' in form
                assert parameter["label"][language].replace("'", "&#x27;") in form


def test_a_slider_on_a_logarithmic_scale_starts_where_its_number_stands():
    least = next(row["minimum"] for row in kit.entry("dropout")["parameters"] if row["name"] == "learning_rate")
    form = controls("dropout", {"learning_rate": least}, "en")
    slider = re.search(r"<input[^>]*data-for=\"learning_rate\"[^>]*>", form)
    assert slider
    assert 'value="0"' in slider[0]
    assert f'value="{least:.12g}"' in re.search(r"<input[^>]*id=\"knob-learning_rate\"[^>]*>", form)[0]  # type: ignore[index]


RESULT = {
    "demo": "dropout",
    "claims": [{"holds": True, "text": {"zh": "甲", "en": "A"}, "sentence": {"zh": "乙", "en": "B"}}],
}


@pytest.mark.parametrize(("guess", "said"), [("yes", "was right"), ("no", "Not what you predicted"), ("", "B")])
def test_a_prediction_is_scored(guess, said):
    assert said in readings.verdict(RESULT, guess, "en")


def test_a_verdict_explains_itself_and_says_what_to_try_next(monkeypatch):
    told = {
        "name": "dropout",
        "explanation": {"zh": "因为。", "en": "Because <b>it</b> does."},
        "tries": [{"text": {"zh": "试试", "en": "Try 0"}, "params": {"label_noise": 0.0}}],
    }
    monkeypatch.setattr(kit, "entry", lambda slug: told)
    shown = readings.verdict(RESULT, "", "en")
    assert "Because &lt;b&gt;it&lt;/b&gt; does." in shown
    order = json.loads(html.unescape(re.search(r'data-launch="([^"]*)"', shown)[1]))  # type: ignore[index]
    assert order == {"name": "dropout", "params": {"label_noise": 0.0}}


def test_a_link_to_the_lab_carries_what_differs_from_the_defaults():
    link = links.lab_link("dropout", {"dropout": 0.9, "width": 128, "seed": 3})
    assert link == "/?demo=dropout&dropout=0.9&seed=3"
    opening = links.read_opening({"demo": "dropout", "dropout": "0.9", "seed": "3"})
    assert opening.demo == "dropout"
    assert opening.params["dropout"] == 0.9
    assert opening.params["seed"] == 3
    assert links.command_line("dropout", opening.params) == "python -m demos dropout --dropout 0.9 --seed 3"


@pytest.mark.parametrize(
    "query",
    [
        {"demo": HOSTILE},
        {"demo": "dropout", "dropout": "nan"},
        {"demo": "dropout", "dropout": "inf"},
        {"demo": "dropout", "dropout": HOSTILE},
        {"demo": "dropout", "seed": "1e300"},
        {"demo": "dropout", "width": "9" * 5000},
    ],
)
def test_a_hostile_link_is_refused_in_one_line(query):
    opening = links.read_opening(query)
    assert opening.refusal
    assert "\n" not in opening.refusal
    assert len(opening.refusal) < 300
    assert not opening.params
    assert "<img" not in readings.notice(opening.refusal)


# Wording


def test_every_text_has_both_languages_and_the_same_fields():
    for key, (zh, en) in WORDING.items():
        assert zh, key
        assert en, key
        assert set(re.findall(r"{(\w+)}", zh)) == set(re.findall(r"{(\w+)}", en)), key


@pytest.mark.parametrize(
    ("choice", "accepts", "language"),
    [
        ("auto", "zh", "zh"),
        ("auto", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("auto", "zh-TW", "zh"),
        ("auto", "zh-HK,en", "zh"),
        ("auto", "zh-Hant-HK", "zh"),
        ("auto", "en-US,zh;q=0.5", "en"),
        ("auto", "de,fr;q=0.9,zh;q=0.1", "zh"),
        ("auto", "en;q=0.1,zh;q=0.9", "zh"),
        ("auto", "", "en"),
        ("auto", "de", "en"),
        ("auto", ";q=;;,,\x00", "en"),
        ("zh", "en", "zh"),
        ("en", "zh", "en"),
        (None, "zh", "zh"),
        ({"x": 1}, "zh", "zh"),
    ],
)
def test_the_interface_speaks_what_the_reader_chose_or_the_browser_accepts(choice, accepts, language):
    assert interface_language(choice, accepts) == language
