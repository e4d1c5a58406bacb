// What is read of descriptions, and what is said of their mistakes.

import ScrivenerModel
import Testing

@testable import ScrivenerTopology

struct TopologyReaderTests {
    /// Whoever describes a cluster of twenty hosts wants one round of corrections.
    @Test(arguments: Sample.all)
    func `Every mistake is told, and nothing that is none`(sample: Sample) {
        var places: [String] = []
        do throws(ScrivenerError) {
            _ = try Topology.reading(sample.topology)
        } catch {
            #expect(error.code == .configurationInvalid)
            places = error.mistakes.map(\.path).sorted()
        }
        #expect(places == sample.mistakes)
    }

    @Test func `There are samples`() {
        #expect(Sample.all.count > 30)
        #expect(Sample.all.count { $0.mistakes.isEmpty } > 3)
    }

    @Test func `What is not said follows from what is`() throws {
        let topology = try Topology.reading("{name: a, pools: {p: {}, q: {replicas: 3}}}")
        let p = topology.pools[0]
        #expect(topology.coordinator.bind.tcp == "tcp://127.0.0.1:7412")
        #expect(topology.coordinator.http == Topology.Endpoint(host: "127.0.0.1", port: 7411))
        #expect(topology.security == .loopback)
        #expect(topology.pools.map(\.name) == ["p", "q"])
        #expect([p.minimum, p.replicas, p.maximum, p.slots] == [1, 1, 1, 4])
        #expect(p.targetQueueWait == .seconds(30))
        #expect(p.startTime == .seconds(10))
        #expect(!p.isElastic)
        #expect(topology.pools[1].minimum == 3)
        #expect(topology.pools[1].maximum == 3)
    }

    @Test(
        arguments: [
            ("{min: 2, max: 5}", 2, 2, 5), ("{replicas: 2, max: 5}", 2, 2, 5),
            ("{min: 0, replicas: 2, max: 5}", 0, 2, 5), ("{max: 5}", 1, 1, 5),
            ("{min: 0}", 0, 0, 1),
        ])
    func `How many there are follows from any of the three numbers`(
        pool: String, minimum: Int, replicas: Int, maximum: Int
    ) throws {
        let pool = try #require(try Topology.reading("{name: a, pools: {p: \(pool)}}").pools.first)
        #expect(pool.minimum == minimum)
        #expect(pool.replicas == replicas)
        #expect(pool.maximum == maximum)
    }

    @Test func `A pool offers what its agents and programs can do`() throws {
        let topology = try Topology.reading(
            "{name: a, pools: {p: {agents: [echo], agents_file: x.yaml, tags: [t]}}}")
        let specification = topology.pools[0].specification
        #expect(specification.agents == ["echo", "cat", "dog", "owl"])
        #expect(specification.capabilities == ["noop", "reading"])
        // The last one is what plans ask for that want research with that model.
        #expect(specification.tags == ["t", "loud", "model:owl"])
        #expect(specification.mistakes() == [])
    }

    @Test func `A worker that is not told holds research only with something to search`() throws {
        let topology = try Topology.reading(
            "{name: a, pools: {p: {}, q: {corpus: c}, r: {options: {search_file: /etc/s.yaml}}}}")
        #expect(!topology.pools[0].specification.agents.contains("research"))
        #expect(topology.pools[1].specification.agents.contains("research"))
        #expect(topology.pools[2].specification.agents.contains("research"))
        #expect(!topology.pools[1].specification.agents.contains("echo"))
    }

    /// Whatever the reader lets pass, the coordinator takes.
    @Test(arguments: Sample.all.filter { $0.mistakes.isEmpty })
    func `The pools are such as a coordinator takes`(sample: Sample) throws {
        let topology = try Topology.reading(sample.topology)
        #expect(PoolSpecification.mistakes(in: topology.pools.map(\.specification)) == [])
    }

    @Test func `What may have been meant is suggested`() throws {
        let mistakes = Topology.mistakes(
            in: "{name: a, pools: {p: {slot: 3, agents: [ehco], options: {drain_second: 3}}}}")
        let messages = Dictionary(mistakes.map { ($0.path, $0.message) }) { $1 }
        #expect(messages["/pools/p/slot"]?.hasSuffix("did you mean slots?") == true)
        #expect(messages["/pools/p/agents/0"]?.hasSuffix("did you mean echo?") == true)
        #expect(
            messages["/pools/p/options/drain_second"]?.hasSuffix("did you mean drain_seconds?")
                == true)
    }

    @Test func `A refusal names the limit and the actual`() throws {
        let mistake = try #require(
            Topology.mistakes(in: "{name: a, pools: {p: {slots: 10001}}}").first)
        #expect(mistake.limit == "1…10000")
        #expect(mistake.actual == "10001")
    }

    @Test(arguments: ["", "a: [", "- 1\n- 2", "a: 1\na: 2", "7", "\u{0}"])
    func `What is no description is refused and does no harm`(text: String) {
        #expect(throws: ScrivenerError.self) { try Topology.reading(text) }
    }

    @Test func `A hundred mistakes are listed of any number`() {
        let fields = (0..<300).map { "f\($0): 1" }.joined(separator: ", ")
        let mistakes = Topology.mistakes(in: "{name: a, pools: {p: {}}, \(fields)}")
        #expect(mistakes.count == 100)
    }

    @Test func `A file of programs that cannot be read is a mistake of the description`() {
        let text = "{name: a, pools: {p: {agents_file: gone.yaml}}}"
        #expect(throws: ScrivenerError.self) {
            try TopologyFile.topology(in: Array(text.utf8)) {
                name throws(ScrivenerError) in
                throw ScrivenerError(.configurationInvalid, "\(name) cannot be read")
            }
        }
    }

    /// What `topology show` prints is a description itself, and the same.
    @Test(arguments: Sample.all.filter { $0.mistakes.isEmpty })
    func `What is shown reads the same again`(sample: Sample) throws {
        let topology = try Topology.reading(sample.topology)
        let again = try Topology.reading(topology.document)
        #expect(again == topology)
    }
}
