// The descriptions of Tests/Topologies/samples.yaml, and how tests read a description.

import ScrivenerModel
import ScrivenerYAML
import Testing

@testable import ScrivenerTopology

/// A description, and where its mistakes are.
struct Sample: Sendable, CustomTestStringConvertible {
    var name: String
    var topology: JSONValue
    /// Sorted; none of a good one.
    var mistakes: [String]

    var testDescription: String { name }

    static let all: [Sample] = {
        let samples = (try? Repository.yaml("Tests/Topologies/samples.yaml"))?["samples"]
        return (samples?.arrayValue ?? []).map { sample in
            Sample(
                name: sample["name"]?.stringValue ?? "", topology: sample["topology"] ?? .null,
                mistakes: (sample["at"]?.arrayValue ?? []).compactMap(\.stringValue).sorted())
        }
    }()

    /// A file of agents of one's own.
    static let agents = """
        agents:
          - {name: cat, capabilities: [reading, noop], command: [/nowhere/cat]}
          - {name: dog, tags: [loud], command: [dog]}
          - {name: owl, model: {url: "http://127.0.0.1/v1", model: m, research: true}}
        """
}

extension Topology {
    /// Reads a description in YAML; the files in it are all `Sample.agents`.
    static func reading(_ text: String) throws(ScrivenerError) -> Topology {
        try TopologyFile.topology(in: Array(text.utf8)) { _ throws(ScrivenerError) in
            Array(Sample.agents.utf8)
        }
    }

    static func reading(_ document: JSONValue) throws(ScrivenerError) -> Topology {
        try TopologyFile.topology(in: RawJSON(document).bytes, isJSON: true) {
            _ throws(ScrivenerError) in Array(Sample.agents.utf8)
        }
    }

    /// The mistakes of a description in YAML.
    static func mistakes(in text: String) -> [Mistake] {
        do throws(ScrivenerError) {
            _ = try reading(text)
            return []
        } catch { return error.mistakes }
    }
}
