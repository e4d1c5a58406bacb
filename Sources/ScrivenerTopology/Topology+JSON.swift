// A description as a document: as it was read, with all that it left to be understood. Read again, it is the
// same.

package import ScrivenerModel

extension Topology {
    /// The description, in the words of the file.
    package var document: JSONValue {
        var members: [(key: String, value: JSONValue)] = [
            ("name", .string(name)), ("coordinator", coordinator.document),
            ("pools", .object(pools.map { ($0.name, $0.document) })),
        ]
        if !hosts.isEmpty {
            members.append(
                (
                    "hosts",
                    .object(hosts.map { ($0.name, .object([("address", .string($0.address))])) })
                ))
        }
        switch security {
        case .loopback: break
        case .keys(let folder): members.append(("security", .object([("keys", .string(folder))])))
        case .insecure: members.append(("security", .object([("insecure", .bool(true))])))
        }
        return .object(members)
    }

    /// What runs on which host, with the arguments of each program; empty where no hosts are described.
    ///
    /// - Parameter path: where the description itself is, on the coordinator's host.
    package func processes(describedBy path: String) -> JSONValue {
        guard !hosts.isEmpty else { return .array([]) }
        let folder = TopologyFile.folder(of: path)
        let keys: String? = if case .keys(let keys) = security { keys.under(folder) } else { nil }
        let options = coordinatorOptions(
            CoordinatorPlace(
                bind: coordinator.bind, http: coordinator.http,
                data: coordinator.data.under(folder),
                keys: keys, topology: path, allowedHosts: reachableNames))
        let workers = placedReplicas.map { replica in
            let options = workerOptions(
                of: replica.pool,
                WorkerPlace(
                    coordinator: reachableEndpoint, id: replica.id,
                    data:
                        "\(coordinator.data.under(folder))/workers/\(replica.pool.name)-\(replica.id)",
                    corpus: replica.pool.corpus?.under(folder),
                    agentsFile: replica.pool.agentsFile?.under(folder),
                    keys: keys.map { WorkerKeys(folder: $0, pool: replica.pool.name) }))
            return Self.process(
                replica.host, "\(replica.pool.name)/\(replica.id)", Self.workerProgram, options)
        }
        return .array(
            [
                Self.process(
                    coordinator.host ?? hosts[0].name, "coordinator", Self.coordinatorProgram,
                    options)
            ] + workers)
    }

    private static func process(
        _ host: String, _ name: String, _ program: String, _ options: [TopologyOption]
    ) -> JSONValue {
        .object([
            ("host", .string(host)), ("name", .string(name)), ("program", .string(program)),
            ("arguments", .array(options.arguments.map(JSONValue.string))),
        ])
    }
}

extension WorkerKeys {
    /// Where `scrivener keys` is asked to put them, unless it is told otherwise.
    package init(folder: String, pool: String) {
        self.init(
            coordinator: "\(folder)/coordinator.public", poolToken: "\(folder)/\(pool).token")
    }
}

extension Topology.Coordinator {
    fileprivate var document: JSONValue {
        var members: [(key: String, value: JSONValue)] = []
        if let host { members.append(("host", .string(host))) }
        members += [
            ("bind", .string(bind.tcp)),
            (
                "http",
                .object([("host", .string(http.host)), ("port", .integer(Int64(http.port)))])
            ), ("data", .string(data)),
        ]
        if !options.isEmpty { members.append(("options", options.document)) }
        return .object(members)
    }
}

extension Topology.Pool {
    fileprivate var document: JSONValue {
        var members: [(key: String, value: JSONValue)] = []
        func add(_ key: String, _ value: JSONValue?) {
            if let value { members.append((key, value)) }
        }
        func add(_ key: String, _ texts: [String]) {
            if !texts.isEmpty { add(key, .array(texts.map(JSONValue.string))) }
        }
        add("agents", agents.map { .array($0.map(JSONValue.string)) })
        add("agents_file", agentsFile.map(JSONValue.string))
        add("corpus", corpus.map(JSONValue.string))
        for (key, number) in [
            ("slots", slots), ("replicas", replicas), ("min", minimum), ("max", maximum),
        ] {
            add(key, .integer(Int64(number)))
        }
        add("target_queue_wait", .string("\(targetQueueWait.seconds.plain)s"))
        add("start_time", .string("\(startTime.seconds.plain)s"))
        add("tags", tags)
        if !resources.isEmpty {
            add("resources", .object(resources.map { ($0.name, .integer($0.amount)) }))
        }
        add("hosts", hosts)
        if !options.isEmpty { add("options", options.document) }
        return .object(members)
    }
}

extension [TopologyOption] {
    fileprivate var document: JSONValue {
        .object(
            map { option in
                let text = option.values.first ?? ""
                return switch option.kind {
                case .flag: (option.key, .bool(text == "true"))
                case .number:
                    (option.key, Int64(text).map(JSONValue.integer) ?? .number(Double(text) ?? 0))
                case .text: (option.key, .string(text))
                case .repeating: (option.key, .array(option.values.map(JSONValue.string)))
                }
            })
    }
}
