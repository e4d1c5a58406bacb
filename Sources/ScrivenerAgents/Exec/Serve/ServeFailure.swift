// What attempts come to that a process served, when it is not the program that says so.

import ScrivenerModel

enum ServeFailure {
    private static let killedCode = "served_process_killed"

    static func garbage(_ reason: String) -> AgentFailure {
        AgentFailure(
            .permanent, code: "invalid_output",
            message: "a line of the program is not what it has to be: \(reason)")
    }

    static func tooLarge(_ count: Int, limit: Int) -> AgentFailure {
        AgentFailure(
            .permanent, code: "child_output_too_large",
            message: "the payload has \(count) bytes; the limit is \(limit)")
    }

    static func ended(_ failure: AgentFailure) -> AgentFailure {
        AgentFailure(
            .transient, code: "served_process_ended",
            message: "the process that served it is gone: \(failure.message)",
            logTail: failure.logTail)
    }

    /// For attempts none of which can be told to have caused it.
    static func shared(_ failure: AgentFailure) -> AgentFailure {
        AgentFailure(
            .transient, code: killedCode,
            message: "the process was killed while it served this and others: \(failure.message)",
            logTail: failure.logTail)
    }

    static func refusal(_ id: String, _ grace: Duration) -> AgentFailure {
        AgentFailure(
            .transient, code: killedCode,
            message: "the process was killed: another attempt in it (\(id)) was told to stop and "
                + "had not within \(grace / .seconds(1)) s")
    }

    static func silent(_ patience: Duration) -> AgentFailure {
        AgentFailure(
            .transient, code: killedCode,
            message: "the process was killed: it had not said within \(patience / .seconds(1)) s "
                + "how it is")
    }

    static func slowStart(_ patience: Duration) -> AgentFailure {
        AgentFailure(
            .transient, code: killedCode,
            message: "the process was killed: it was not ready within \(patience / .seconds(1)) s")
    }

    static let unhealthy = AgentFailure(
        .transient, code: killedCode,
        message: "the process was started again: it had said that it cannot work")

    static let closed = AgentFailure(
        .transient, code: killedCode, message: "the process was killed: the worker stops")
}
