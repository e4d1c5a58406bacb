// An attempt may have others do parts of it: a model that calls tools does.

import ScrivenerModel

extension AgentContext {
    /// The surroundings of a part of the attempt: with its deadline, its trace and its processes, and a key of
    /// its own. What it says is said; how far it has come, and what it would keep, is the attempt's business.
    ///
    /// - Parameter name: distinct among the parts of one attempt, and the same in the next attempt at the task.
    package func part(_ name: String) -> AgentContext {
        AgentContext(
            attempt: attempt, idempotencyKey: idempotencyKey + "/" + name, deadline: deadline,
            trace: traceparent.flatMap {
                TraceContext(traceparent: $0, tracestate: tracestate ?? "")
            },
            logger: logger, children: children, emit: { emit($0) }, report: { _ in })
    }
}
