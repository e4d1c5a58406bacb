// `scrivener-coordinator`: reads its options and runs.

import ArgumentParser
import Logging
import ScrivenerCoordinator
import ScrivenerCore
import ScrivenerHTTP
import ScrivenerModel
import ScrivenerShell
import ScrivenerStore

@main
struct ScrivenerCoordinatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scrivener-coordinator",
        abstract: "Holds research sessions and dispatches their tasks to workers.",
        version: SoftwareVersion.current)

    @Option(help: "The folder of the journal; made when it is not there.")
    var data: String

    @Option(help: "Where workers connect.")
    var bind = "tcp://127.0.0.1:7412"

    @Option(help: "The address that HTTP listens on.")
    var httpHost = "127.0.0.1"

    @Option(help: "The port that HTTP listens on; 0 picks a free one.")
    var httpPort = 7411

    @Option(
        help: "What an acknowledged commit survives: full, normal or in_memory.",
        transform: Self.durability)
    var durability = Durability.full

    @Flag(help: "Refuse plans for agents outside the catalogue.")
    var strictAgents = false

    @Option(help: "The agents and capabilities that plans may ask for, separated by commas.")
    var catalogue: String?

    @Option(help: "Seconds that a worker may be silent before its tasks are given to others.")
    var leaseSeconds = 5.0

    @Flag(help: "Bind beyond loopback, open to everybody who can reach it.")
    var insecure = false

    @Option(
        help: "trace, debug, info, notice, warning, error or critical.",
        transform: LogSetup.level)
    var logLevel: Logger.Level = .info

    func validate() throws {
        guard strictAgents == (catalogue != nil) else {
            throw ValidationError("--strict-agents and --catalogue go together")
        }
        guard (1...3_600).contains(leaseSeconds) else {
            throw ValidationError("--lease-seconds must be 1…3600, not \(leaseSeconds)")
        }
        guard (0...65_535).contains(httpPort) else {
            throw ValidationError("--http-port must be 0…65535, not \(httpPort)")
        }
    }

    func run() async throws {
        let logger = LogSetup.bootstrap(label: "coordinator", level: logLevel)
        let service = CoordinatorService(
            settings: settings, isInsecureAllowed: insecure, logger: logger)
        do {
            try await Program.run(service, patience: .seconds(8), logger: logger)
        } catch {
            throw ExitCode(Program.exitCode(for: error, logger: logger))
        }
    }

    private static func durability(_ word: String) throws -> Durability {
        guard let durability = Durability(rawValue: word) else {
            let words = Durability.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--durability must be one of \(words), not \(word)")
        }
        return durability
    }

    private var settings: CoordinatorSettings {
        var settings = CoordinatorSettings(dataDirectory: data, bind: bind)
        settings.http.host = httpHost
        settings.http.port = httpPort
        settings.durability = durability
        settings.core.lease = .seconds(leaseSeconds)
        settings.catalogue = catalogue.map { names in
            AgentCatalogue(names: Set(names.split(separator: ",").map(String.init)))
        }
        return settings
    }
}
