"""Every text of the chat, in Chinese and English."""

from demos.kit.text import Text

GREETING = Text(
    "关于深度学习，想到什么就问，中文英文都行。/help 看命令，Ctrl-D 离开。",
    "Ask about deep learning as it comes to mind, in English or Chinese. /help lists the commands, Ctrl-D leaves.",
)
HELP = Text(
    """\
/run       运行上一个回答的实验，Ctrl-C 停下
/sources   看上一个回答引用的原文
/study     学习模式：先给提示，不直接给答案；再输一次关掉
/answer    看上一个问题的完整回答
1 2 3      问列出来的下一个问题
/new       另起话题：前面的问题不再算上文
/help      这张表
/quit      离开""",
    """\
/run       run the experiment of the last answer; Ctrl-C stops it
/sources   the passages that the last answer cites
/study     study mode: a hint instead of the answer; once more turns it off
/answer    the full answer to the last question
1 2 3      ask one of the questions listed
/new       begin anew: earlier questions no longer count
/help      this list
/quit      leave""",
)
ANEW = Text("好，另起话题。", "A new conversation.")
STOPPED = Text("停下了。", "Stopped.")
TO_RUN = Text("/run  {title}", "/run  {title}")
TO_RUN_SO = Text("/run  {title}：{setting}", "/run  {title}: {setting}")
COMPARE = Text("拿来对照：{command}", "To compare with: {command}")
TO_ANSWER = Text("/answer  看完整的回答", "/answer  the full answer")
STUDY = Text(
    "学习模式开了：先给提示，/answer 看完整的回答。", "Study mode is on: hints first, and /answer for the full answer."
)
NO_STUDY = Text("学习模式关了：直接回答。", "Study mode is off: answers at once.")
NO_QUESTION_YET = Text("还没有问过问题，先问一个。", "There is no question to answer yet; ask one.")
AGAIN = Text("单独再跑一次：{command}", "To run it again by itself: {command}")
NO_COMMAND = Text("没有 {word} 这个命令；/help 列出全部。", "There is no command {word}; /help lists them.")
NO_QUESTION = Text("没有编号为 {number} 的问题；请把问题写出来。", "No question has the number {number}; type it out.")
NO_EXPERIMENT = Text(
    "现在没有可运行的实验；先问一个有实验的概念，比如 dropout。",
    "There is no experiment to run now; ask about something that has one, such as dropout.",
)
NO_SOURCES = Text("上面没有引用原文的回答。", "No answer above cites a passage.")
FAILED = Text(
    "这个问题没能答出来，是程序的错，不是你的。换个说法再试。",
    "I could not answer that; the fault is the program's, not yours. Try other words.",
)
