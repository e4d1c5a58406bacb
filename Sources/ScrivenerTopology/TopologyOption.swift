// The options of the programs that a description may pass on. The programs have the last word on what a
// value may be; that an option is there, and of which kind it is, is known here without them. A test holds
// the lists against what the programs say of themselves, and against the schema.

/// An option of a program, and what it is set to.
package struct TopologyOption: Sendable, Equatable {
    /// As files have it: `lease_seconds`.
    package var key: String
    /// Several where it may be given often. Of a flag, `true` or `false`.
    package var values: [String]
    package var kind: TopologyOptionList.Kind

    init(_ key: String, _ kind: TopologyOptionList.Kind, _ values: [String]) {
        self.key = key
        self.kind = kind
        self.values = values
    }

    init(_ key: String, _ value: String) { self.init(key, .text, [value]) }

    /// As the command line has it.
    var arguments: [String] {
        let name = "--" + key.replacing("_", with: "-")
        if kind == .flag { return values == ["true"] ? [name] : [] }
        // With a sign between them a value may begin with a dash; an empty one would not be seen after it.
        return values.flatMap { $0.isEmpty ? [name, ""] : ["\(name)=\($0)"] }
    }
}

/// What options a program has beside those that the description itself sets.
package struct TopologyOptionList: Sendable {
    package enum Kind: String, Sendable, Equatable {
        case flag, number, text
        /// A list of texts, or a table of numbers.
        case repeating
    }

    package let kinds: [(key: String, kind: Kind)]
    /// Options that follow from other fields, and from which.
    let others: [String: String]

    package var keys: [String] { kinds.map(\.key) }
    /// Those that the description sets itself.
    package var ownKeys: [String] { others.keys.sorted() }

    func kind(of key: String) -> Kind? { kinds.first { $0.key == key }?.kind }

    package static let coordinator = TopologyOptionList(
        kinds: [
            ("agent_limit", .repeating), ("allowed_host", .repeating), ("catalogue", .text),
            ("durability", .text), ("hedging_percent", .number), ("keep_sessions", .text),
            ("keep_sessions_count", .number), ("lease_seconds", .number), ("log_level", .text),
            ("max_connections", .number), ("max_inbox", .number), ("max_message_bytes", .number),
            ("max_metric_series", .number), ("max_open_sessions", .number),
            ("max_plan_bytes", .number), ("max_plan_bytes_in_flight", .number),
            ("max_plan_tasks", .number), ("max_result_bytes", .number),
            ("max_running_tasks", .number), ("ordering", .text), ("placement", .text),
            ("poison_deaths", .number), ("room_patience_seconds", .number),
            ("strict_agents", .flag), ("tls_certificate", .text), ("tls_key", .text),
            ("trace_endpoint", .text), ("trace_ratio", .number), ("type_weight", .repeating),
            ("webhooks", .text),
        ],
        others: [
            "bind": "coordinator.bind", "data": "coordinator.data",
            "enrol_bind": "coordinator.bind: it is the port after that one",
            "http_host": "coordinator.http.host", "http_port": "coordinator.http.port",
            "insecure": "security.insecure", "keys": "security.keys",
            "rotation_bind": "coordinator.bind: it is the second port after that one",
            "topology": "this file",
        ])

    package static let worker = TopologyOptionList(
        kinds: [
            ("drain_seconds", .number), ("echo_failure_percent", .number),
            ("echo_slowdown", .number),
            ("health_check_seconds", .number), ("log_level", .text),
            ("max_message_bytes", .number), ("max_metric_series", .number),
            ("orphan_grace_seconds", .number), ("search_file", .text),
            ("trace_endpoint", .text), ("trace_ratio", .number),
        ],
        others: [
            "agents": "agents of the pool", "coordinator": "coordinator.bind and its host",
            "coordinator_key": "security.keys", "corpus": "corpus of the pool",
            "data": "coordinator.data",
            "enrol": "coordinator.bind: it is the port after that one",
            "agents_file": "agents_file of the pool",
            "id": "the pool's name and the replica", "key": "security.keys",
            "metrics_host": "where it runs", "metrics_port": "where it runs",
            "pool": "the pool's name", "pool_token": "security.keys",
            "resource": "resources of the pool", "slots": "slots of the pool",
            "tag": "tags of the pool",
        ])
}
