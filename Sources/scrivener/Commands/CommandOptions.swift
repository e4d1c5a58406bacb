// Options that several commands share.

import ArgumentParser
import Foundation
import ScrivenerClient
import ScrivenerModel

/// Where the coordinator is, and how to print what it says.
struct CoordinatorOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The coordinator's URL (default: $\(CoordinatorAddress.environmentName), otherwise "
                + "\(CoordinatorAddress.fallback)).",
            valueName: "url"))
    var coordinator: String?

    @Option(
        help: ArgumentHelp(
            "The file of the API token (default: $\(ClientAccess.tokenVariable), otherwise "
                + "~/\(ClientAccess.usualTokenFile) where it is there).",
            valueName: "file"), completion: .file())
    var tokenFile: String?

    @Option(
        help: ArgumentHelp(
            "The certificates of the authorities that are trusted, for https (default: "
                + "$\(ClientAccess.authorityVariable), otherwise the system's).",
            valueName: "file"), completion: .file())
    var caCertificate: String?

    @Option(help: "The form of the data on stdout: table, json or jsonl.")
    var output: OutputFormat = .table

    func validate() throws {
        guard CoordinatorAddress(text) == nil else { return }
        let place =
            coordinator == nil ? "$\(CoordinatorAddress.environmentName)" : "--coordinator"
        throw ValidationError(
            "\(place) is not a URL such as \(CoordinatorAddress.fallback): "
                + TerminalText.cleaned(text))
    }

    var data: DataOutput { DataOutput(format: output) }

    /// Runs `body` with a connection.
    func withClient(_ body: (APIClient) async throws -> Void) async throws {
        guard let address else { return try validate() }
        try await APIClient.connected(to: address, access: access(to: address), body)
    }

    private func access(to address: CoordinatorAddress) throws -> ClientAccess {
        do throws(ScrivenerError) {
            return try ClientAccess.find(
                tokenFile: tokenFile, authorityFile: caCertificate, for: address,
                environment: ProcessInfo.processInfo.environment)
        } catch { throw CommandFailure(error) }
    }

    var address: CoordinatorAddress? { CoordinatorAddress(text) }

    private var text: String {
        coordinator ?? EnvironmentVariable.read(CoordinatorAddress.environmentName)
            ?? CoordinatorAddress.fallback
    }
}

/// For how long a command waits.
struct WaitOptions: ParsableArguments {
    /// A year: what is longer is a mistake, and would not fit a duration for long.
    static let maximumSeconds = 31_536_000.0

    @Option(
        help: ArgumentHelp(
            "Give up waiting after this time, and exit with 124. The session goes on.",
            valueName: "seconds"))
    var timeout: Double?

    @Option(
        help: ArgumentHelp(
            "Exit with 2 when no worker offers what the session's tasks require for this long.",
            valueName: "seconds"))
    var unplaceableAfter = 30.0

    func validate() throws {
        try Self.check(timeout, "--timeout")
        try Self.check(unplaceableAfter, "--unplaceable-after")
    }

    static func check(_ seconds: Double?, _ name: String) throws {
        guard let seconds else { return }
        guard seconds > 0, seconds <= maximumSeconds else {
            throw ValidationError("\(name) is more than 0 and at most \(Int(maximumSeconds)).")
        }
    }

    var limits: WatchMachine.Limits {
        .init(
            timeout: timeout.map { .seconds($0) }, unplaceableAfter: .seconds(unplaceableAfter))
    }
}

/// The key under which a request that opens a session is known.
struct IdempotencyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Submitting again with the same key opens no second session (default: a random one).",
            valueName: "key"))
    var idempotencyKey: String?

    func validate() throws {
        guard let key = idempotencyKey else { return }
        guard (1...255).contains(key.utf8.count),
            key.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw ValidationError("--idempotency-key is 1…255 visible ASCII characters.")
        }
    }
}

/// The identifier of a session, as an argument.
struct SessionArgument: ParsableArguments {
    @Argument(
        help: ArgumentHelp("The session's id.", valueName: "id"),
        completion: IDKind.sessions.completion)
    var session: String

    func validate() throws {
        guard !session.isEmpty else { throw ValidationError("A session's id is not empty.") }
    }
}
