"""Graphs with a bit of everything that a plan may ask for, and what they may come to.

What they come to is not always known beforehand: a task that must not be executed twice is lost with its
worker, and a join takes what is there first. So each task is held against what is told of those before it.
"""


def graph(source):
    """The tasks of a plan. Each adds its number to the sums of its dependencies."""
    tasks = []
    for number in range(source.choice([1, 1, 3, 5, 10, 20, 40])):
        known = [task["task_id"] for task in tasks]
        dependencies = source.sample(known, min(len(known), source.choice([0, 1, 1, 2, 3])))
        tasks.append({
            "task_id": f"t{number}", "task_type": "noop", "dependencies": dependencies,
            "parameters": {"add": source.randrange(1_000), **manners(source)},
            "retry": {"max_retry_attempts": 10, "delay_seconds": 0.1},
            "priority": source.randint(1, 10),
            **execution(source), **demands(source, len(dependencies))})
    return tasks


def manners(source):
    """What its agent is to do."""
    kind = source.random()
    if kind < 0.5:
        return {"sleep_seconds": round(source.uniform(0.001, 0.1), 3)}
    if kind < 0.6:
        return {"sleep_seconds": round(source.uniform(0.5, 4), 3)}
    if kind < 0.65:
        return {"fail": "transient", "fail_attempts": 1}
    if kind < 0.67:
        return {"fail": "permanent"}
    return {}


def execution(source):
    """How often, and beside what, it may be executed."""
    kind = source.random()
    if kind < 0.15:
        return {"delivery": "at_most_once"}
    if kind < 0.3:
        return {"exclusive": True}
    return {"idempotent": True} if kind < 0.5 else {}


def demands(source, dependencies):
    """What it wants of those that it depends on."""
    found = {}
    if dependencies and source.random() < 0.5:
        found["on_dependency_failure"] = "continue"
    if dependencies > 1 and source.random() < 0.3:
        found["needs"] = {
            "at_least": source.randrange(1, dependencies),
            "rest": source.choice(["finish", "cancel"])}
        if source.random() < 0.5:
            found["needs"]["within_seconds"] = 0.2
    return found


class Told:
    """What a coordinator tells of a task: an entry of a session's results."""

    def __init__(self, entry):
        self.status = entry["task"]["status"]
        self.sum = (entry.get("payload") or {}).get("sum")
        self.missing = set(entry["task"].get("missing_dependencies", []))
        self.attempts = entry["task"]["executions"]

    def count(self, outcome):
        return sum(each["outcome"] == outcome for each in self.attempts)

    @property
    def lost_with_worker(self):
        return [each for each in self.attempts if failure(each, "class") == "worker_lost"]

    @property
    def stopped_in_time(self):
        return [each for each in self.attempts if failure(each, "code") == "lease_margin"]

    @property
    def begun(self):
        """The attempts without those that were handed back before they began."""
        return [
            each for each in self.attempts if each["outcome"] != "lost" or "failure" in each]

    @property
    def overlap(self):
        """Whether an attempt was given out while another one counted as running."""
        return any(
            after["hedge"] or before.get("ended_at", "never") > after["dispatched_at"]
            for before, after in zip(self.attempts, self.attempts[1:]))


def failure(attempt, field):
    return attempt.get("failure", {}).get(field)


def mistakes(tasks, told):
    """What is wrong with a session that has ended: pairs of a fault and the task.

    `told` has what is told of each task, by its id.
    """
    found = [("lost", name(task)) for task in tasks if name(task) not in told]
    if found:
        return found
    for task in tasks:
        own = told[name(task)]
        said = f"{name(task)}: {own.status}, {own.sum}, without {sorted(own.missing)}"
        if not is_right(task, told, tasks):
            found.append(("wrong", f"{said}, {task}, {own.attempts}"))
        if own.count("completed") > 1:
            found.append(("committed_twice", said))
        if is_at_most_once(task) and len(own.begun) > 1:
            found.append(("done_twice", f"{said}, {own.attempts}"))
        if task.get("exclusive") and own.overlap:
            found.append(("overlapped", f"{said}, {own.attempts}"))
    return found


def is_right(task, told, tasks):
    """Whether a task came to what it has to come to after its dependencies have come to theirs."""
    own, dependencies = told[name(task)], depends(task)
    completed = {each for each in dependencies if told[each].status == "completed"}
    needed = task.get("needs", {}).get("at_least", len(dependencies))
    if own.status == "cancelled":
        return any(
            name(task) in depends(other) and other.get("needs", {}).get("rest") == "cancel"
            for other in tasks)
    if len(completed) < needed and task.get("on_dependency_failure") != "continue":
        return own.status == "skipped" and not own.attempts
    taken = set(dependencies) - own.missing
    if not taken <= completed or len(taken) < min(needed, len(completed)):
        return False
    if own.status == "lost":
        return is_at_most_once(task) and len(own.begun) == 1
    if must_fail(task, own):
        return own.status == "failed"
    total = task["parameters"]["add"] + sum(told[each].sum or 0 for each in taken)
    return own.status == "completed" and own.sum == total


def name(task):
    return task["task_id"]


def depends(task):
    return task.get("dependencies", [])


def is_at_most_once(task):
    return task.get("delivery") == "at_most_once"


def must_fail(task, own):
    """What fails at first is tried again, but for what must not be executed twice."""
    kind = task["parameters"].get("fail")
    return kind == "permanent" or "crash" in task["parameters"] or (
        kind is not None and is_at_most_once(task)
        and any(each["attempt"] <= task["parameters"]["fail_attempts"] for each in own.begun))
