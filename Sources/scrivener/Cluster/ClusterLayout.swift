// The processes of a local cluster and their command lines.

import ScrivenerTopology

/// What a local cluster is to consist of. Ports are real ones, not 0.
struct ClusterSettings: Sendable, Equatable {
    var workers: Int
    /// How many tasks each agent of a worker executes at once.
    var slots: Int
    /// The directory of documents that workers search, where there is one.
    var corpus: String?
    var dataDirectory: String
    var httpPort: Int
    var zeroMQPort: Int
}

/// One process of a cluster.
struct ClusterProcess: Sendable, Equatable {
    enum Role: Sendable {
        case coordinator, worker
        /// What `cluster run` runs.
        case command
    }

    var role: Role
    /// What its lines in the log begin with; for a worker, its id.
    var name: String
    /// A path, or for a command a name that is looked up in `PATH`.
    var program: String
    var arguments: [String]
    /// Whether it is not there from the start, but when its pool needs one more.
    var isSpare = false
}

/// A pool whose number of workers may change.
struct ClusterPool: Sendable, Equatable {
    var name: String
    /// Its workers, as many as there may be, by their places among the processes.
    var members: Range<Int>
}

/// The processes that make up a cluster.
struct ClusterLayout: Sendable, Equatable {
    static let host = "127.0.0.1"
    static let coordinatorProgram = Topology.coordinatorProgram
    static let workerProgram = Topology.workerProgram

    /// The coordinator first, then the workers, then the command if there is one.
    let processes: [ClusterProcess]
    let pools: [ClusterPool]
    /// Where the coordinator's API will be, and where workers connect.
    let url: String
    let endpoint: String

    /// - Parameters:
    ///   - directory: Where the programs are.
    ///   - command: A program and its arguments, or nothing.
    init(settings: ClusterSettings, directory: String, command: [String] = []) {
        endpoint = "tcp://\(Self.host):\(settings.zeroMQPort)"
        let coordinator = ClusterProcess(
            role: .coordinator, name: "coordinator",
            program: "\(directory)/\(Self.coordinatorProgram)",
            arguments: [
                "--data", settings.dataDirectory, "--http-host", Self.host,
                "--http-port", String(settings.httpPort), "--bind", endpoint,
            ])
        let workers = (0..<settings.workers).map { [endpoint] index in
            let name = "w\(index + 1)"
            return ClusterProcess(
                role: .worker, name: name, program: "\(directory)/\(Self.workerProgram)",
                arguments: [
                    "--coordinator", endpoint, "--id", name,
                    "--data", "\(settings.dataDirectory)/workers/\(name)",
                    "--slots", String(settings.slots),
                ] + (settings.corpus.map { ["--corpus", $0] } ?? []))
        }
        processes = [coordinator] + workers + Self.processes(of: command)
        pools = []
        url = "http://\(Self.host):\(settings.httpPort)"
    }

    init(processes: [ClusterProcess], pools: [ClusterPool], url: String, endpoint: String) {
        self.processes = processes
        self.pools = pools
        self.url = url
        self.endpoint = endpoint
    }

    static func processes(of command: [String]) -> [ClusterProcess] {
        guard let program = command.first else { return [] }
        return [
            ClusterProcess(
                role: .command, name: "command", program: program,
                arguments: Array(command.dropFirst()))
        ]
    }
}
