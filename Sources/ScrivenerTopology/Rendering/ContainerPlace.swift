// Where things are in containers, whoever runs them: the images of `docker/Dockerfile` and their user.

/// Paths, ports and the user of the containers.
enum ContainerPlace {
    /// Of both images; `docker/Dockerfile` makes it.
    static let user = 10_001
    /// The volume of the journal is mounted here; of a worker, memory.
    static let data = "/var/lib/scrivener"
    static let configuration = "/etc/scrivener"
    /// What a pool's worker joins with.
    static let credentials = "/run/scrivener"
    static let corpus = "/srv/corpus"
    static let cache = "/var/cache/scrivener"
    static let metricsPort = 7_413

    /// How long the coordinator is given to end.
    static let coordinatorGrace = 30
}

extension Topology {
    /// The coordinator's options in a container.
    func containedCoordinator(
        keys: String, allowedHosts: [String], topology: String
    ) -> [TopologyOption] {
        coordinatorOptions(
            CoordinatorPlace(
                bind: coordinator.bind, http: coordinator.http, data: ContainerPlace.data,
                keys: hasKeys ? keys : nil, topology: topology, allowedHosts: allowedHosts))
    }

    /// A worker's options in a container.
    ///
    /// - Parameter coordinator: what the container of the coordinator is called.
    func containedWorker(of pool: Pool, coordinator name: String) -> [TopologyOption] {
        let keys = WorkerKeys(
            coordinator: ContainerPlace.credentials + "/coordinator.public",
            poolToken: ContainerPlace.credentials + "/pool-token")
        return workerOptions(
            of: pool,
            WorkerPlace(
                coordinator: Endpoint(host: name, port: coordinator.bind.port).tcp,
                data: ContainerPlace.data, corpus: pool.corpus.map { _ in ContainerPlace.corpus },
                agentsFile: pool.agentsFile.map { "\(ContainerPlace.configuration)/\($0)" },
                keys: hasKeys ? keys : nil,
                metrics: Endpoint(host: "0.0.0.0", port: ContainerPlace.metricsPort),
                drainSeconds: pool.drainSeconds))
    }

    /// The files of agents of one's own.
    var programFiles: [String] {
        pools.compactMap(\.agentsFile).reduce(into: []) { names, name in
            if !names.contains(name) { names.append(name) }
        }
    }

    /// Whether its parties have keys.
    var hasKeys: Bool { if case .keys = security { true } else { false } }
}

extension Topology.Pool {
    /// How long a worker that is told to stop may take to finish what it runs, where somebody waits for it.
    var drainSeconds: Double {
        options.first { $0.key == "drain_seconds" }.flatMap { Double($0.values[0]) } ?? 60
    }

    /// How long it is given to end: programs have their grace after that.
    var graceSeconds: Int { Int(min(drainSeconds, 86_400)) + 30 }
}
