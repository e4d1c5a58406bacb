// How the programs start: their options from all places, or a table of these where that is what was asked
// for.

package import ArgumentParser
import Foundation
import ScrivenerModel

/// The options that say where the others come from.
package struct LayerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A YAML or JSON file of options, which the environment and the command line go before.",
            valueName: "file"))
    package var config: String?

    @Flag(help: "Print all options, and where each comes from, as JSON; run nothing.")
    package var showConfig = false

    package init() {}
}

package enum LayeredProgram {
    /// `EX_CONFIG` of sysexits.h.
    private static let configurationExitCode: Int32 = 78

    /// Runs the command, and ends the process with its code where it fails.
    ///
    /// - Parameter program: as in `SCRIVENER_WORKER_SLOTS`.
    package static func main<Command: AsyncParsableCommand>(
        _ command: Command.Type, program: String
    ) async {
        let layers: LayeredOptions
        do throws(ScrivenerError) {
            layers = try LayeredOptions(
                of: command, program: program, arguments: Array(CommandLine.arguments.dropFirst()),
                environment: ProcessInfo.processInfo.environment, readFile: contents)
        } catch {
            write("\(error)")
            exit(configurationExitCode)
        }
        do {
            if CommandLine.arguments.contains("--show-config") { try print(layers.settings) }
            var parsed = try command.parseAsRoot(layers.arguments)
            guard !CommandLine.arguments.contains("--show-config") else { return }
            if var asynchronous = parsed as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try parsed.run()
            }
        } catch {
            let isUsage = command.exitCode(for: error) == .validationFailure
            guard isUsage, layers.hasLowerLayers else { command.exit(withError: error) }
            write(command.message(for: error))
            for setting in layers.settings {
                guard let place = setting.place else { continue }
                write(
                    "--\(setting.option) is \(setting.values.joined(separator: ", ")) in \(place)")
            }
            exit(configurationExitCode)
        }
    }

    private static func contents(of path: String) throws(ScrivenerError) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ScrivenerError(
                .configurationInvalid, "\(path) cannot be read",
                mistakes: [Mistake(.configurationInvalid, at: "", "the file cannot be read")])
        }
        return Array(data)
    }

    private static func print(_ settings: [LayeredOptions.Setting]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let document = try encoder.encode(["options": settings]) + Data([0x0A])
        try FileHandle.standardOutput.write(contentsOf: document)
    }

    private static func write(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}
