// A program's options from four places: the command line before the environment, that before a file, and
// that before the defaults. What the lower places say is handed to the parser as if it had been typed, so
// that one parser checks all of it.

package import ArgumentParser
package import ScrivenerModel

/// What the options come to, and where each comes from.
package struct LayeredOptions: Sendable, Equatable {
    package enum Origin: String, Sendable, Codable {
        case flag, environment, file
        case byDefault = "default"
    }

    /// One option, and what it is.
    package struct Setting: Sendable, Equatable, Codable {
        package var option: String
        /// Several where it may be given often; none where it is not set.
        package var values: [String]
        package var origin: Origin
        /// The variable or the file; absent where there is none.
        package var place: String?
    }

    /// For the parser.
    package private(set) var arguments: [String]
    package private(set) var settings: [Setting] = []

    /// Whether the parser gets something that was not typed.
    package var hasLowerLayers: Bool {
        settings.contains { $0.origin == .environment || $0.origin == .file }
    }

    /// - Parameters:
    ///   - program: as in `SCRIVENER_WORKER_SLOTS`.
    ///   - readFile: the bytes of the file that `--config` or the variable names.
    /// - Throws: `configuration_invalid` with all mistakes of environment and file.
    package init(
        of command: (some ParsableCommand).Type, program: String, arguments: [String],
        environment: [String: String],
        readFile: (String) throws(ScrivenerError) -> [UInt8]
    ) throws(ScrivenerError) {
        self.arguments = arguments
        let known = KnownOption.all(of: command)
        var mistakes: [Mistake] = []
        let path =
            Self.typed("config", in: arguments).last
            ?? environment["SCRIVENER_\(program.uppercased())_CONFIG"].flatMap {
                $0.isEmpty ? nil : $0
            }
        var file = OptionFile()
        if let path {
            do throws(ScrivenerError) {
                file = try OptionFile(try readFile(path), known: known)
            } catch {
                mistakes += error.mistakes.map { mistake in
                    var placed = mistake
                    placed.path = path + mistake.path
                    return placed
                }
            }
        }
        for option in known {
            let variable = option.variable(of: program)
            if Self.isTyped(option.name, in: arguments) {
                add(option, Self.typed(option.name, in: arguments), .flag, at: nil)
            } else if let text = environment[variable], !text.isEmpty {
                do throws(ScrivenerError) {
                    add(
                        option, try Self.values(of: option, text, variable), .environment,
                        at: variable)
                } catch { mistakes += error.mistakes }
            } else if let values = file.values[option.name] {
                add(option, values, .file, at: path)
            } else {
                add(option, option.defaultValue.map { [$0] } ?? [], .byDefault, at: nil)
            }
        }
        guard mistakes.isEmpty else {
            throw ScrivenerError(
                .configurationInvalid, "the configuration is not valid", mistakes: mistakes)
        }
    }

    private mutating func add(
        _ option: KnownOption, _ values: [String], _ origin: Origin, at place: String?
    ) {
        let shown = option.isFlag && values.isEmpty ? ["\(origin == .flag)"] : values
        settings.append(
            Setting(option: option.name, values: shown, origin: origin, place: place))
        guard origin == .environment || origin == .file else { return }
        if option.isFlag {
            if values == ["true"] { arguments.append("--\(option.name)") }
        } else {
            // With a sign between them a value may begin with a dash; an empty one would not be seen after it.
            arguments += values.flatMap {
                $0.isEmpty ? ["--\(option.name)", ""] : ["--\(option.name)=\($0)"]
            }
        }
    }

    private static func isTyped(_ name: String, in arguments: [String]) -> Bool {
        arguments.contains { $0 == "--\(name)" || $0.hasPrefix("--\(name)=") }
    }

    /// What was typed for an option; nothing for a flag.
    private static func typed(_ name: String, in arguments: [String]) -> [String] {
        arguments.indices.compactMap { index in
            let argument = arguments[index]
            if argument.hasPrefix("--\(name)=") {
                return String(argument.dropFirst(name.count + 3))
            }
            guard argument == "--\(name)", index + 1 < arguments.count,
                !arguments[index + 1].hasPrefix("--")
            else { return nil }
            return arguments[index + 1]
        }
    }

    private static func values(
        of option: KnownOption, _ text: String, _ variable: String
    ) throws(ScrivenerError) -> [String] {
        if option.isFlag {
            guard let flag = OptionFile.flags[text.lowercased()] else {
                throw ScrivenerError(
                    .configurationInvalid, variable,
                    mistakes: [
                        Mistake(
                            .configurationInvalid, at: variable, "is neither true nor false",
                            limit: "true, false", actual: String(text.prefix(64)))
                    ])
            }
            return ["\(flag)"]
        }
        return option.isRepeating
            ? text.split(separator: ",").map { String($0) } : [text]
    }
}
