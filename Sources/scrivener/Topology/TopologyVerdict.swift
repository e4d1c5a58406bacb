// What reading a description came to, and what the programs say of the options in it.

import FoundationEssentials
import ScrivenerModel
import ScrivenerTopology
import Subprocess
import SystemPackage

struct TopologyVerdict: Encodable {
    var topology: String
    var isValid: Bool
    var pools: Int?
    /// What is wrong with it as a whole, where it is not valid.
    var message: String?
    var errors: [DocumentMistake]

    enum CodingKeys: String, CodingKey {
        case topology, pools, message, errors
        case isValid = "valid"
    }

    init(path: String) async {
        topology = path
        do throws(ScrivenerError) {
            let described = try TopologyFile.read(path)
            let mistakes = await ProgramQuestions(described, path: path).mistakes
            isValid = mistakes.isEmpty
            errors = mistakes.map(DocumentMistake.init)
            if isValid { pools = described.pools.count } else { message = "options are not valid" }
        } catch {
            isValid = false
            message = error.message
            errors = error.mistakes.map(DocumentMistake.init)
        }
    }

    private var text: String {
        if let pools { return "\(topology): \(Readable.count(pools, "pool")), no mistake\n" }
        let lines = errors.map { "  " + $0.line }
        return (["\(topology): \(message ?? "")"] + lines).joined(separator: "\n") + "\n"
    }

    static func write(_ verdicts: [TopologyVerdict], to data: DataOutput) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard data.format == .jsonl else {
            let document = Array(try encoder.encode(verdicts))
            return try data.write(document: document, request: "topology") {
                verdicts.map(\.text).joined()
            }
        }
        for verdict in verdicts {
            try data.write(document: Array(try encoder.encode(verdict)), request: "topology") { "" }
        }
    }
}

/// Asks the programs whether they would start with the options of a description.
struct ProgramQuestions {
    private static let maximumAnswerBytes = 1 << 20

    private let layout: ClusterLayout
    private let topology: Topology
    private let isAnswered: Bool

    init(_ topology: Topology, path: String) {
        let own = (try? ClusterOptions.ownProgram()) ?? ""
        let directory = TopologyFile.folder(of: own)
        isAnswered = (try? ClusterOptions.checkPrograms(in: directory)) != nil
        self.topology = topology
        layout = ClusterLayout(
            ClusterDescription(
                topology: topology, path: path,
                dataDirectory: topology.coordinator.data.under(TopologyFile.folder(of: path)),
                httpPort: topology.coordinator.http.port,
                zeroMQPort: topology.coordinator.bind.port),
            directory: directory)
    }

    /// What they find wrong; nothing where they are not there.
    var mistakes: [Mistake] {
        get async {
            guard isAnswered else { return [] }
            var found: [Mistake] = []
            for (path, process) in questions {
                guard let words = await objection(of: process) else { continue }
                found.append(Mistake(.configurationInvalid, at: path + "/options", words))
            }
            return found
        }
    }

    /// The coordinator, and the first worker of each pool.
    private var questions: [(String, ClusterProcess)] {
        layout.processes.prefix(1).map { ("/coordinator", $0) }
            + topology.pools.compactMap { pool in
                layout.processes.first { $0.name == "\(pool.name)/1" }.map {
                    ("/pools/\(pool.name)", $0)
                }
            }
    }

    private func objection(of process: ClusterProcess) async -> String? {
        let result = try? await Subprocess.run(
            .path(FilePath(process.program)),
            arguments: Arguments(["--show-config"] + process.arguments),
            output: .bytes(limit: Self.maximumAnswerBytes),
            error: .bytes(limit: Self.maximumAnswerBytes))
        guard let result, result.terminationStatus != .exited(0) else { return nil }
        let words = String(decoding: result.standardError, as: UTF8.self)
        return words.split(separator: "\n").first.map(String.init) ?? "is refused by the program"
    }
}
