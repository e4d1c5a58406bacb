// `scrivener config …`: what a coordinator or a worker that is started here would be configured with. The
// program itself is asked, so that nothing is told that it would not do.

import ArgumentParser
import ScrivenerClient
import ScrivenerOptions
import Subprocess
import SystemPackage

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Look at the configuration of the programs.",
        subcommands: [ConfigShowCommand.self])
}

struct ConfigShowCommand: AsyncParsableCommand {
    enum ProgramName: String, CaseIterable, ExpressibleByArgument {
        case coordinator, worker
    }

    private static let maximumAnswerBytes = 1 << 20

    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show the options of a program, and where they come from.",
        discussion: """
            Options come from the command line, before the environment (SCRIVENER_COORDINATOR_… and
            SCRIVENER_WORKER_…), before the file of --config, before the defaults. What stands
            after -- is taken as the program's command line. Exits as the program would when it
            could not start with these.
            """)

    @Argument(help: "The program.")
    var program: ProgramName

    @Flag(help: "Show where each value comes from.")
    var origins = false

    @Option(help: "The form of the data on stdout: table, json or jsonl.")
    var output: OutputFormat = .table

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("The options that the program would get.", valueName: "options"))
    var arguments: [String] = []

    mutating func run() async throws {
        let own = try ClusterOptions.ownProgram()
        let folder = own.split(separator: "/", omittingEmptySubsequences: false)
            .dropLast().joined(separator: "/")
        try ClusterOptions.checkPrograms(in: folder)
        let result = try await Subprocess.run(
            .path(FilePath("\(folder)/scrivener-\(program.rawValue)")),
            arguments: Arguments(["--show-config"] + arguments),
            output: .bytes(limit: Self.maximumAnswerBytes),
            error: .bytes(limit: Self.maximumAnswerBytes))
        let request = "scrivener-\(program.rawValue) --show-config"
        if !result.standardOutput.isEmpty {
            let shown = try APIAnswer.decode(
                ShownOptions.self, from: result.standardOutput, of: request)
            try DataOutput(format: output).write(
                document: result.standardOutput.dropLast(), request: request
            ) { Tables.settings(shown.options, hasOrigins: origins) }
        }
        StandardStream.error.write(
            TerminalText.cleaned(
                String(decoding: result.standardError, as: UTF8.self), keepingLineBreaks: true))
        switch result.terminationStatus {
        case .exited(0): return
        case .exited(let code): throw ExitCode(code)
        case .signaled(let signal): throw ExitCode(128 + signal)
        }
    }
}

private struct ShownOptions: Decodable {
    var options: [LayeredOptions.Setting]
}

extension Tables {
    static func settings(_ settings: [LayeredOptions.Setting], hasOrigins: Bool) -> String {
        var table = TableRenderer(
            columns: [.init(title: "OPTION"), .init(title: "VALUE")]
                + (hasOrigins ? [.init(title: "FROM")] : []))
        for setting in settings {
            let origin =
                setting.origin.rawValue + (setting.place.map { " \($0)" } ?? "")
            let value =
                setting.values.isEmpty ? "not set" : setting.values.joined(separator: ", ")
            table.add(["--" + setting.option, value] + (hasOrigins ? [origin] : []))
        }
        return table.rendered()
    }
}
