// Who is let in: the whole way, with real sockets, for everybody who should not be.

import Testing

@testable import ZeroMQ

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite struct AuthenticationTests {
    // MARK: Real sockets

    /// A worker with a key on the list comes in under its name; one with any other key does not, and hears why.
    @Test func onlyListedKeysComeIn() async throws {
        let seen = try await onOwnThread {
            let house = try House()
            let (known, stranger) = (try CurveKeyPair.generate(), try CurveKeyPair.generate())
            house.list[known.publicKey] = "w1"
            let turnedAway = try house.guest(stranger)
            let monitor = try SocketMonitor(of: turnedAway)
            try turnedAway.connect(house.endpoint)
            try turnedAway.sendText("let me in")
            var events: [SocketMonitor.Event] = []
            try house.serve {
                while let event = try monitor.next() { events.append(event) }
                return events.contains(.handshakeRefused(status: 400))
            }
            let worker = try house.guest(known)
            try worker.connect(house.endpoint)
            try worker.sendText("hello")
            try house.serve { !house.heard.isEmpty }
            monitor.close()
            return (house.heard.map(\.text), house.heard.map(\.userID), house.asked)
        }
        #expect(seen.0 == ["hello"])
        #expect(seen.1 == ["w1"])
        #expect(seen.2 >= 2)
    }

    /// Whoever is told to come later is not told at all, and dials again by itself.
    @Test func whoComesLaterComesIn() async throws {
        let (heard, asked) = try await onOwnThread {
            let house = try House()
            let known = try CurveKeyPair.generate()
            house.list[known.publicKey] = "w1"
            house.isBusy = true
            let worker = try house.guest(known)
            try worker.set(.reconnectInterval, .milliseconds(10))
            try worker.connect(house.endpoint)
            try worker.sendText("hello")
            try house.serve { house.asked > 1 }
            house.isBusy = false
            try house.serve { !house.heard.isEmpty }
            return (house.heard.map(\.text), house.asked)
        }
        #expect(heard == ["hello"])
        #expect(asked > 2)
    }

    /// A program of ours without keys, and one of another make that speaks ZMTP 1.0, as ZeroMQ 2 did: neither gets
    /// as far as to be asked about.
    @Test func theUnencryptedAndTheOldAreTurnedAway() async throws {
        let (heard, asked, wasHungUp) = try await onOwnThread {
            let house = try House()
            let plain = try Socket(.dealer, in: house.context)
            try plain.connect(house.endpoint)
            try plain.sendText("in the clear")
            // ZMTP 1.0 has no greeting but an anonymous identity: a length of 1, and flags. Then a message.
            let old = try RawPeer(endpoint: house.endpoint)
            old.send([0x01, 0x00, 0x06, 0x00] + Array("hello".utf8))
            let wasHungUp = try house.serve { old.isHungUp }
            return (house.heard.count, house.asked, wasHungUp)
        }
        #expect(heard == 0)
        #expect(asked == 0)
        #expect(wasHungUp)
    }

    /// A peer is hung up on by a message of its own: nothing more of it is heard, and others stay.
    @Test func onePeerIsHungUpOn() async throws {
        let (events, heard) = try await onOwnThread {
            let house = try House()
            let (first, second) = (try CurveKeyPair.generate(), try CurveKeyPair.generate())
            house.list = [first.publicKey: "w1", second.publicKey: "w2"]
            let one = try house.guest(first)
            try one.set(.reconnectInterval, nil)
            let monitor = try SocketMonitor(of: one)
            try one.connect(house.endpoint)
            let other = try house.guest(second)
            try other.connect(house.endpoint)
            try one.sendText("one")
            try house.serve { house.heard.count == 1 }
            try #require(house.heard.first?.connection).hangUp()
            var hasEnded = false
            try house.serve {
                while let event = try monitor.next() {
                    if case .disconnected = event { hasEnded = true }
                }
                return hasEnded
            }
            try other.sendText("other")
            try house.serve { house.heard.count == 2 }
            monitor.close()
            // What is over already is hung up on without harm.
            house.heard[0].connection?.hangUp()
            try other.sendText("still there")
            try house.serve { house.heard.count == 3 }
            return (hasEnded, house.heard.map(\.text))
        }
        #expect(events)
        #expect(heard == ["one", "other", "still there"])
    }

    /// A descriptor that is somebody else's by now is not taken for the peer's: it was accepted elsewhere, or came from
    /// another host.
    @Test func anothersDescriptorIsNoPeers() async throws {
        let found = try await onOwnThread {
            let house = try House()
            let known = try CurveKeyPair.generate()
            house.list[known.publicKey] = "w1"
            let guest = try house.guest(known)
            try guest.connect(house.endpoint)
            try guest.sendText("hello")
            try house.serve { !house.heard.isEmpty }
            let descriptor = try #require(house.heard.first?.connection).descriptor
            let cases = [
                (house.endpoint, "127.0.0.1"), ("tcp://127.0.0.1:1", "127.0.0.1"),
                (house.endpoint, "10.0.0.1"),
            ]
            let found = cases.map { endpoint, host in
                PeerConnection(descriptor: descriptor, acceptedOn: endpoint, from: host) != nil
            }
            guest.close()
            return found
        }
        #expect(found == [true, false, false])
    }

    // MARK: Requests

    private static let key = Array(repeating: UInt8(7), count: 32)

    private static func frames(
        _ mechanism: String = "CURVE", _ credentials: [[UInt8]] = [key], version: String = "1.0"
    ) -> [[UInt8]] {
        [version, "1", "workers", "127.0.0.1", ""].map { Array($0.utf8) }
            + [Array(mechanism.utf8)] + credentials
    }

    /// What libzmq asks is understood as it was meant.
    @Test func requestsAreRead() throws {
        let request = try #require(AuthenticationRequest(frames: Self.frames()))
        #expect(request.domain == "workers" && request.address == "127.0.0.1")
        #expect(request.credentials == .curve(try CurvePublicKey(bytes: Self.key)))
        #expect(
            AuthenticationRequest(frames: Self.frames("NULL", []))?.credentials
                == AuthenticationRequest.Credentials.none)
        #expect(
            AuthenticationRequest(frames: Self.frames("PLAIN", [[1], [2]]))?.credentials
                == .other(mechanism: "PLAIN"))
        for wrong in [
            [], Self.frames(version: "2.0"), Self.frames("CURVE", []), Self.frames("NULL", [[1]]),
            Self.frames("CURVE", [[1, 2]]), Self.frames("CURVE", [Self.key, Self.key]),
            Array(Self.frames().prefix(5)),
        ] {
            #expect(AuthenticationRequest(frames: wrong) == nil, "\(wrong)")
        }
    }

    /// Frames from nobody in particular: none of them is a trap, and none of them a key that was not there.
    @Test func noFramesTrap() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var frames = Self.frames()
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: frames = Array(frames.prefix(.random(in: 0...frames.count)))
                case 1:
                    frames.append(
                        [UInt8](repeating: .random(in: 0...255), count: .random(in: 0...40)))
                case 2 where !frames.isEmpty:
                    frames[.random(in: frames.indices)] = (0..<Int.random(in: 0...40)).map { _ in
                        .random(in: .min ... .max)
                    }
                default: frames.shuffle()
                }
            }
            guard let request = AuthenticationRequest(frames: frames),
                case .curve(let key) = request.credentials
            else { continue }
            #expect(frames.count == 7 && frames[6] == key.bytes && frames[5] == Array("CURVE".utf8))
        }
    }
}

