import ScrivenerModel
import Testing

@Suite struct PoolSpecificationTests {
    private var research: PoolSpecification {
        PoolSpecification(name: "research", maximum: 8, agents: ["research", "analysis"])
    }

    @Test func `a pool with a name, agents and nothing else is sound`() {
        #expect(research.mistakes() == [])
        #expect(research.targetQueueWait == .seconds(30))
        #expect(research.startTime == .seconds(10))
        #expect(research.minimum == 0)
    }

    @Test func `every mistake is told at once, where it stands`() {
        var pool = research
        pool.name = "a/b"
        pool.minimum = -1
        pool.maximum = 0
        pool.slots = 10_001
        pool.agents = []
        pool.capabilities = ["search", "search"]
        pool.tags = ["no space"]
        pool.resources = [ResourceAmount(name: "gpu", amount: 0)]
        pool.targetQueueWait = .milliseconds(999)
        pool.startTime = .seconds(3_601)
        let found = pool.mistakes(at: "/pools/x")
        #expect(
            found.map(\.path) == [
                "/pools/x", "/pools/x/min", "/pools/x/max", "/pools/x/slots", "/pools/x/agents",
                "/pools/x/capabilities", "/pools/x/tags", "/pools/x/resources/gpu",
                "/pools/x/target_queue_wait", "/pools/x/start_time",
            ])
        #expect(found.allSatisfy { $0.code == .configurationInvalid })
        #expect(found[1].limit == "0…10000")
        #expect(found[8].actual == "0.999 s")
    }

    @Test func `there are no fewer replicas at most than at least`() {
        var pool = research
        pool.minimum = 3
        pool.maximum = 2
        #expect(pool.mistakes().map(\.path) == ["/max"])
        #expect(pool.mistakes().first?.limit == "3…10000")
    }

    @Test func `pools of one name could not be told apart`() {
        #expect(PoolSpecification.mistakes(in: [research]) == [])
        let found = PoolSpecification.mistakes(in: [research, research], at: "/pools")
        #expect(found.map(\.path) == ["/pools/research"])
    }

    @Test func `a coordinator has 64 pools at most`() {
        let pools = (0...64).map {
            PoolSpecification(name: "p\($0)", agents: ["echo"])
        }
        #expect(PoolSpecification.mistakes(in: Array(pools.dropLast())) == [])
        #expect(PoolSpecification.mistakes(in: pools).map(\.actual) == ["65"])
    }
}

@Suite struct WorkerNameTests {
    @Test func `an id is a name, or a pool's and one within it`() {
        #expect(WorkerName("w1")?.pool == nil)
        #expect(WorkerName("w1")?.name == "w1")
        let replica = WorkerName("research/host-a.1b2c")
        #expect(replica?.pool == "research")
        #expect(replica?.name == "host-a.1b2c")
        #expect(replica?.description == "research/host-a.1b2c")
        #expect(WorkerName(pool: "research", name: "w")?.description == "research/w")
    }

    @Test(
        "what is no id is refused",
        arguments: [
            "", "/", "a/", "/b", "a/b/c", "..", "a/..", "../b", "a b", "a/b c", "ä", "a%2Fb",
            String(repeating: "p", count: 65) + "/w", String(repeating: "n", count: 129),
        ])
    func refused(text: String) {
        #expect(!WorkerName.isValid(text))
    }

    @Test func `the longest id is shorter than what the wire takes`() {
        let longest =
            String(repeating: "p", count: 64) + "/" + String(repeating: "n", count: 128)
        #expect(WorkerName.isValid(longest))
        #expect(longest.utf8.count <= 256)
    }
}
