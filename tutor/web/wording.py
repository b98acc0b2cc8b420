"""Every text of the interface, in Chinese and English, and the choice between the two."""

from typing import Final, Literal

Language = Literal["zh", "en"]

WORDING: Final[dict[str, tuple[str, str]]] = {
    # the page
    "title": ("深度学习导师", "Deep Learning Tutor"),
    "tagline": ("提问，读有出处的回答，再动手验证", "Ask, read a cited answer, then test it yourself"),
    "language": ("界面语言", "Language"),
    "auto": ("自动", "Auto"),
    "all notes": ("全部笔记", "All notes"),
    "skip to lab": ("跳到实验台", "Skip to the lab"),
    # the chat
    "chat": ("对话", "Conversation"),
    "question": ("你的问题", "Your question"),
    "question hint": ("例如：为什么 dropout 能减轻过拟合？", "For example: why does dropout reduce overfitting?"),
    "send": ("发送", "Send"),
    "welcome": (
        "你好！关于深度学习的概念，用中文或英文问我都可以。回答都来自课程笔记并标明出处；能做实验的，按一下按钮就能看到网络真的训练起来。",
        "Hello! Ask me about a concept of deep learning, in English or Chinese. Answers come from the course notes "
        "and say where; many have an experiment, in which a network really trains while you watch.",
    ),
    "try these": ("可以这样问", "You could ask"),
    "sources": ("出处（{n}）", "Sources ({n})"),
    "lines": ("第 {start}–{end} 行", "lines {start}–{end}"),
    "run this": ("运行实验：{title}", "Run the experiment: {title}"),
    "against": ("，对照 {setting}", " against {setting}"),
    "comma": ("；", ","),
    "or with": ("换成{setting}再运行一次", "Run it with {setting}, too"),
    "study": ("学习模式：先给提示", "Study mode: a hint first"),
    "show the answer": ("看完整的回答", "Show the full answer"),
    "ask next": ("接着问", "Ask next"),
    "nearest": ("离得最近的问题", "Nearest questions"),
    "answer failed": (
        "这个问题没能答出来，是程序的错，不是你的。换个说法再试，或看看右边的实验。",
        "I could not answer that; the fault is the program's, not yours. Try other words, or the lab.",
    ),
    "fine print": ("回答都以笔记为据，请对照出处。", "Answers rest on the notes; do check the sources."),
    "clear": ("新的对话", "New conversation"),
    # the lab
    "lab": ("实验台", "Lab"),
    "experiment": ("实验", "Experiment"),
    "more settings": ("更多设置", "More settings"),
    "run": ("运行", "Run"),
    "stop": ("停止", "Stop"),
    "predict": ("先猜一猜：", "Predict first: "),
    "predict yes": ("成立", "it holds"),
    "predict no": ("不成立", "it does not"),
    "predict none": ("不猜", "no guess"),
    "slider of": ("{label}（滑块）", "{label} (slider)"),
    "idle": ("选好设置，按“运行”。", "Choose the settings, then press Run."),
    "plot empty": ("曲线会在训练时画在这里", "The curves appear here while the networks train"),
    "ready to run": ("{title}：设置已填好。", "{title}: the settings are filled in."),
    "waiting": ("前面还有 {position} 个实验在等，请稍候", "Waiting for a free place: number {position} in line"),
    "starting": ("正在启动……", "Starting…"),
    "training": ("训练中", "Training"),
    "stopped": ("已停止，用时 {seconds} 秒。", "Stopped after {seconds} s."),
    "finished": ("完成，用时 {seconds} 秒，设备 {device}。", "Finished in {seconds} s on {device}."),
    "step": ("第 {step}/{total} 步", "step {step} of {total}"),
    "seconds": ("{seconds} 秒", "{seconds} s"),
    "holds": ("成立", "Holds"),
    "does not hold": ("不成立", "Does not hold"),
    "predicted right": ("你猜对了。", "Your prediction was right."),
    "predicted wrong": ("和你猜的不一样，想想为什么。", "Not what you predicted. Why might that be?"),
    "why so": ("为什么会这样", "Why it comes out so"),
    "try next": ("接着试试", "Try next"),
    "explore": ("打开可交互的图", "Explore the figure"),
    "figure": ("可交互的图", "Interactive figure"),
    "repeat": ("重做这个实验", "Repeat this run"),
    "link": ("链接", "Link"),
    "command": ("命令行", "Command line"),
    "copy": ("复制", "Copy"),
    "copied": ("已复制", "Copied"),
    "link refused": ("链接里的设置用不了：{message}", "The link asks for something that cannot be: {message}"),
    "error busy": (
        "实验台正忙：已有不少实验在运行和排队，过一会儿再试。",
        "The lab is busy: many experiments run and wait already. Try again in a minute.",
    ),
    "error setting": ("这个设置不行：{message}", "This setting cannot be: {message}"),
    "error time": (
        "超过了时间上限，已停止。把网络或步数调小再试。",
        "Stopped at the time limit. Try a smaller network or fewer steps.",
    ),
    "error memory": (
        "超过了内存上限，已停止。把网络或种子数调小再试。",
        "Stopped at the memory limit. Try a smaller network or fewer seeds.",
    ),
    "error crash": (
        "实验进程意外退出了，其他一切正常，可以再试一次。",
        "The experiment's process ended unexpectedly; all else is well. Try again.",
    ),
    "error failed": ("实验出了错：{message}", "The experiment failed: {message}"),
    # what was measured
    "measured claim": ("可验证的论断：", "A claim you can test:"),
    "run it yourself": ("自己跑一遍", "Run it yourself"),
    "receipt": (
        "实测 {effect}，95% 区间 [{low}, {high}]，{seeds} 个种子，{device}，{date}。",
        "Measured: {effect}, 95% interval [{low}, {high}], {seeds} seeds, {device}, {date}.",
    ),
    "receipt none": ("还没有存下实测结果。", "Not measured yet."),
    "receipt stale": ("实验此后改过，等待重测。", "The experiment has changed since."),
    "receipt fails": ("最近一次验证中它没有成立。", "It did not hold when it was last verified."),
    "claims tested": ("它检验的论断（{n}）", "Claims that it tests ({n})"),
    "claim in doubt": ("最近一次验证没有通过", "failed its last verification"),
    # the notes
    "back": ("返回导师", "Back to the tutor"),
    "close": ("关闭", "Close"),
    "other language": ("English", "中文"),
    "also called": ("又称", "Also called"),
    "builds on": ("先读", "Read first"),
    "written from": ("资料来源", "Sources"),
    "reviewed": ("审阅于 {date}", "reviewed {date}"),
    "cited passage": ("回答引用的段落", "The passage cited in the answer"),
    "open in lab": ("在实验台打开：{title}", "Open in the lab: {title}"),
    "no such note": ("没有这篇笔记", "There is no such note"),
    "no such note hint": (
        "没有名为 {slug} 的笔记。下面是全部笔记。",
        "No note is called {slug}. These are all the notes.",
    ),
}

