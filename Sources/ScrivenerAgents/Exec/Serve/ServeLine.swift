// What a program that serves is told: one JSON object a line on its standard input.

import ScrivenerAgentKit
import ScrivenerModel

enum ServeLine {
    /// - Parameter folder: where the attempt may work.
    static func start(
        id: String, _ task: AgentTask, _ context: AgentContext, folder: String
    ) -> [UInt8] {
        var members = [
            ("type", ExecRequest.text("start")), ("id", ExecRequest.text(id)),
            ("folder", ExecRequest.text(folder)),
        ]
        for (name, value) in [
            ("traceparent", context.traceparent), ("tracestate", context.tracestate),
        ] {
            if let value { members.append((name, ExecRequest.text(value))) }
        }
        members.append(("task", ExecRequest.bytes(of: task, context)))
        return ExecRequest.object(members) + [0x0A]
    }

    static func cancel(id: String) -> [UInt8] { line("cancel", id) }

    static func health(id: String) -> [UInt8] { line("health", id) }

    private static func line(_ type: String, _ id: String) -> [UInt8] {
        ExecRequest.object([("type", ExecRequest.text(type)), ("id", ExecRequest.text(id))])
            + [0x0A]
    }
}
