// `scrivener doctor`: is everything in order, on this host and between it and the coordinator?

import ArgumentParser
import FoundationEssentials
import ScrivenerClient
import ScrivenerModel

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check this host, and the coordinator from here.",
        discussion: """
            Each check ends as ok, warn or fail, with what to do. Exits with 1 when one has failed.
            """)

    @Flag(help: "Check this host only: before the first start of a coordinator.")
    var local = false

    @Option(
        help: ArgumentHelp("The coordinator's data directory.", valueName: "directory"),
        completion: .directory)
    var data = "scrivener-data"

    @Option(help: ArgumentHelp("The API's port on this host.", valueName: "port"))
    var httpPort = 7411

    @Option(help: ArgumentHelp("The workers' port on this host.", valueName: "port"))
    var zmqPort = 7412

    @OptionGroup var options: CoordinatorOptions

    func validate() throws {
        for (option, port) in [("--http-port", httpPort), ("--zmq-port", zmqPort)] {
            guard (1...65_535).contains(port) else {
                throw ValidationError("\(option) is 1…65535.")
            }
        }
        guard !data.isEmpty else { throw ValidationError("--data is empty.") }
    }

    mutating func run() async throws {
        var checks: [HealthCheck] = []
        if !local {
            try await options.withClient { client in
                checks += await CoordinatorChecks(client: client).run()
            }
        }
        let isThere = checks.first.map { $0.verdict == .ok } ?? false
        let ports = [("--http-port", httpPort), ("--zmq-port", zmqPort)]
        checks += HostChecks(folder: data, ports: ports.map { (option: $0.0, port: $0.1) })
            .run(coordinatorIsHere: isThere && isDefaultAddress)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let document = Array(try encoder.encode(["checks": checks]))
        try options.data.write(document: document, request: "doctor") {
            Tables.checks(checks, columns: options.data.columns)
        }
        guard !checks.contains(where: { $0.verdict == .fail }) else {
            throw ExitCode(ExitStatus.error.rawValue)
        }
    }

    /// Whether the coordinator that was asked is one of this host, on the port that is checked.
    private var isDefaultAddress: Bool {
        ["127.0.0.1", "localhost", "[::1]"].contains { host in
            options.address?.base == "http://\(host):\(httpPort)"
        }
    }
}

extension Tables {
    static func checks(_ checks: [HealthCheck], columns: Int?) -> String {
        var table = TableRenderer(columns: [
            .init(title: "CHECK"), .init(title: "RESULT"), .init(title: "FOUND", isFlexible: true),
            .init(title: "WHAT TO DO", isFlexible: true),
        ])
        for check in checks {
            table.add([check.name, check.verdict.rawValue, check.found, check.advice ?? ""])
        }
        return table.rendered(width: columns)
    }
}
