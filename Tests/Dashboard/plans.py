"""Plans that the tests submit. `echo` does as it is told; `broken` always fails."""

from pool import HOSTILE


def echo(task, seconds=0.0, after=(), **more):
    parameters = {"sleep_seconds": seconds, **more.pop("parameters", {})}
    return {"task_id": task, "task_type": "noop", "assigned_agent": "echo",
            "dependencies": list(after), "parameters": parameters, **more}


def short(session):
    """Four tasks, a fork and a join, over within two seconds."""
    tasks = [echo("begin", 0.3), echo("left", 0.6, ["begin"]), echo("right", 0.3, ["begin"]),
             echo("end", 0.2, ["left", "right"])]
    return {"session_id": session, "query": "A fork and a join", "tasks": tasks}


def long(session, tasks=12):
    """A chain that goes on until somebody cancels it: each step takes two seconds."""
    chain = [echo("step-0", 2)]
    chain += [echo(f"step-{i}", 2, [f"step-{i - 1}"]) for i in range(1, tasks)]
    return {"session_id": session, "query": "A long chain", "tasks": chain}


def failing(session):
    """One task fails with markup in its log, one is skipped, one can go nowhere."""
    tasks = [
        echo("good", 0.1),
        {"task_id": "bad", "task_type": "broken_work", "dependencies": ["good"]},
        echo("after-bad", 0.1, ["bad"]),
        {"task_id": "nowhere", "task_type": "translation", "dependencies": ["good"]},
    ]
    return {"session_id": session, "query": f"What fails? {HOSTILE}", "tasks": tasks}


# Ways in which text has become markup or code elsewhere (OWASP, "XSS Filter Evasion Cheat Sheet").
CORPUS = [
    "<script>alert('p')</script>",
    "<img src=x onerror=alert('p')>",
    "<svg/onload=alert('p')>",
    "<svg><animate onbegin=alert('p') attributeName=x dur=1s>",
    "<body onpageshow=alert('p')>",
    "<details open ontoggle=alert('p')>x</details>",
    "<iframe srcdoc=\"<script>parent.alert('p')</script>\"></iframe>",
    "<a href=\"javascript:alert('p')\">x</a>",
    "<math><a xlink:href=\"java&#115;cript:alert('p')\">x</a></math>",
    "<form action=https://example.org><button>x</button></form>",
    "<meta http-equiv=refresh content=\"0;url=https://example.org\">",
    "<base href=https://example.org>",
    "<link rel=stylesheet href=https://example.org/x.css>",
    "<style>@import 'https://example.org/x.css';</style>",
    "\"><script>alert('p')</script>",
    "' autofocus onfocus=alert('p') x='",
    "</title></textarea></script><script>alert('p')</script>",
    "<!--><img src=x onerror=alert('p')>-->",
    "<scr<b>ipt>alert('p')</scr<b>ipt>",
    "${alert('p')}{{constructor.constructor('alert(1)')()}}",
    "[x](javascript:alert('p')) ![x](https://example.org/pixel.png)",
    "\u202egnp.exe\u202c <b>x</b>",
    "&lt;script&gt;alert('p')&lt;/script&gt;",
]


def corpus(session):
    """All of it in every field that is somebody's words, in output, logs and results."""
    everything = " ".join(CORPUS)
    tasks = [echo(f"p{number}", 0.05, description=words, parameters={
        "emit": words, "log": words, "text": words, words: words})
        for number, words in enumerate(CORPUS)]
    tasks.append(echo("fails", 0, description=everything, parameters={"fail": everything}))
    return {"session_id": session, "query": everything, "tasks": tasks}


def talking(session):
    """One task says something, markup among it, and goes on for long; its agent never logs."""
    return {"session_id": session, "query": "What does it say?",
            "tasks": [echo("talk", 600, parameters={
                "emit": f"attempt {{attempt}} reads 12 sources\n{HOSTILE}\n"})]}


def half(session):
    """One task completes, one fails, one is skipped, and that is all."""
    tasks = [echo("good", 0.1), echo("after-bad", 0.1, ["bad"]),
             {"task_id": "bad", "task_type": "broken_work", "dependencies": ["good"]}]
    return {"session_id": session, "query": "What is left?", "tasks": tasks}


def report(session):
    return {"session_id": session, "query": "Who writes the report?",
            "tasks": [{"task_id": "write", "task_type": "scribe_work"}]}


def large(session, count=10_000, levels=25, seconds=0.05):
    """Levels of tasks of six types, each with two dependencies in the level before."""
    types = ["fetch", "parse", "embed", "score", "summarise", "merge"]
    width = count // levels
    tasks = []
    for number in range(count):
        level = number // width
        after = []
        if level:
            first = (level - 1) * width
            after = sorted({f"t{first + (number * step) % width:05d}" for step in (7, 13)})
        tasks.append({**echo(f"t{number:05d}", seconds, after),
                      "task_type": types[(level + number % 3) % 6]})
    return {"session_id": session, "query": f"{count:,} tasks", "tasks": tasks,
            "config": {"max_concurrent_tasks": 100_000}}
