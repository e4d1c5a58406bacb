// The options that a program's command line has, as the parser tells of them: one list for the command
// line, the environment and files, so that none of the three can lag behind.

import ArgumentParser
import ScrivenerModel

/// An option or a flag.
struct KnownOption: Sendable, Equatable {
    /// As on the command line, without its dashes.
    var name: String
    var isFlag: Bool
    /// Whether it may be given more than once.
    var isRepeating: Bool
    var defaultValue: String?

    /// As files write it.
    var key: String { name.replacing("-", with: "_") }

    /// - Parameter program: as in `SCRIVENER_WORKER_SLOTS`.
    func variable(of program: String) -> String {
        "SCRIVENER_\(program.uppercased())_\(key.uppercased())"
    }

    /// Those that say where the others come from, or are no settings.
    private static let others: Set<String> = ["config", "show-config", "help", "version"]

    static func all(of command: (some ParsableCommand).Type) -> [KnownOption] {
        let help = try? RawJSON(command._dumpHelp()).value()
        let arguments = help?["command"]?["arguments"]?.arrayValue ?? []
        return arguments.compactMap { argument in
            guard let name = argument["preferredName"]?["name"]?.stringValue,
                !others.contains(name)
            else { return nil }
            return KnownOption(
                name: name, isFlag: argument["kind"]?.stringValue == "flag",
                isRepeating: argument["isRepeating"] == .bool(true),
                defaultValue: argument["defaultValue"]?.stringValue)
        }
    }
}
