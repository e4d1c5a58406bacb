// What a description comes to as processes of one machine.

import Foundation
import ScrivenerTopology
import Testing

@testable import scrivener

struct ClusterLayoutTests {
    private func layout(_ path: String) throws -> ClusterLayout {
        let file = Repository.root.appending(path: path).path
        return ClusterLayout(
            ClusterDescription(
                topology: try TopologyFile.read(file), path: file, dataDirectory: "/data",
                httpPort: 7001, zeroMQPort: 7002), directory: "/bin")
    }

    @Test func `Every replica that there may be has its own name and folder`() throws {
        let layout = try layout("topology/local.yaml")
        let workers = layout.processes.filter { $0.role == .worker }
        #expect(
            workers.map(\.name)
                == ["research/1", "research/2", "research/3", "research/4", "writing/1"])
        #expect(workers.map(\.isSpare) == [false, true, true, true, false])
        #expect(layout.pools == [ClusterPool(name: "research", members: 1..<5)])
        #expect(workers[1].arguments.contains("--id=2"))
        #expect(workers[1].arguments.contains("--pool=research"))
        #expect(workers[1].arguments.contains("--data=/data/workers/research-2"))
        #expect(workers[1].arguments.contains("--coordinator=tcp://127.0.0.1:7002"))
        #expect(workers[4].arguments.contains("--agents=planner,writing,citation,quality"))
        let corpus = "--corpus=\(Repository.root.path)/topology/../examples/corpus"
        #expect(workers[0].arguments.contains(corpus))
    }

    /// Whatever the hosts are, here they are this one, which needs no keys.
    @Test func `A cluster of many hosts comes up on loopback`() throws {
        let layout = try layout("topology/heterogeneous.yaml")
        let coordinator = layout.processes[0].arguments
        #expect(coordinator.contains("--bind=tcp://127.0.0.1:7002"))
        #expect(coordinator.contains("--http-host=127.0.0.1"))
        #expect(coordinator.contains("--http-port=7001"))
        #expect(coordinator.contains("--agent-limit=transcribe=8"))
        #expect(!coordinator.contains { $0.hasPrefix("--keys") || $0 == "--insecure" })
        let found = layout.processes.first { $0.name == "graphics/1" }
        let graphics = try #require(found).arguments
        let agents = try #require(graphics.firstIndex(of: "--agents"))
        #expect(graphics.dropFirst(agents + 1).first == "", "none of the built-in ones")
        #expect(graphics.contains("--tag=gpu"))
        #expect(graphics.contains("--resource=gpu=2"))
        #expect(layout.url == "http://127.0.0.1:7001")
    }
}
