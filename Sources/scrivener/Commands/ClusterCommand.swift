// `scrivener cluster …`: a coordinator and workers on this machine.

import ArgumentParser
import ScrivenerModel
import ScrivenerTopology

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

struct ClusterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster", abstract: "Run a coordinator and workers on this machine.",
        subcommands: [ClusterUpCommand.self, ClusterRunCommand.self])
}

struct ClusterUpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Start a cluster and keep it running.",
        discussion: """
            Prints `ready: URL` on stdout when the coordinator is ready and all workers are \
            registered. Ctrl-C or SIGTERM stops all of it; a second one kills it.
            """)

    @OptionGroup var options: ClusterOptions

    mutating func run() async throws {
        switch try await options.run(command: []) {
        case .stopped, .commandEnded: return
        case .failed(let reason): throw options.failure(reason)
        }
    }
}

struct ClusterRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a command with a cluster of its own.",
        usage: "scrivener cluster run [<options>] -- <command> ...",
        discussion: """
            Starts a cluster, runs the command with SCRIVENER_COORDINATOR set to its URL, stops \
            the cluster, and exits with the command's code: 127 when there is no such command, \
            128 and the signal's number when a signal ended it.
            """)

    @OptionGroup var options: ClusterOptions

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("The command and its arguments.", valueName: "command"))
    var command: [String] = []

    func validate() throws {
        guard command.first?.isEmpty == false else {
            throw ValidationError("There is no command after --.")
        }
    }

    mutating func run() async throws {
        switch try await options.run(command: command) {
        case .commandEnded(let ending): throw ExitCode(ending.code)
        case .stopped: throw ExitCode(ExitStatus.interrupted.rawValue)
        case .failed(let reason): throw options.failure(reason)
        }
    }
}

/// What a local cluster is to be like.
struct ClusterOptions: ParsableArguments {
    /// How often the start is repeated when a port that was chosen here has been taken since.
    static let maximumStarts = 3

    private typealias PortPair = (http: Int, zeroMQ: Int)

    private static let defaultWorkers = 2
    private static let defaultSlots = 4
    private static let defaultData = "scrivener-data"
    private static let defaultPorts: PortPair = (7411, 7412)

    @Option(
        help: ArgumentHelp(
            "A file that says what the cluster consists of; all its hosts are this machine.",
            valueName: "file"), completion: .file(extensions: PlanDocument.extensions))
    var topology: String?

    @Option(help: ArgumentHelp("How many workers (default: 2).", valueName: "count"))
    var workers: Int?

    @Option(
        help: ArgumentHelp("The documents that the workers search.", valueName: "directory"),
        completion: .directory)
    var corpus: String?

    @Option(
        help: ArgumentHelp(
            "Where the cluster keeps what must survive (default: the topology's, or "
                + "scrivener-data).", valueName: "directory"), completion: .directory)
    var data: String?

    @Option(
        help: ArgumentHelp(
            "The API's port; 0 is any free one (default: the topology's, or 7411).",
            valueName: "port"))
    var httpPort: Int?

    @Option(
        help: ArgumentHelp(
            "The workers' port; 0 is any free one (default: the topology's, or 7412).",
            valueName: "port"))
    var zmqPort: Int?

    @Option(
        help: ArgumentHelp(
            "How many tasks each agent of a worker executes at once (default: 4).",
            valueName: "count"))
    var slots: Int?

    @Option(
        help: ArgumentHelp(
            "Write the log of all processes to this file instead of stderr.", valueName: "file"),
        completion: .file())
    var logFile: String?

    func validate() throws {
        if topology != nil, workers != nil || slots != nil || corpus != nil {
            throw ValidationError(
                "--topology says what --workers, --slots and --corpus would: leave those out.")
        }
        guard (0...ClusterDescription.maximumWorkers).contains(workers ?? 0) else {
            throw ValidationError("--workers is 0…\(ClusterDescription.maximumWorkers).")
        }
        guard (1...1_024).contains(slots ?? 1) else {
            throw ValidationError("--slots is 1…1024.")
        }
        for (option, port) in [("--http-port", httpPort), ("--zmq-port", zmqPort)] {
            guard (0...65_535).contains(port ?? 0) else {
                throw ValidationError("\(option) is 0…65535.")
            }
        }
        if topology == nil { try checkPorts(wantedPorts(nil)) }
        guard data?.isEmpty != true else { throw ValidationError("--data is empty.") }
    }

