"""Puts the web application together: guards in front of health, notes, our static files and the Gradio page."""

from pathlib import Path
from typing import Annotated

import gradio as gr
from fastapi import FastAPI, Header
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response
from gradio.themes import Base

from tutor.answering import Answerer
from tutor.running import Runner
from tutor.settings import Settings
from tutor.web import formulas, notes
from tutor.web.guards import Guards
from tutor.web.page import build
from tutor.web.wording import interface_language, say

Accepted = Annotated[str, Header()]
READ = ["GET", "HEAD"]
STATIC = Path(__file__).with_name("static")
FONT = ["system-ui", "-apple-system", "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif"]
MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]


def create_app(tutor: Answerer, runner: Runner, settings: Settings, host: str = "127.0.0.1") -> FastAPI:
    """The application; `host` is the address that it will be bound to, which the guards go by."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @app.api_route("/healthz", methods=READ)
    def healthz() -> JSONResponse:
        corpus = tutor.corpus
        return JSONResponse({"status": "ok", "notes": len(corpus.notes), "passages": len(corpus.passages)})

    @app.api_route("/notes", methods=READ)
    def note(
        id: str = "",  # noqa: A002 - its name in the address
        lang: str = "",
        lines: str = "",
        theme: str = "",
        accept_language: Accepted = "",
    ) -> HTMLResponse:
        language = interface_language(lang, accept_language)
        corpus = tutor.corpus  # once: a refresh replaces it at any moment
        found = corpus.find(id, language)
        if found is None:
            return HTMLResponse(notes.index_page(corpus, language, missing=id), 404 if id else 200)
        return HTMLResponse(notes.note_page(found, corpus, notes.read_lines(lines), theme))

    files = {path.name: path for path in STATIC.iterdir()} | formulas.script_and_fonts()
    katex = formulas.style_sheet()

    @app.api_route("/tutor/{name}", methods=READ)
    def static(name: str) -> Response:
        if name == "katex.css":
            return Response(katex, media_type="text/css")
        if name not in files:
            return Response(status_code=404)
        return FileResponse(files[name], headers={"cache-control": "no-cache"})

    gr.mount_gradio_app(
        app,
        build(tutor, runner),
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,  # else the message of any exception goes to the browser
        enable_monitoring=False,
        mcp_server=False,
        ssr_mode=False,
        theme=_theme(),
        head=_head(),
        favicon_path=str(STATIC / "icon.svg"),
    )
    app.add_middleware(Guards, host=host, hosts=settings.hosts.split(","))
    return app


def _theme() -> Base:
    return Base(primary_hue="blue", neutral_hue="slate", font=FONT, font_mono=MONO, radius_size="md", text_size="md")


def _head() -> str:
    return (
        f'<meta name="description" content="{say("tagline", "en")}">'
        '<link rel="stylesheet" href="/tutor/tutor.css">'
        '<script src="/tutor/tutor.js"></script><script type="module" src="/tutor/formulas.js"></script>'
    )
