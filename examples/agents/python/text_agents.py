"""A worker with two agents that read text: what it is about, and which passages say the same.

    pip install agent-scrivener -r requirements.txt
    python -m agent_scrivener text_agents.py --id py1

Both take what the research agent has found (`inputs`), or `passages` among their parameters. They run in processes of
their own: stemming and comparing keep a processor busy, which an event loop must not do.
"""

import re
from collections import Counter, defaultdict

import snowballstemmer
from rapidfuzz import fuzz

from agent_scrivener import AgentFailure, AgentResult, Evidence, Findings, Insight, Worker, agent

WORD = re.compile(r"[^\W\d_]{3,}")
MOST_TERMS = 12
# Passages that are alike by so many of a hundred, whatever the order of their words, say the same.
ALIKE = 80
STOP_WORDS = frozenset(
    "about after all also and any are because been before being but can could does each for from had has "
    "have how into its may more most must not one only other over same should some such than that the their "
    "them then there these they this those through too under until very was were what when where which "
    "while who why will with would you your".split())


@agent(capabilities=["key_terms"], version="1")
def key_terms(parameters, inputs, context):
    """The terms that most passages have in common; each stands for all of its forms."""
    passages = all_passages(parameters, inputs)
    stem = snowballstemmer.stemmer(parameters.get("language", "english")).stemWord
    forms, standing = defaultdict(Counter), Counter()
    for number, passage in enumerate(passages, 1):
        words = [word for word in WORD.findall(passage["text"].lower()) if word not in STOP_WORDS]
        for word in words:
            forms[stem(word)][word] += 1
        # How many passages have it counts, and not how often one repeats it.
        standing.update(set(map(stem, words)))
        context.progress(number / len(passages), f"passage {number} of {len(passages)}")
    terms = [
        {"term": forms[stemmed].most_common(1)[0][0], "passages": count}
        for stemmed, count in standing.most_common(parameters.get("limit", MOST_TERMS))]
    context.emit(f"{len(passages)} passages, {len(standing)} terms\n")
    return {"terms": terms, "passages": len(passages)}


@agent(capabilities=["near_duplicates"], version="1")
def near_duplicates(parameters, inputs, context):
    """Passages that say the same in other words' order: sources that agree, or have copied each other."""
    passages = all_passages(parameters, inputs)
    least, pairs = parameters.get("alike", ALIKE), []
    for number, one in enumerate(passages):
        for other in passages[number + 1:]:
            likeness = fuzz.token_set_ratio(one["text"], other["text"], score_cutoff=least)
            if likeness and one["source"] != other["source"]:
                pairs.append((one, other, likeness))
        context.progress((number + 1) / len(passages), f"{len(pairs)} pairs so far")
    return AgentResult(
        {"pairs": [
            {"one": one["source"], "other": other["source"], "likeness": round(likeness, 1)}
            for one, other, likeness in pairs]},
        findings=Findings(insights=[agreement(*pair) for pair in pairs]))


def agreement(one, other, likeness):
    """What two sources have in common, with the words of both."""
    return Insight(
        topic="agreement", summary=f"{one['source']} and {other['source']} say the same",
        supporting_evidence=[Evidence(each["text"], each["source"]) for each in (one, other)],
        confidence_score=likeness / 100, related_sources=[one["source"], other["source"]])


def all_passages(parameters, inputs):
    """What is to be read: `text` and `source` of each passage."""
    found = [
        {"text": str(each), "source": f"passage {number}"}
        for number, each in enumerate(parameters.get("passages", []), 1)]
    for given in inputs:
        for hit in hits(given.payload):
            found.append({"text": hit["snippet"], "source": hit.get("path", given.task_id)})
    if not found:
        raise AgentFailure.invalid_input(
            "no_passages", "there are neither `passages` nor results of a search to read")
    return found


def hits(payload):
    """Of a result of the research agent."""
    listed = payload.get("hits", []) if isinstance(payload, dict) else []
    return [hit for hit in listed if isinstance(hit, dict) and hit.get("snippet")]


if __name__ == "__main__":
    Worker([key_terms, near_duplicates], id="py1").run()
