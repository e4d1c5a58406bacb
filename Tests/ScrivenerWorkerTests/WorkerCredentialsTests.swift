// A worker's keys, and what becomes of them when their files change while it runs.

import Foundation
import Logging
import ScrivenerModel
import ScrivenerSecurity
import Testing
import ZeroMQ

@testable import ScrivenerWorker

@Suite struct WorkerCredentialsTests {
    private let folder: String
    private let own: String
    private let coordinator: String
    private let now = Instant(nanoseconds: 1_000_000_000)

    init() throws {
        folder =
            FileManager.default.temporaryDirectory.appending(
                path: "scrivener-credentials-\(UUID().uuidString)", directoryHint: .isDirectory
            ).path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        (own, coordinator) = (folder + "/w1.secret", folder + "/coordinator.public")
    }

    private func write(_ pair: CurveKeyPair) throws {
        try SecretFile.write(
            WorkerKeyFile.bytes(of: pair.secretKey, for: "worker w1's"), to: own,
            replacing: true)
    }

    private func write(_ text: String) throws {
        try SecretFile.write(Array(text.utf8), to: coordinator, replacing: true)
    }

    /// Somebody copies both files, and one of them is read when it is not whole: the worker's new key is used as soon
    /// as it is, and not forgotten.
    @Test func aNewKeyIsNotForgottenWithABrokenFile() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (old, new) = (try CurveKeyPair.generate(), try CurveKeyPair.generate())
        let server = try CurveKeyPair.generate().publicKey.z85
        try write(old)
        try write(server)
        let credentials = try WorkerCredentials(
            WorkerSecurity(coordinatorKeyFile: coordinator, identity: .key(file: own)),
            of: WorkerSettings(coordinator: "tcp://hub:7412", workerID: "w1"),
            logger: Logger(label: "test"))
        #expect(credentials.look(at: now, isForced: true) == [])
        try write(new)
        try write("half a ke")
        #expect(credentials.look(at: now, isForced: true) == [])
        #expect(credentials.pair.publicKey == old.publicKey)
        try write(server)
        #expect(credentials.look(at: now, isForced: true) == [.line])
        #expect(credentials.pair.publicKey == new.publicKey)
    }
}
