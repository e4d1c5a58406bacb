// `scrivener cluster …`: a coordinator and workers on this machine.

import ArgumentParser
import ScrivenerModel

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

    @Option(help: ArgumentHelp("How many workers.", valueName: "count"))
    var workers = 2

    @Option(
        help: ArgumentHelp("The documents that the workers search.", valueName: "directory"),
        completion: .directory)
    var corpus: String?

    @Option(
        help: ArgumentHelp("Where the cluster keeps what must survive.", valueName: "directory"),
        completion: .directory)
    var data = "scrivener-data"

    @Option(help: ArgumentHelp("The API's port; 0 is any free one.", valueName: "port"))
    var httpPort = 7411

    @Option(help: ArgumentHelp("The workers' port; 0 is any free one.", valueName: "port"))
    var zmqPort = 7412

    @Option(
        help: ArgumentHelp(
            "How many tasks each agent of a worker executes at once.", valueName: "count"))
    var slots = 4

    @Option(
        help: ArgumentHelp(
            "Write the log of all processes to this file instead of stderr.", valueName: "file"),
        completion: .file())
    var logFile: String?

    func validate() throws {
        guard (0...256).contains(workers) else { throw ValidationError("--workers is 0…256.") }
        guard (1...1_024).contains(slots) else { throw ValidationError("--slots is 1…1024.") }
        for (option, port) in [("--http-port", httpPort), ("--zmq-port", zmqPort)] {
            guard (0...65_535).contains(port) else {
                throw ValidationError("\(option) is 0…65535.")
            }
        }
        guard httpPort == 0 || httpPort != zmqPort else {
            throw ValidationError("--http-port and --zmq-port differ.")
        }
        guard !data.isEmpty else { throw ValidationError("--data is empty.") }
    }

    /// Runs a cluster, and with it a command if there is one.
    func run(command: [String]) async throws -> ClusterOutcome {
        let ownProgram = try Self.ownProgram()
        let directory = ownProgram.split(separator: "/", omittingEmptySubsequences: false)
            .dropLast().joined(separator: "/")
        try Self.checkPrograms(in: directory)
        try checkCorpus()
        try AtomicFile.makeDirectory(data)
        for attempt in 1... {
            let settings = try settings()
            let layout = ClusterLayout(
                settings: settings, directory: directory, command: command)
            let log = try ClusterLog(file: logFile, names: layout.processes.map(\.name))
            let stream: StandardStream = command.isEmpty ? .output : .error
            let outcome = await ClusterSupervisor(
                layout: layout, log: log, ownProgram: ownProgram,
                onReady: { stream.write("ready: \(layout.url)\n") }
            ).run()
            guard case .failed = outcome else { return outcome }
            guard attempt < Self.maximumStarts, hasLostPort(settings) else {
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

    private func settings() throws -> ClusterSettings {
        let ports = try Ports.resolve([("--http-port", httpPort), ("--zmq-port", zmqPort)])
        return ClusterSettings(
            workers: workers, slots: slots, corpus: corpus, dataDirectory: data,
            httpPort: ports[0], zeroMQPort: ports[1])
    }

    /// Whether somebody else has a port that was free when it was chosen here.
    private func hasLostPort(_ settings: ClusterSettings) -> Bool {
        (httpPort == 0 && Ports.isTaken(settings.httpPort))
            || (zmqPort == 0 && Ports.isTaken(settings.zeroMQPort))
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