EXAMPLES: Final[dict[Language, tuple[str, ...]]] = {
    "zh": (
        "为什么随机关掉一些神经元反而更好？",
        "把 dropout 调到 0.9 会怎样？",
        "参数比数据还多，为什么还能学好？",
    ),
    "en": (
        "How does weight decay work?",
        "Can a network memorise random labels?",
        "What is double descent?",
    ),
}


def say(key: str, language: Language, **values: object) -> str:
    """The text `key` in `language`, with `values` filled in."""
    return WORDING[key][language == "en"].format(**values)


def interface_language(choice: object, accept_language: str = "") -> Language:
    """The language of the interface: the reader's choice, else the first that the browser accepts.

    Every Chinese, of whatever region or script (`zh`, `zh-CN`, `zh-TW`, `zh-HK`, `zh-Hant-…`), is shown the Chinese
    interface, every other reader the English one.
    """
    if choice in ("zh", "en"):
        return choice  # type: ignore[return-value]
    ranked = []
    for place, entry in enumerate(accept_language[:1000].split(",")):
        tag, _, quality = entry.strip().lower().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            weight = 0.0
        ranked.append((-weight, place, tag.split("-")[0]))
    known = (tag for _, _, tag in sorted(ranked) if tag in ("zh", "en"))
    return "zh" if next(known, "en") == "zh" else "en"