    /// Runs a cluster, and with it a command if there is one.
    func run(command: [String]) async throws -> ClusterOutcome {
        let ownProgram = try Self.ownProgram()
        let directory = ownProgram.split(separator: "/", omittingEmptySubsequences: false)
            .dropLast().joined(separator: "/")
        try Self.checkPrograms(in: directory)
        try checkCorpus()
        let described = try topology.map { try Self.description(at: $0) }
        try AtomicFile.makeDirectory(dataDirectory(described))
        for attempt in 1... {
            let ports = try ports(described)
            let layout = layout(described, ports, directory: directory, command: command)
            let log = try ClusterLog(file: logFile, names: layout.processes.map(\.name))
            let stream: StandardStream = command.isEmpty ? .output : .error
            let outcome = await ClusterSupervisor(
                layout: layout, log: log, ownProgram: ownProgram,
                onReady: { stream.write("ready: \(layout.url)\n") }
            ).run()
            guard case .failed = outcome else { return outcome }
            guard attempt < Self.maximumStarts, hasLostPort(ports) else {
                StandardStream.error.write(log.lastLines)
                return outcome
            }
            log.writeOwn("a port that was free has been taken since; starting with others")
        }
        return .stopped
    }

    /// The error for a cluster that could not be kept up.
    func failure(_ reason: String) -> CommandFailure {
        CommandFailure(
            "the cluster has stopped: \(reason)",
            hint: "What the process concerned said is in the log"
                + (logFile.map { " \($0)." } ?? " above."))
    }

    // MARK: What the cluster consists of

    private static func description(at path: String) throws -> Topology {
        let topology = try TopologyDocument.read(path)
        let count = topology.pools.reduce(0) { $0 + $1.maximum }
        guard count <= ClusterDescription.maximumWorkers else {
            throw CommandFailure(
                "\(path): its pools may have \(count) workers; on one machine there are at most "
                    + "\(ClusterDescription.maximumWorkers)")
        }
        return topology
    }

    private func dataDirectory(_ described: Topology?) -> String {
        guard let described, let topology else { return data ?? Self.defaultData }
        return data ?? described.coordinator.data.under(TopologyFile.folder(of: topology))
    }

    private func wantedPorts(_ described: Topology?) -> PortPair {
        let coordinator = described?.coordinator
        return (
            httpPort ?? coordinator?.http.port ?? Self.defaultPorts.http,
            zmqPort ?? coordinator?.bind.port ?? Self.defaultPorts.zeroMQ
        )
    }

    private func checkPorts(_ wanted: PortPair) throws {
        guard wanted.http == 0 || wanted.http != wanted.zeroMQ else {
            throw ValidationError("--http-port and --zmq-port differ.")
        }
    }

    private func ports(_ described: Topology?) throws -> PortPair {
        let wanted = wantedPorts(described)
        try checkPorts(wanted)
        let ports = try Ports.resolve([
            ("--http-port", wanted.http), ("--zmq-port", wanted.zeroMQ),
        ])
        return (ports[0], ports[1])
    }

    private func layout(
        _ described: Topology?, _ ports: PortPair, directory: String,
        command: [String]
    ) -> ClusterLayout {
        guard let described, let topology else {
            let settings = ClusterSettings(
                workers: workers ?? Self.defaultWorkers, slots: slots ?? Self.defaultSlots,
                corpus: corpus, dataDirectory: dataDirectory(nil), httpPort: ports.http,
                zeroMQPort: ports.zeroMQ)
            return ClusterLayout(settings: settings, directory: directory, command: command)
        }
        return ClusterLayout(
            ClusterDescription(
                topology: described, path: topology, dataDirectory: dataDirectory(described),
                httpPort: ports.http, zeroMQPort: ports.zeroMQ),
            directory: directory, command: command)
    }

    /// Whether somebody else has a port that was free when it was chosen here.
    private func hasLostPort(_ ports: PortPair) -> Bool {
        (httpPort == 0 && Ports.isTaken(ports.http))
            || (zmqPort == 0 && Ports.isTaken(ports.zeroMQ))
    }

    private func checkCorpus() throws {
        guard let corpus else { return }
        guard access(corpus + "/.", R_OK | X_OK) == 0 else {
            throw CommandFailure(
                "--corpus \(corpus): \(SystemError.text(errno))",
                hint: "It is a directory of documents.")
        }
    }

    /// The file of this program.
    static func ownProgram() throws -> String {
        if let path = PortOwner.link("/proc/self/exe") { return path }
        guard let path = realpath(CommandLine.arguments.first ?? "", nil) else {
            throw CommandFailure("this program's own file cannot be found")
        }
        defer { free(path) }
        return String(cString: path)
    }

    static func checkPrograms(in directory: String) throws {
        for name in [ClusterLayout.coordinatorProgram, ClusterLayout.workerProgram] {
            let path = "\(directory)/\(name)"
            guard access(path, X_OK) != 0 else { continue }
            throw CommandFailure(
                "\(path): \(SystemError.text(errno))",
                hint: "\(name) has to be beside scrivener. "
                    + "To build all programs: swift build")
        }
    }
}
