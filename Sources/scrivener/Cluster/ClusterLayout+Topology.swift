// A cluster that a file describes, as processes of this machine: all its hosts are this one, and nobody else
// reaches it, so it needs no keys.

import ScrivenerTopology

/// What a local cluster is to consist of, as a file says it. Ports are real ones, not 0.
struct ClusterDescription: Sendable, Equatable {
    /// How many workers there may be at most, all pools together.
    static let maximumWorkers = 256

    var topology: Topology
    /// The file.
    var path: String
    var dataDirectory: String
    var httpPort: Int
    var zeroMQPort: Int
}

extension ClusterLayout {
    /// - Parameters:
    ///   - directory: Where the programs are.
    ///   - command: A program and its arguments, or nothing.
    init(_ description: ClusterDescription, directory: String, command: [String] = []) {
        let topology = description.topology
        let folder = TopologyFile.folder(of: description.path)
        let bind = Topology.Endpoint(host: Self.host, port: description.zeroMQPort)
        let options = topology.coordinatorOptions(
            CoordinatorPlace(
                bind: bind, http: Topology.Endpoint(host: Self.host, port: description.httpPort),
                data: description.dataDirectory, topology: description.path))
        var processes = [
            ClusterProcess(
                role: .coordinator, name: "coordinator",
                program: "\(directory)/\(Self.coordinatorProgram)", arguments: options.arguments)
        ]
        var pools: [ClusterPool] = []
        for pool in topology.pools {
            let first = processes.count
            processes += (1...pool.maximum).map { number in
                let options = topology.workerOptions(
                    of: pool,
                    WorkerPlace(
                        coordinator: bind.tcp, id: String(number),
                        data: "\(description.dataDirectory)/workers/\(pool.name)-\(number)",
                        corpus: pool.corpus?.under(folder),
                        agentsFile: pool.agentsFile?.under(folder)))
                return ClusterProcess(
                    role: .worker, name: "\(pool.name)/\(number)",
                    program: "\(directory)/\(Self.workerProgram)", arguments: options.arguments,
                    isSpare: number > pool.replicas)
            }
            guard pool.isElastic else { continue }
            pools.append(ClusterPool(name: pool.name, members: first..<processes.count))
        }
        self.init(
            processes: processes + Self.processes(of: command), pools: pools,
            url: "http://\(Self.host):\(description.httpPort)", endpoint: bind.tcp)
    }
}
