// What the fields of a program's description have to be.

import Foundation
import ScrivenerModel

/// Reads descriptions and gathers what is wrong with them.
struct ExecAgentReader {
    static let maximumAgents = 64
    static let outputBytes = Int64(1)...(64 << 20)
    static let graceSeconds = 0.0...3_600.0

    private(set) var mistakes: [Mistake] = []

    mutating func agents(in document: JSONValue) -> [ExecAgentSettings] {
        guard let root = fields(of: document, at: "", ["agents"]) else { return [] }
        guard let agents = root["agents"]?.arrayValue, !agents.isEmpty,
            agents.count <= Self.maximumAgents
        else {
            mistake("/agents", "must be a list of agents", limit: "1…\(Self.maximumAgents)")
            return []
        }
        var names: Set<String> = []
        return agents.enumerated().compactMap { index, agent in
            let settings = settings(in: agent, at: "/agents/\(index)")
            if let settings, !settings.name.isEmpty, !names.insert(settings.name).inserted {
                mistake("/agents/\(index)/name", "another agent has it", actual: settings.name)
            }
            return settings
        }
    }

    // MARK: One agent

    private static let agentFields = [
        "name", "capabilities", "command", "environment", "working_directory",
        "max_output_bytes", "termination_grace_seconds",
    ]

    private mutating func settings(in agent: JSONValue, at path: String) -> ExecAgentSettings? {
        guard let fields = fields(of: agent, at: path, Self.agentFields) else { return nil }
        let environment = texts(fields["environment"], at: path + "/environment")
        var settings = ExecAgentSettings(
            name: name(fields["name"], at: path + "/name"), command: [])
        settings.capabilities =
            texts(fields["capabilities"], at: path + "/capabilities") ?? []
        settings.environment = environment ?? settings.environment
        settings.command = command(
            fields["command"], at: path + "/command",
            searching: settings.environment.contains("PATH"))
        settings.workingDirectory = folder(
            fields["working_directory"], at: path + "/working_directory")
        if let bytes = fields["max_output_bytes"] {
            settings.maximumOutputBytes = Int(
                number(
                    bytes.integerValue, in: Self.outputBytes, at: path + "/max_output_bytes"))
        }
        if let seconds = fields["termination_grace_seconds"] {
            settings.terminationGrace = .seconds(
                number(
                    seconds.doubleValue, in: Self.graceSeconds,
                    at: path + "/termination_grace_seconds"))
        }
        checkNames(settings, at: path)
        return settings
    }

    private mutating func checkNames(_ settings: ExecAgentSettings, at path: String) {
        for (index, name) in settings.capabilities.enumerated() where !PlanName.isValid(name) {
            mistake(
                "\(path)/capabilities/\(index)", Self.nameRule, actual: name)
        }
        for (index, name) in settings.environment.enumerated()
        where name.isEmpty || name.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "=") }) {
            mistake(
                "\(path)/environment/\(index)", "must be the name of a variable", actual: name)
        }
    }

    private static let nameRule = "must be 1…128 characters of a–z A–Z 0–9 _ - . :"

    private mutating func name(_ value: JSONValue?, at path: String) -> String {
        guard let name = value?.stringValue, PlanName.isValid(name) else {
            mistake(path, Self.nameRule, actual: value?.stringValue)
            return ""
        }
        return name
    }

    private mutating func command(
        _ value: JSONValue?, at path: String, searching: Bool
    ) -> [String] {
        guard let command = texts(value ?? .null, at: path), let program = command.first else {
            if value?.arrayValue?.isEmpty == true { mistake(path, "names no program") }
            return []
        }
        let isPath = program.hasPrefix("/")
        let isFound =
            isPath
            ? Self.isExecutable(program)
            : !program.contains("/") && Self.isInPath(program, searching: searching)
        if !isFound {
            mistake(
                path + "/0", "must be the absolute path of a program, or its name in PATH",
                actual: program)
        }
        return command
    }

    /// Without `PATH` a program is looked for where it is usual.
    private static func isInPath(_ program: String, searching: Bool) -> Bool {
        let own = searching ? ProcessInfo.processInfo.environment["PATH"] : nil
        return (own ?? "/usr/bin:/bin").split(separator: ":").contains {
            isExecutable($0 + "/" + program)
        }
    }

    private static func isExecutable(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            && !isFolder.boolValue && FileManager.default.isExecutableFile(atPath: path)
    }

    private mutating func folder(_ value: JSONValue?, at path: String) -> String? {
        guard let value else { return nil }
        var isFolder: ObjCBool = false
        guard let folder = value.stringValue, folder.hasPrefix("/"),
            FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder),
            isFolder.boolValue
        else {
            mistake(
                path, "must be the absolute path of a folder", actual: value.stringValue)
            return nil
        }
        return folder
    }

    // MARK: Values

    /// The members of an object that has no others than those.
    private mutating func fields(
        of value: JSONValue, at path: String, _ known: [String]
    ) -> [String: JSONValue]? {
        guard case .object(let members) = value else {
            mistake(path, "must be an object")
            return nil
        }
        var fields: [String: JSONValue] = [:]
        for (key, value) in members {
            if !known.contains(key) {
                mistake(
                    "\(path)/\(key)", "there is no such field",
                    limit: known.joined(separator: ", "))
            } else if fields.updateValue(value, forKey: key) != nil {
                mistake("\(path)/\(key)", "is given twice")
            }
        }
        return fields
    }

    /// `nil` where nothing is said, and where it is wrong.
    private mutating func texts(_ value: JSONValue?, at path: String) -> [String]? {
        guard let value else { return nil }
        let texts = value.arrayValue?.compactMap(\.stringValue)
        guard let texts, texts.count == value.arrayValue?.count,
            !texts.contains(where: { $0.utf8.contains(0) })
        else {
            mistake(path, "must be a list of texts")
            return nil
        }
        return texts
    }

    private mutating func number<Number: Comparable & ExpressibleByIntegerLiteral>(
        _ value: Number?, in range: ClosedRange<Number>, at path: String
    ) -> Number {
        guard let value, range.contains(value) else {
            mistake(
                path, "out of range", limit: "\(range.lowerBound)…\(range.upperBound)",
                actual: value.map { "\($0)" })
            return 0
        }
        return value
    }

    private mutating func mistake(
        _ path: String, _ message: String, limit: String? = nil, actual: String? = nil
    ) {
        mistakes.append(
            Mistake(.configurationInvalid, at: path, message, limit: limit, actual: actual))
    }
}
