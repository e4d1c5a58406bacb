// The options with which a cluster's programs are started: the one place that knows them, for local
// processes, containers and units alike. What differs between those is where things are.

import ScrivenerModel

/// Where things are for the coordinator's process.
package struct CoordinatorPlace: Sendable, Equatable {
    package var bind: Topology.Endpoint
    package var http: Topology.Endpoint
    package var data: String
    /// The folder of its keys; none where it needs none.
    package var keys: String?
    /// The description itself, for the pools in it.
    package var topology: String
    /// Names by which others reach it over HTTP.
    package var allowedHosts: [String]

    package init(
        bind: Topology.Endpoint, http: Topology.Endpoint, data: String, keys: String? = nil,
        topology: String, allowedHosts: [String] = []
    ) {
        self.bind = bind
        self.http = http
        self.data = data
        self.keys = keys
        self.topology = topology
        self.allowedHosts = allowedHosts
    }
}

/// Where things are for a worker's process.
package struct WorkerPlace: Sendable, Equatable {
    /// Where the coordinator listens for workers.
    package var coordinator: String
    /// Its name within the pool; made by itself when absent.
    package var id: String?
    package var data: String?
    package var corpus: String?
    package var agentsFile: String?
    /// The files with which it joins the pool.
    package var keys: WorkerKeys?
    /// Where it serves metrics, if it does.
    package var metrics: Topology.Endpoint?
    /// How long it may take to finish what it runs; the program's own choice when absent.
    package var drainSeconds: Double?

    package init(
        coordinator: String, id: String? = nil, data: String? = nil, corpus: String? = nil,
        agentsFile: String? = nil, keys: WorkerKeys? = nil, metrics: Topology.Endpoint? = nil,
        drainSeconds: Double? = nil
    ) {
        self.coordinator = coordinator
        self.id = id
        self.data = data
        self.corpus = corpus
        self.agentsFile = agentsFile
        self.keys = keys
        self.metrics = metrics
        self.drainSeconds = drainSeconds
    }
}

/// The files with which a replica joins a pool.
package struct WorkerKeys: Sendable, Equatable {
    package var coordinator: String
    package var poolToken: String

    package init(coordinator: String, poolToken: String) {
        self.coordinator = coordinator
        self.poolToken = poolToken
    }
}

extension Topology {
    package static let coordinatorProgram = "scrivener-coordinator"
    package static let workerProgram = "scrivener-worker"

    /// The options of `scrivener-coordinator`.
    package func coordinatorOptions(_ place: CoordinatorPlace) -> [TopologyOption] {
        let isReachable = !(place.bind.isLoopback && place.http.isLoopback)
        var options = [
            TopologyOption("data", place.data), TopologyOption("bind", place.bind.tcp),
            TopologyOption("http_host", place.http.host),
            TopologyOption("http_port", String(place.http.port)),
            TopologyOption("topology", place.topology),
        ]
        if let keys = place.keys { options.append(TopologyOption("keys", keys)) }
        if security == .insecure, isReachable {
            options.append(TopologyOption("insecure", .flag, ["true"]))
        }
        guard !place.allowedHosts.isEmpty else { return options + coordinator.options }
        let own = coordinator.options.first { $0.key == "allowed_host" }?.values ?? []
        let hosts = own + place.allowedHosts.filter { !own.contains($0) }
        return options + coordinator.options.filter { $0.key != "allowed_host" }
            + [TopologyOption("allowed_host", .repeating, hosts)]
    }

    /// The options of `scrivener-worker`, for a replica of the pool.
    package func workerOptions(of pool: Pool, _ place: WorkerPlace) -> [TopologyOption] {
        var options = [
            TopologyOption("coordinator", place.coordinator), TopologyOption("pool", pool.name),
        ]
        for (key, value) in [
            ("id", place.id), ("data", place.data),
            ("coordinator_key", place.keys?.coordinator), ("pool_token", place.keys?.poolToken),
            ("agents", pool.agents?.joined(separator: ",")), ("corpus", place.corpus),
            ("agents_file", place.agentsFile), ("slots", String(pool.slots)),
            ("metrics_host", place.metrics?.host),
            ("metrics_port", place.metrics.map { String($0.port) }),
        ] {
            if let value { options.append(TopologyOption(key, value)) }
        }
        for (key, values) in [
            ("tag", pool.tags), ("resource", pool.resources.map { "\($0.name)=\($0.amount)" }),
        ] where !values.isEmpty {
            options.append(TopologyOption(key, .repeating, values))
        }
        guard let seconds = place.drainSeconds else { return options + pool.options }
        return options + pool.options.filter { $0.key != "drain_seconds" }
            + [TopologyOption("drain_seconds", .number, [seconds.plain])]
    }
}

extension [TopologyOption] {
    /// As a command line has them.
    package var arguments: [String] { flatMap(\.arguments) }
}
