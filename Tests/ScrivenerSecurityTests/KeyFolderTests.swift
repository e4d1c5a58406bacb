// The folder of keys: what people and the coordinator do with it, and what is wrong with one that was edited by hand.

import Foundation
import ScrivenerModel
import Testing
import ZeroMQ

@testable import ScrivenerSecurity

@Suite struct KeyFolderTests {
    private let folder: Folder
    private let keys: KeyFolder

    init() throws {
        folder = try Folder()
        keys = KeyFolder(folder.path("keys"))
        try keys.initialise()
    }

    private static let now = WallTime(millisecondsSince1970: 1_790_000_000_000)

    private func add(_ worker: String, replacing: Bool = false) throws -> CurveKeyPair {
        var pair: CurveKeyPair?
        let name = try #require(WorkerName(worker))
        try keys.addWorker(name, replacing: replacing) { pair = $0 }
        return try #require(pair)
    }

    private func token(_ pool: String) throws -> PoolToken {
        var token: PoolToken?
        try keys.addPoolToken(pool, at: Self.now) { token = $0 }
        return try #require(token)
    }

    /// Replaces a file of the folder.
    private func write(_ text: String, to file: KeyFolder.File) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: keys.path(of: file)))
    }

    private func text(of file: KeyFolder.File) throws -> String {
        try String(contentsOfFile: keys.path(of: file), encoding: .utf8)
    }

    // MARK: Made

    /// What is made is for its owner only, and what workers get is the public half of what the coordinator has.
    @Test func aNewFolderIsWholeAndPrivate() throws {
        #expect(try folder.mode(of: "keys") == 0o700)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: keys.path).sorted() == [
                "coordinator.public", "coordinator.secret", "pool-tokens", "workers",
            ])
        #expect(try folder.mode(of: "keys/coordinator.secret") == 0o600)
        let read = try keys.read()
        #expect(
            try CoordinatorKeyFile.read(keys.path(of: .publicKeys)) == [read.current.publicKey])
        #expect(read.access == WorkerAccess())
    }

    /// Somebody runs `init` again: nothing may be lost by it.
    @Test func keysAreNotMadeTwice() throws {
        let before = try keys.read().current.publicKey
        #expect(throws: ScrivenerError.self) { try keys.initialise() }
        #expect(try keys.read().current.publicKey == before)
    }

    /// The folder that the coordinator is given is empty: it says which command fills it.
    @Test func aFolderWithoutAKeyNamesTheRemedy() throws {
        let empty = KeyFolder(folder.path("."))
        #expect(!empty.hasCoordinatorKey)
        let error = #expect(throws: ScrivenerError.self) { _ = try empty.read() }
        #expect(error?.message.contains("scrivener keys init") == true)
    }

    // MARK: Workers

    /// A worker gets a key, and from then on it is that worker by it.
    @Test func aListedKeyIsItsWorkers() throws {
        let pair = try add("w1")
        let replica = try add("research/r1")
        let access = try keys.read().access
        #expect(access[pair.publicKey] == "w1")
        #expect(access[replica.publicKey] == "research/r1")
        #expect(access[try CurveKeyPair.generate().publicKey] == nil)
    }

    /// A key is changed without a stop: both are good until the old one is taken back.
    @Test func oldAndNewOverlapUntilTheOldIsRevoked() throws {
        let old = try add("w1")
        #expect(throws: ScrivenerError.self) { try add("w1") }
        #expect(throws: ScrivenerError.self) { try add("w2", replacing: true) }
        let new = try add("w1", replacing: true)
        var access = try keys.read().access
        #expect(access[old.publicKey] == "w1" && access[new.publicKey] == "w1")
        #expect(
            try keys.revoke("w1", onlyOld: true) == Revocation(kind: .worker, count: 1))
        access = try keys.read().access
        #expect(access[old.publicKey] == nil && access[new.publicKey] == "w1")
        #expect(throws: ScrivenerError.self) { try keys.revoke("w1", onlyOld: true) }
        try keys.revoke("w1")
        #expect(try keys.read().access == WorkerAccess())
    }

    /// A key that could not be handed over is not listed: nobody would ever have it.
    @Test func whatIsNotHandedOverIsNotListed() throws {
        let name = try #require(WorkerName("w1"))
        #expect(throws: ScrivenerError.self) {
            try keys.addWorker(name) { (_) throws(ScrivenerError) in
                throw ScrivenerError(.configurationInvalid, "the disk is full")
            }
        }
        #expect(try keys.readWorkers().isEmpty)
    }

    /// People write comments into the lists; they outlive what the program changes.
    @Test func commentsStay() throws {
        _ = try add("w1")
        try write(text(of: .workers) + "\n# the machine in the cellar\n", to: .workers)
        _ = try add("w2")
        try keys.revoke("w1")
        let text = try text(of: .workers)
        #expect(text.contains("# the machine in the cellar\n") && !text.contains("w1 "))
        #expect(try keys.readWorkers().map(\.worker.description) == ["w2"])
    }

    // MARK: Pools

    /// With a pool's token go the keys of those that have enrolled by it, and no others.
    @Test func whoHasEnrolledGoesWithTheToken() throws {
        let (first, second) = (try token("research"), try token("research"))
        let (r1, r2) = (try CurveKeyPair.generate(), try CurveKeyPair.generate())
        var enrolled = EnrolledKeys()
        for (name, key, token) in [
            ("research/r1", r1.publicKey, first), ("research/r2", r2.publicKey, second),
        ] {
            enrolled.add(
                EnrolledKey(
                    worker: try #require(WorkerName(name)), key: key, token: token.digest,
                    created: Self.now))
        }
        try keys.keep(enrolled)
        #expect(try keys.read().enrolled == enrolled.keys)
        #expect(try keys.read().access.count == 2)
        #expect(
            try keys.revoke("research", onlyOld: true) == Revocation(kind: .poolToken, count: 1))
        let access = try keys.read().access
        #expect(access[r1.publicKey] == nil && access[r2.publicKey] == "research/r2")
        // Alone it cannot be taken back: it would enrol again.
        let error = #expect(throws: ScrivenerError.self) { try keys.revoke("research/r2") }
        #expect(error?.message.contains("token of pool research") == true)
    }

    /// A worker and a pool have one name: nobody guesses which is meant.
    @Test func anAmbiguousNameIsNotRevoked() throws {
        _ = try add("research")
        _ = try token("research")
        let error = #expect(throws: ScrivenerError.self) { try keys.revoke("research") }
        #expect(error?.mistakes.first?.limit == "worker, pool-token")
        #expect(
            try keys.revoke("research", .worker) == Revocation(kind: .worker, count: 1))
        #expect(try keys.read().tokens.count == 1)
    }

    /// A name that nobody has is a mistake in the name.
    @Test func nothingIsRevokedUnderAnUnknownName() throws {
        let error = #expect(throws: ScrivenerError.self) { try keys.revoke("w9") }
        #expect(error?.message.contains("w9") == true)
    }

    // MARK: The coordinator's own

    /// While the key is changed workers get both, and afterwards the new one only.
    @Test func aRotationOverlaps() throws {
        let old = try keys.read().current.publicKey
        #expect(throws: ScrivenerError.self) { try keys.finishRotation() }
        try keys.beginRotation()
        let next = try #require(try keys.read().next).publicKey
        #expect(try CoordinatorKeyFile.read(keys.path(of: .publicKeys)) == [old, next])
        #expect(throws: ScrivenerError.self) { try keys.beginRotation() }
        try keys.finishRotation()
        let read = try keys.read()
        #expect(read.current.publicKey == next && read.next == nil)
        #expect(try CoordinatorKeyFile.read(keys.path(of: .publicKeys)) == [next])
        #expect(try folder.mode(of: "keys/coordinator.secret") == 0o600)
    }

    // MARK: Mistakes

    /// Each mistake is told with file and line, all of them at once, and none with what stands there.
    @Test func mistakesAreToldByLineAndWithoutSecrets() throws {
        let secret = try CurveKeyPair.generate().secretKey.revealedZ85
        let key = try CurveKeyPair.generate().publicKey.z85
        try write(
            """
            # workers
            w1 \(key)
            w2 \(key)
            w/3/4 \(key)
            w5 short
            w6
            \(secret) \(secret) x

            """, to: .workers)
        let error = try #require(
            #expect(throws: ScrivenerError.self) { _ = try keys.readWorkers() })
        let path = keys.path(of: .workers)
        #expect(error.mistakes.map(\.path) == [3, 4, 5, 6, 7].map { "\(path):\($0)" })
        #expect(error.mistakes.first?.message.contains("for w1") == true)
        #expect(!"\(error)".contains(secret))
    }

    /// A secret that others can read is not used.
    @Test func aSecretThatOthersCanReadIsRefused() throws {
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o644], ofItemAtPath: keys.path(of: .secretKey))
        let error = #expect(throws: ScrivenerError.self) { _ = try keys.read() }
        #expect(error?.mistakes.first?.limit == "mode 0600")
    }

    /// The public key is where the secret one belongs, or a token, or nothing.
    @Test(arguments: ["", "# only a comment\n", "two\nlines\n", "short\n"])
    func whatIsNoKeyIsRefused(_ text: String) throws {
        let path = folder.path("own")
        try SecretFile.write(Array(text.utf8), to: path)
        #expect(throws: ScrivenerError.self) { _ = try WorkerKeyFile.read(path) }
        #expect(throws: ScrivenerError.self) { _ = try CoordinatorKeyFile.read(path) }
    }

    /// Z85 has `#` among its characters, but no key begins with one: such a line is a comment.
    @Test func aKeyHasCommentsAroundIt() throws {
        let key = try CurveKeyPair.generate().publicKey.z85
        let path = folder.path("coordinator")
        let comment = "#" + key.dropFirst()
        try Data("# a comment\n\(comment)\n\(key)\n#\n".utf8).write(
            to: URL(fileURLWithPath: path))
        #expect(try CoordinatorKeyFile.read(path).map(\.z85) == [key])
        #expect(throws: (any Error).self) { _ = try CurvePublicKey(z85: comment) }
    }

    /// Somebody logs a token, or what holds one.
    @Test func aTokenNeverPrintsItself() throws {
        let token = try token("research")
        let text = String(decoding: token.revealedBytes, as: UTF8.self)
        let request = EnrolmentRequest(pool: "p", name: "n", token: token.revealedBytes)
        var dumped = ""
        dump((token, request), to: &dumped)
        let printed = "\(token) \(String(reflecting: token)) \(request) \(dumped)"
        #expect(!printed.contains(text))
        #expect(!printed.contains(token.revealedBytes.map(String.init).joined(separator: ", ")))
        #expect(text.count == "scrivener-pool-".count + 64)
        #expect(!(try self.text(of: .poolTokens)).contains(text))
    }
}
