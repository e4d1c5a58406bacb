// `scrivener plan …`: what is wrong with plans, and what they may have, without a coordinator.

import ArgumentParser
import CDocuments
import FoundationEssentials
import ScrivenerClient
import ScrivenerModel
import ScrivenerYAML

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Check plans, and print their schema.",
        subcommands: [PlanValidateCommand.self, PlanSchemaCommand.self])
}

struct PlanValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Tell every mistake of a plan.",
        discussion: """
            Reads the plan as a coordinator does, with the limits that it has by default, and needs
            none. What depends on a pool is not known here: whether somebody offers what tasks ask
            for. Exits with 1 when a plan has a mistake.
            """)

    @Argument(
        help: ArgumentHelp(
            "A .json, .yaml or .yml file, or - for standard input.", valueName: "plan"),
        completion: .file(extensions: PlanDocument.extensions))
    var plans: [String]

    @Option(help: "The form of the data on stdout: table, json or jsonl.")
    var output: OutputFormat = .table

    func run() throws {
        let verdicts = try plans.map(PlanVerdict.init)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let document = Array(try encoder.encode(verdicts))
        let data = DataOutput(format: output)
        switch output {
        case .table:
            try data.write(document: document, request: "plan") { verdicts.map(\.text).joined() }
        case .json: try data.write(document: document, request: "plan") { "" }
        case .jsonl:
            for verdict in verdicts {
                try data.write(document: Array(try encoder.encode(verdict)), request: "plan") { "" }
            }
        }
        guard verdicts.allSatisfy(\.isValid) else { throw ExitCode(ExitStatus.error.rawValue) }
    }
}

struct PlanSchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of plans.",
        discussion: """
            JSON Schema 2020-12, for editors: name it in the first line of a plan in YAML,
            # yaml-language-server: $schema=FILE
            """)

    func run() {
        let document = scrivener_plan_schema()
        StandardStream.output.write(
            Array(UnsafeBufferPointer(start: document.bytes, count: document.count)))
    }
}

/// What reading a plan came to.
private struct PlanVerdict: Encodable {
    var plan: String
    var isValid: Bool
    var tasks: Int?
    /// What is wrong with it as a whole, where it is not valid.
    var message: String?
    var errors: [DocumentMistake]

    enum CodingKeys: String, CodingKey {
        case plan, tasks, message, errors
        case isValid = "valid"
    }

    /// - Throws: `CommandFailure` where the file cannot be read.
    init(path: String) throws {
        plan = path
        let document = try PlanDocument.read(path: path)
        do throws(ScrivenerError) {
            let bytes =
                document.format == .yaml ? try json(fromYAML: document.bytes) : document.bytes
            tasks = try PlanParser.plan(fromJSON: bytes).tasks.count
            isValid = true
            errors = []
        } catch {
            isValid = false
            message = error.message
            errors = error.mistakes.map(DocumentMistake.init)
        }
    }

    var text: String {
        if let tasks { return "\(plan): \(Readable.count(tasks, "task")), no mistake\n" }
        let lines = errors.map(\.line)
        return ([plan + ": " + (message ?? "")] + lines.map { "  " + $0 }).joined(separator: "\n")
            + "\n"
    }
}
