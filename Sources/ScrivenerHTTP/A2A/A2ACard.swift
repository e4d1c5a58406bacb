// The card by which other agents find the pool, and what it can do: a skill for each capability of its agents.

import ScrivenerInterop
import ScrivenerModel
import ScrivenerShell

enum A2ACard {
    /// - Parameters:
    ///   - url: where messages go.
    ///   - needsToken: whether whoever sends them has to have a token.
    static func card(_ agents: [AgentRecord], url: String, needsToken: Bool) -> JSONValue {
        var members: [(key: String, value: JSONValue)] = [
            ("name", .string("Agent Scrivener")),
            (
                "description",
                .string(
                    "A pool of agents over many machines. A message is a question, a task for one of "
                        + "the skills, or a plan of tasks.")
            ),
            (
                "supportedInterfaces",
                .array([
                    .object([
                        ("url", .string(url)), ("protocolBinding", .string(A2AProtocol.binding)),
                        ("protocolVersion", .string(A2AProtocol.version)),
                    ])
                ])
            ),
            ("version", .string(SoftwareVersion.current)),
            (
                "capabilities",
                .object([("streaming", .bool(true)), ("pushNotifications", .bool(false))])
            ),
            ("defaultInputModes", modes), ("defaultOutputModes", modes),
            ("skills", .array(skills(agents))),
        ]
        if needsToken { members += security }
        return .object(members)
    }

    private static let modes = JSONValue.array([
        .string("text/plain"), .string("application/json"),
    ])

    private static let security: [(key: String, value: JSONValue)] = [
        (
            "securitySchemes",
            .object([
                (
                    "token",
                    .object([
                        (
                            "httpAuthSecurityScheme",
                            .object([
                                ("scheme", .string("Bearer")),
                                (
                                    "description",
                                    .string("An API token of the coordinator: scr_…")
                                ),
                            ])
                        )
                    ])
                )
            ])
        ),
        (
            "securityRequirements",
            .array([
                .object([
                    ("schemes", .object([("token", .object([("list", .array([]))]))]))
                ])
            ])
        ),
    ]

    /// In order of their names.
    private static func skills(_ agents: [AgentRecord]) -> [JSONValue] {
        var names: [String: [String]] = [:]
        for agent in agents {
            for capability in agent.capabilities {
                names[capability, default: []].append(agent.agent)
            }
        }
        return names.sorted { $0.key < $1.key }.map { capability, agents in
            .object([
                ("id", .string(capability)), ("name", .string(capability)),
                (
                    "description",
                    .string(
                        "Tasks of the type \(capability), done by \(agents.joined(separator: ", "))."
                    )
                ),
                ("tags", .array(agents.map(JSONValue.string))),
            ])
        }
    }
}
