// `scrivener topology …`: descriptions of clusters, and what is made of them.

import ArgumentParser
import CDocuments
import ScrivenerModel
import ScrivenerTopology

struct TopologyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topology",
        abstract: "Check descriptions of clusters, and make files of them that start the clusters.",
        discussion: """
            docs/topology.md explains the fields. scrivener cluster up --topology FILE starts what \
            a file describes on this machine, scrivener simulate --topology FILE in a simulated \
            world.
            """,
        subcommands: [
            TopologyValidateCommand.self, TopologyShowCommand.self, TopologyRenderCommand.self,
            TopologySchemaCommand.self,
        ])
}

struct TopologyValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Tell every mistake of a description.",
        discussion: """
            Exits with 1 when a description has a mistake. Values of options are checked by the \
            programs themselves, where these are beside scrivener. Whether what agents_file \
            needs is there is known only where they are to run.
            """)

    @Argument(
        help: ArgumentHelp("A .yaml, .yml or .json file.", valueName: "file"),
        completion: .file(extensions: PlanDocument.extensions))
    var files: [String]

    @Option(help: "The form of the data on stdout: table, json or jsonl.")
    var output: OutputFormat = .table

    mutating func run() async throws {
        var verdicts: [TopologyVerdict] = []
        for file in files { verdicts.append(await TopologyVerdict(path: file)) }
        try TopologyVerdict.write(verdicts, to: DataOutput(format: output))
        guard verdicts.allSatisfy(\.isValid) else { throw ExitCode(ExitStatus.error.rawValue) }
    }
}

struct TopologyShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what a description comes to, with all defaults.",
        discussion: """
            With --output json also what runs on which host, with the arguments of each program.
            """)

    @Argument(
        help: ArgumentHelp("A .yaml, .yml or .json file.", valueName: "file"),
        completion: .file(extensions: PlanDocument.extensions))
    var file: String

    @Option(help: "The form of the data on stdout: table, json or jsonl.")
    var output: OutputFormat = .table

    func run() throws {
        let topology = try TopologyDocument.read(file)
        let document = JSONValue.object([
            ("topology", topology.document), ("processes", topology.processes(describedBy: file)),
        ])
        let data = DataOutput(format: output)
        try data.write(document: RawJSON(document).bytes, request: "topology") {
            Tables.topology(topology, columns: data.columns)
        }
    }
}

struct TopologySchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of descriptions.",
        discussion: """
            JSON Schema 2020-12, for editors: name it in the first line of a description in YAML,
            # yaml-language-server: $schema=FILE
            """)

    func run() {
        let document = scrivener_topology_schema()
        StandardStream.output.write(
            Array(UnsafeBufferPointer(start: document.bytes, count: document.count)))
    }
}
