// `topology/topology.schema.json`, the documents and the agents against the reader: whoever writes a description
// with the help of the schema must not be told another thing by the programs. That both judge the samples in
// the same way `scripts/deployment-check` shows, with a library that knows schemas.

import Foundation
import ScrivenerAgentKit
import ScrivenerAgents
import ScrivenerModel
import Testing

@testable import ScrivenerTopology

struct TopologySchemaTests {
    private let schema: JSONValue

    init() throws { schema = try Repository.json("topology/topology.schema.json") }

    private func names(_ definition: String) -> [String] {
        guard case .object(let members)? = schema["$defs"]?[definition]?["properties"] else {
            return []
        }
        return members.map(\.key).sorted()
    }

    @Test(
        arguments: [
            ("Topology", TopologyReader.fields), ("Coordinator", TopologyReader.coordinatorFields),
            ("HTTP", TopologyReader.httpFields), ("Pool", TopologyReader.poolFields),
            ("Host", TopologyReader.hostFields), ("Security", TopologyReader.securityFields),
            ("CoordinatorOptions", TopologyOptionList.coordinator.keys),
            ("WorkerOptions", TopologyOptionList.worker.keys),
        ])
    func `The fields are those of the reader`(definition: String, fields: [String]) {
        #expect(names(definition) == fields.sorted())
        #expect(schema["$defs"]?[definition]?["additionalProperties"] == .bool(false))
    }

    @Test(
        arguments: [
            ("CoordinatorOptions", TopologyOptionList.coordinator),
            ("WorkerOptions", TopologyOptionList.worker),
        ])
    func `Options are of the kinds that the reader takes`(
        definition: String, list: TopologyOptionList
    ) {
        for (key, kind) in list.kinds {
            let property = schema["$defs"]?[definition]?["properties"]?[key]
            let said = property?["type"] ?? property?["$ref"]
            let expected =
                switch kind {
                case .flag: "boolean"
                case .number: "number"
                case .text: "#/$defs/Text"
                case .repeating: "#/$defs/Several"
                }
            #expect(said?.stringValue == expected, "\(key)")
        }
    }

    @Test(
        arguments: [
            ("slots", TopologyLimits.slots), ("replicas", TopologyLimits.replicas),
            ("min", TopologyLimits.replicas), ("max", TopologyLimits.maximum),
        ])
    func `The bounds are those of the reader`(field: String, range: ClosedRange<Int>) {
        let property = schema["$defs"]?["Pool"]?["properties"]?[field]
        #expect(property?["minimum"]?.integerValue == Int64(range.lowerBound))
        #expect(property?["maximum"]?.integerValue == Int64(range.upperBound))
    }

    @Test func `The defaults are those of the reader`() throws {
        let topology = try Topology.reading("{name: a, pools: {p: {}}}")
        let pool = schema["$defs"]?["Pool"]?["properties"]
        #expect(pool?["slots"]?["default"]?.integerValue == Int64(topology.pools[0].slots))
        for (field, span) in [
            ("target_queue_wait", topology.pools[0].targetQueueWait),
            ("start_time", topology.pools[0].startTime),
        ] {
            let text = try #require(pool?[field]?["default"]?.stringValue)
            #expect(TimeSpan(text: text) == span)
        }
        let coordinator = schema["$defs"]?["Coordinator"]?["properties"]
        #expect(coordinator?["bind"]?["default"]?.stringValue == topology.coordinator.bind.tcp)
        #expect(coordinator?["data"]?["default"]?.stringValue == topology.coordinator.data)
    }

    @Test func `The agents are those that there are`() throws {
        #expect(BuiltInOffers.all.map(\.name) == BuiltInAgents.names)
        for offer in BuiltInOffers.all {
            let agent = try BuiltInAgents.make(offer.name, corpus: "/nowhere")
            #expect(agent.capabilities == offer.capabilities, "\(offer.name)")
        }
        let items = schema["$defs"]?["Pool"]?["properties"]?["agents"]?["items"]
        #expect(
            items?["enum"]?.arrayValue?.compactMap(\.stringValue) == BuiltInOffers.names)
        for canSearch in [true, false] {
            #expect(
                BuiltInOffers.byDefault(canSearch: canSearch).map(\.name)
                    == BuiltInAgents.defaultNames(canSearch: canSearch))
        }
    }

    /// An example that is refused helps nobody.
    @Test(arguments: ["local", "compose", "three-hosts", "heterogeneous"])
    func `The descriptions of the repository are sound`(name: String) throws {
        let topology = try TopologyFile.read(
            Repository.root.path + "/topology/\(name).yaml")
        #expect(!topology.pools.isEmpty)
        #expect(try Repository.text("topology/README.md").contains("\(name).yaml"))
    }

    /// Each field is explained where people look for it.
    @Test func `Every field is documented`() throws {
        let document = try Repository.text("docs/topology.md")
        let fields =
            TopologyReader.coordinatorFields + TopologyReader.poolFields
            + TopologyReader.securityFields + TopologyReader.hostFields
        for field in fields { #expect(document.contains("`\(field)`"), "\(field)") }
    }
}