/// A router that lets in who is on its list. Confined to the thread of its test.
private final class House {
    struct Heard {
        var text: String
        var userID: String?
        var connection: PeerConnection?
    }

    let context: Context
    let endpoint: String
    var list: [CurvePublicKey: String] = [:]
    var isBusy = false
    var asked = 0
    var heard: [Heard] = []
    private let keys: CurveKeyPair
    private let handler: AuthenticationHandler
    private let router: Socket
    private let message = Message()

    init() throws {
        context = try Context()
        keys = try CurveKeyPair.generate()
        handler = try AuthenticationHandler(in: context)
        router = try Socket(.router, in: context)
        try router.set(.curveServer, true)
        try router.set(.curveSecretKey, keys.secretKey)
        try router.set(.zapDomain, "workers")
        try router.set(.zapEnforceDomain, true)
        endpoint = try router.bind("tcp://127.0.0.1:*")
    }

    /// A socket that means this house.
    func guest(_ pair: CurveKeyPair) throws -> Socket {
        let guest = try Socket(.dealer, in: context)
        try guest.set(.curveServerKey, keys.publicKey)
        try guest.set(.curvePublicKey, pair.publicKey)
        try guest.set(.curveSecretKey, pair.secretKey)
        return guest
    }

    /// Answers and listens until something holds.
    @discardableResult
    func serve(until isDone: () throws -> Bool) throws -> Bool {
        let poller = Poller()
        poller.add(handler.socket)
        poller.add(router)
        let deadline = ContinuousClock.now + patience
        while try !isDone() {
            guard ContinuousClock.now < deadline else { throw NothingCame() }
            _ = try poller.wait(timeout: .milliseconds(5))
            try handler.answer(atMost: 10) { request in
                asked += 1
                guard !isBusy else { return .later }
                guard case .curve(let key) = request.credentials, let name = list[key] else {
                    return .refused(reason: "not on the list")
                }
                return .taken(userID: name)
            }
            while try router.receive(into: message) {
                heard.append(
                    Heard(
                        text: ZeroMQTests.text(message.copyFrame(1) ?? []),
                        userID: message.property(.userID, ofFrame: 1),
                        connection: message.connection(ofFrame: 1, acceptedOn: endpoint)))
            }
        }
        return true
    }
}

/// A TCP peer that libzmq knows nothing of.
private final class RawPeer {
    private let descriptor: Int32

    init(endpoint: String) throws {
        let port = try #require(UInt16(endpoint.split(separator: ":").last ?? ""))
        #if canImport(Darwin)
            descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #else
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let failure = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(failure == 0)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) { _ = write(descriptor, bytes, bytes.count) }

    /// Whether the other end has closed the connection, after whatever it has said.
    var isHungUp: Bool {
        var bytes = [UInt8](repeating: 0, count: 256)
        while true {
            let count = read(descriptor, &bytes, bytes.count)
            if count > 0 { continue }
            return count == 0 || errno == ECONNRESET
        }
    }
}
