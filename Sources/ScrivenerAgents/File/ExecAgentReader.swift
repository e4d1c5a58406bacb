// What the fields of an agent that is a program have to be: they stand beside `command`.

import Foundation
import ScrivenerAgentKit
import ScrivenerModel

enum ExecAgentReader {
    static let outputBytes = Int64(1)...(64 << 20)
    static let graceSeconds = 0.0...3_600.0
    static let startSeconds = 1.0...3_600.0
    static let timeSeconds = 0.1...604_800.0
    static let memoryMebibytes = Int64(1)...(16 << 20)

    /// Those that no other kind has.
    static let fields = [
        "mode", "request", "environment", "working_directory", "max_output_bytes",
        "termination_grace_seconds", "start_seconds", "max_memory_mib", "max_cpu_seconds",
        "max_wall_seconds", "sandbox", "sandbox_network", "sandbox_paths",
    ]

    static func read(
        _ fields: [String: JSONValue], _ identity: AgentIdentity, at path: String,
        with reader: inout FieldReader
    ) -> ExecAgentSettings {
        var settings = ExecAgentSettings(identity, command: [])
        settings.mode = reader.choice(
            fields["mode"], of: ExecAgentSettings.Mode.self, at: path + "/mode", or: .run)
        settings.request = reader.choice(
            fields["request"], of: ExecAgentSettings.Request.self, at: path + "/request",
            or: .stdin)
        settings.environment =
            variables(fields["environment"], at: path + "/environment", with: &reader)
            ?? settings.environment
        settings.command = command(
            fields["command"], at: path + "/command",
            searching: settings.environment.contains("PATH"), with: &reader)
        settings.workingDirectory = folder(
            fields["working_directory"], at: path + "/working_directory", with: &reader)
        settings.maximumOutputBytes =
            reader.count(
                fields["max_output_bytes"], in: outputBytes, at: path + "/max_output_bytes")
            ?? settings.maximumOutputBytes
        func seconds(_ field: String, in range: ClosedRange<Double>) -> Duration? {
            reader.seconds(fields[field], in: range, at: path + "/" + field)
        }
        settings.terminationGrace =
            seconds("termination_grace_seconds", in: graceSeconds) ?? settings.terminationGrace
        settings.startPatience =
            seconds("start_seconds", in: startSeconds) ?? settings.startPatience
        settings.limits = ChildLimits(
            memoryBytes: reader.count(
                fields["max_memory_mib"], in: memoryMebibytes, at: path + "/max_memory_mib"
            ).map { $0 << 20 }, processorTime: seconds("max_cpu_seconds", in: timeSeconds),
            wallTime: seconds("max_wall_seconds", in: timeSeconds))
        settings.sandbox = sandbox(fields, at: path, with: &reader)
        checkMode(settings, fields, at: path, with: &reader)
        return settings
    }

    /// What one mode has and the other cannot.
    private static func checkMode(
        _ settings: ExecAgentSettings, _ fields: [String: JSONValue], at path: String,
        with reader: inout FieldReader
    ) {
        let foreign =
            switch settings.mode {
            case .run: ["start_seconds"]
            // All attempts together use up the processor time of their process.
            case .serve: ["request", "max_cpu_seconds"]
            }
        for field in foreign where fields[field] != nil {
            reader.mistake(
                path + "/" + field, "means nothing with mode: \(settings.mode.rawValue)")
        }
    }

    private static let sandboxKind = "bubblewrap"
    private static let maximumPaths = 64

    private static func sandbox(
        _ fields: [String: JSONValue], at path: String, with reader: inout FieldReader
    ) -> ExecSandbox? {
        guard let kind = fields["sandbox"] else {
            for field in ["sandbox_network", "sandbox_paths"] where fields[field] != nil {
                reader.mistake(path + "/" + field, "means nothing without sandbox")
            }
            return nil
        }
        guard kind.stringValue == sandboxKind else {
            reader.mistake(
                path + "/sandbox", "is no such word", limit: sandboxKind, actual: kind.stringValue)
            return nil
        }
        let paths = reader.texts(fields["sandbox_paths"], at: path + "/sandbox_paths") ?? []
        for (index, place) in paths.enumerated()
        where !place.hasPrefix("/") || !FileManager.default.fileExists(atPath: place) {
            reader.mistake(
                "\(path)/sandbox_paths/\(index)", "must be an absolute path of what is there",
                actual: place)
        }
        if paths.count > maximumPaths {
            reader.mistake(
                path + "/sandbox_paths", "too many", limit: "\(maximumPaths)",
                actual: "\(paths.count)")
        }
        let hasNetwork = reader.flag(fields["sandbox_network"], at: path + "/sandbox_network")
        guard let program = ExecSandbox.program(in: programFolders(searching: true)) else {
            reader.mistake(
                path + "/sandbox", "there is no bwrap in PATH: install bubblewrap on this host")
            return nil
        }
        return ExecSandbox(program: program, hasNetwork: hasNetwork, readablePaths: paths)
    }

    /// Names of variables of the environment.
    static func variables(
        _ value: JSONValue?, at path: String, with reader: inout FieldReader
    ) -> [String]? {
        let names = reader.texts(value, at: path)
        for (index, name) in (names ?? []).enumerated()
        where name.isEmpty || name.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "=") }) {
            reader.mistake("\(path)/\(index)", "must be the name of a variable", actual: name)
        }
        return names
    }

    /// A program that is there, and its arguments.
    static func command(
        _ value: JSONValue?, at path: String, searching: Bool, with reader: inout FieldReader
    ) -> [String] {
        guard let command = reader.texts(value ?? .null, at: path), let program = command.first
        else {
            if value?.arrayValue?.isEmpty == true { reader.mistake(path, "names no program") }
            return []
        }
        let isFound =
            program.hasPrefix("/")
            ? isExecutable(program)
            : !program.contains("/") && isInPath(program, searching: searching)
        if !isFound {
            reader.mistake(path + "/0", problem(with: program), actual: program)
        }
        return command
    }

    private static func problem(with program: String) -> String {
        guard program.hasPrefix("/") else {
            return program.contains("/")
                ? "must be the absolute path of a program, or its name in PATH"
                : "there is no such program in PATH"
        }
        return FileManager.default.fileExists(atPath: program)
            ? "is no program that may be executed" : "there is no such program"
    }

    private static func isInPath(_ program: String, searching: Bool) -> Bool {
        programFolders(searching: searching).contains { isExecutable($0 + "/" + program) }
    }

    /// Without `PATH` a program is looked for where it is usual.
    private static func programFolders(searching: Bool) -> [String] {
        let own = searching ? ProcessInfo.processInfo.environment["PATH"] : nil
        return (own ?? "/usr/bin:/bin").split(separator: ":").map(String.init)
    }

    private static func isExecutable(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            && !isFolder.boolValue && FileManager.default.isExecutableFile(atPath: path)
    }

    static func folder(
        _ value: JSONValue?, at path: String, with reader: inout FieldReader
    ) -> String? {
        guard let value else { return nil }
        var isFolder: ObjCBool = false
        guard let folder = value.stringValue, folder.hasPrefix("/"),
            FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder),
            isFolder.boolValue
        else {
            reader.mistake(
                path, "must be the absolute path of a folder", actual: value.stringValue)
            return nil
        }
        return folder
    }
}
