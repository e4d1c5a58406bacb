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
