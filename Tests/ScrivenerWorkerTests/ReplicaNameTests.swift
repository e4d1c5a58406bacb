// What a replica is called that nobody gives a name to.

import Foundation
import ScrivenerModel
import Testing

@testable import ScrivenerWorker

@Suite struct ReplicaNameTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "replica-name-\(UInt64.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    @Test func `a name that is given stands behind the pool's`() throws {
        let named = try ReplicaName.workerID(pool: nil, name: "w1", dataDirectory: nil)
        #expect(named == "w1")
        let replica = try ReplicaName.workerID(pool: "research", name: "w1", dataDirectory: nil)
        #expect(replica == "research/w1")
    }

    /// The journal knows workers by their ids: one that came as somebody else after each restart would leave
    /// what it ran to its lease.
    @Test func `a replica with a folder keeps its name`() throws {
        try withFolder { folder in
            let first = try ReplicaName.workerID(pool: "p", name: nil, dataDirectory: folder)
            let again = try ReplicaName.workerID(pool: "p", name: nil, dataDirectory: folder)
            #expect(first == again)
            #expect(WorkerName(first)?.pool == "p")
        }
    }

    @Test func `replicas without a folder have a name each`() throws {
        let names = try (0..<100).map { _ in
            try ReplicaName.workerID(pool: "p", name: nil, dataDirectory: nil)
        }
        #expect(Set(names).count == 100)
        #expect(names.allSatisfy(WorkerName.isValid))
    }

    @Test(arguments: [
        "host", "", "my host.local", "höst", "a/b", String(repeating: "h", count: 300),
    ])
    func `whatever the host is called, the name is one`(host: String) {
        #expect(PlanName.isValid(ReplicaName.made(host: host)))
    }

    @Test func `a file that holds no name is not overwritten`() throws {
        try withFolder { folder in
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            try Data("no name\n".utf8).write(to: URL(fileURLWithPath: folder + "/replica-name"))
            #expect(throws: ScrivenerError.self) {
                try ReplicaName.workerID(pool: "p", name: nil, dataDirectory: folder)
            }
        }
    }

    @Test func `a folder that cannot be made is told`() throws {
        let error = #expect(throws: ScrivenerError.self) {
            try ReplicaName.workerID(pool: "p", name: nil, dataDirectory: "/dev/null/folder")
        }
        #expect(error?.code == .configurationInvalid)
        #expect(error?.message.contains("/dev/null/folder") == true)
    }
}
