// The pool as tools of a Model Context Protocol server: what they are called, what they take, and who may call
// them. `docs/agents/mcp.md` shows them at work.

import ScrivenerModel
import ScrivenerSecurity

/// A tool. In the order of the list.
enum MCPTool: String, CaseIterable, Sendable {
    case submit, status, results, explain, cancel

    /// The scope that a token must have.
    var scope: TokenScope {
        switch self {
        case .submit, .cancel: .submit
        case .status, .results, .explain: .read
        }
    }

    var fields: [String] { properties.map(\.key) }

    /// As `tools/list` has it.
    var definition: JSONValue {
        .object([
            ("name", .string(rawValue)), ("title", .string(title)),
            ("description", .string(description)),
            (
                "inputSchema",
                .object([
                    ("type", .string("object")), ("properties", .object(properties)),
                    ("required", .array(required.map(JSONValue.string))),
                    ("additionalProperties", .bool(false)),
                ])
            ),
            (
                "annotations",
                .object([
                    ("readOnlyHint", .bool(scope == .read)),
                    ("destructiveHint", .bool(self == .cancel)),
                    ("idempotentHint", .bool(self != .submit)),
                    ("openWorldHint", .bool(self == .submit)),
                ])
            ),
        ])
    }

    private var title: String {
        switch self {
        case .submit: "Submit a plan"
        case .status: "Look at a session or the pool"
        case .results: "Read the results of a session"
        case .explain: "Ask why a task is where it is"
        case .cancel: "Cancel a session"
        }
    }

    private var description: String {
        switch self {
        case .submit:
            """
            Submits a plan of tasks to the pool of agents and returns its session. A plan has `query` and \
            `tasks`; each task has `task_id`, `task_type` (a capability of the pool, which `status` lists) \
            or `assigned_agent`, and perhaps `parameters` and `dependencies`. With `wait_seconds` the answer \
            comes when the session has ended, or after that time. With an `idempotency_key` a repeated call \
            returns the session of the first.
            """
        case .status:
            """
            Without `session_id`: how the pool is, which agents it has, and what they can do. With it: where \
            that session is.
            """
        case .results:
            """
            What the tasks of a session came to, with findings and quality. With `wait_seconds` the answer \
            comes when the session has ended, or after that time.
            """
        case .explain:
            "Why a task is where it is, and what would move it."
        case .cancel:
            """
            Cancels a session. It is `cancelling` until every agent has been seen to stop, and then \
            `cancelled`.
            """
        }
    }

    private var required: [String] {
        switch self {
        case .submit: ["plan"]
        case .status: []
        case .results, .cancel: ["session_id"]
        case .explain: ["session_id", "task_id"]
        }
    }

    private var properties: [(key: String, value: JSONValue)] {
        switch self {
        case .submit:
            [
                ("plan", Self.property("object", "The plan.")),
                (
                    "idempotency_key",
                    Self.property("string", "1…255 visible ASCII characters, without spaces.")
                ),
                ("wait_seconds", Self.wait),
            ]
        case .status: [("session_id", Self.session)]
        case .results: [("session_id", Self.session), ("wait_seconds", Self.wait)]
        case .explain:
            [
                ("session_id", Self.session),
                ("task_id", Self.property("string", "The task's id in its plan.")),
            ]
        case .cancel: [("session_id", Self.session)]
        }
    }

    private static func property(_ type: String, _ description: String) -> JSONValue {
        .object([("type", .string(type)), ("description", .string(description))])
    }

    private static let session = property("string", "The id that `submit` returned.")

    private static let wait = JSONValue.object([
        ("type", .string("integer")), ("minimum", .integer(0)),
        ("maximum", .integer(Int64(maximumWaitSeconds))),
        ("description", .string("How long to wait for the session's end.")),
    ])
}
