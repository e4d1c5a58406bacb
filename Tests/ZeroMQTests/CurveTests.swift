import Testing
import ZeroMQ

@Suite struct CurveTests {
    /// The pair in ZeroMQ's documentation (zmq_curve(7)): a wrong byte order or alphabet would
    /// lock us out of every other implementation.
    @Test func documentedKeysAgree() throws {
        let secret = try CurveSecretKey(z85: "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6")
        let pair = try CurveKeyPair(secretKey: secret)
        #expect(pair.publicKey.z85 == "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7")
        #expect(pair.secretKey.revealedZ85 == secret.revealedZ85)
    }

    /// A key made here is read back as itself, as text and as bytes, and no two are alike.
    @Test func newKeysRoundTrip() throws {
        let pair = try CurveKeyPair.generate()
        let again = try CurveKeyPair(
            secretKey: try CurveSecretKey(z85: pair.secretKey.revealedZ85))
        #expect(again.publicKey == pair.publicKey)
        #expect(try CurvePublicKey(z85: pair.publicKey.z85) == pair.publicKey)
        #expect(try CurvePublicKey(bytes: pair.publicKey.bytes) == pair.publicKey)
        #expect(try CurveKeyPair.generate().publicKey != pair.publicKey)
    }

    /// A key file that is empty, cut short, too long, or has a stray character, a NUL, a letter of
    /// two bytes, or a group above 2³²-1: refused each, with nothing written past the key's end.
    @Test(arguments: [
        "", "rq:rM", "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf",
        "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7rq:rM",
        "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf ", "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf\"",
        "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H\08]yf", "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yé",
        "#####>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7", "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7\n",
    ])
    func malformedKeyIsRefused(_ text: String) {
        #expect(throws: ZeroMQError(.invalidArgument, .parseKey)) {
            _ = try CurvePublicKey(z85: text)
        }
        #expect(throws: ZeroMQError(.invalidArgument, .parseKey)) {
            _ = try CurveSecretKey(z85: text)
        }
        #expect(throws: ZeroMQError(.invalidArgument, .parseKey)) {
            _ = try CurvePublicKey(bytes: Array(text.utf8.prefix(31)))
        }
    }

    /// Somebody logs, interpolates, or dumps a whole configuration.
    @Test func secretKeyNeverPrintsItself() throws {
        let pair = try CurveKeyPair.generate()
        var dumped = ""
        dump(pair, to: &dumped)
        let printed = "\(pair) \(pair.secretKey) \(String(reflecting: pair)) \(dumped)"
        #expect(!printed.contains(pair.secretKey.revealedZ85))
        #expect(!dumped.contains("bytes: 32 elements\n    - secret"))
        #expect(printed.contains("<secret key>"))
    }

    /// An impostor's worker dials with the wrong idea of the server's key, and ours with the right
    /// one: only ours gets through. Its payload crosses encrypted and comes back.
    @Test func onlyTheRightServerKeyGetsThrough() async throws {
        let seen = try await onOwnThread {
            let context = try Context()
            let server = try CurveKeyPair.generate()
            let router = try Socket(.router, in: context)
            try router.set(.curveServer, true)
            try router.set(.curveSecretKey, server.secretKey)
            let endpoint = try router.bind("tcp://127.0.0.1:*")
            let impostor = try curveClient(
                "impostor", of: try CurveKeyPair.generate().publicKey, in: context)
            try impostor.connect(endpoint)
            try impostor.sendText("let me in")
            let worker = try curveClient("worker", of: server.publicKey, in: context)
            try worker.connect(endpoint)
            try worker.sendText("hello")
            let plain = try Socket(.dealer, in: context)
            try plain.connect(endpoint)
            try plain.sendText("in the clear")

            let hello = try router.awaitFrames()
            try router.send([hello[0], Array("welcome".utf8)])
            let welcome = try worker.awaitFrames()
            return (hello, welcome, try router.hasMessage(within: .milliseconds(200)))
        }
        #expect(seen.0.map(text) == ["worker", "hello"])
        #expect(seen.1.map(text) == ["welcome"])
        #expect(!seen.2)
    }

    /// libzmq 4.3.4 lets any key in when the ZAP handler is missing. With the domain enforced, as
    /// we set it, it must let none in.
    @Test func enforcedDomainWithoutAHandlerLetsNobodyIn() async throws {
        let cameIn = try await onOwnThread {
            let context = try Context()
            let (router, worker) = try zapGuardedPair(in: context)
            try worker.sendText("hello")
            return try router.hasMessage(within: .milliseconds(300))
        }
        #expect(!cameIn)
    }

    /// A ZAP handler beside the router, on the same loop: it sees the client's key, and the name
    /// that it gives is on the payload frame of each message.
    @Test func handlersNameIsOnThePayloadFrame() async throws {
        let seen = try await onOwnThread {
            let context = try Context()
            let zap = try Socket(.reply, in: context)
            try zap.bind("inproc://zeromq.zap.01")
            let keys = try CurveKeyPair.generate()
            let (router, worker) = try zapGuardedPair(in: context, workerKeys: keys)
            try worker.sendText("hello")

            let poller = Poller()
            poller.add(zap)
            poller.add(router)
            let message = Message()
            var offered: [CurvePublicKey] = []
            while try !router.receive(into: message) {
                guard try poller.wait(timeout: patience) else { throw NothingCame() }
                guard try zap.receive(into: message) else { continue }
                let request = message.copyFrames()
                offered.append(try CurvePublicKey(bytes: request[6]))
                try zap.send([
                    request[0], request[1], Array("200".utf8), Array("OK".utf8),
                    Array("pool/7".utf8), [],
                ])
            }
            return (
                offered == [keys.publicKey], message.copyFrames().map(text),
                message.property(.userID, ofFrame: 1)
            )
        }
        #expect(seen.0)
        #expect(seen.1 == ["worker", "hello"])
        #expect(seen.2 == "pool/7")
    }
}

private func curveClient(
    _ name: String, of serverKey: CurvePublicKey, keys: CurveKeyPair? = nil, in context: Context
) throws -> Socket {
    let keys = try keys ?? CurveKeyPair.generate()
    let client = try Socket(.dealer, in: context)
    try client.set(.routingID, Array(name.utf8))
    try client.set(.curveServerKey, serverKey)
    try client.set(.curvePublicKey, keys.publicKey)
    try client.set(.curveSecretKey, keys.secretKey)
    return client
}

/// A bound router that asks a ZAP handler, and a worker that dials it with the right server key.
private func zapGuardedPair(
    in context: Context, workerKeys: CurveKeyPair? = nil
) throws -> (router: Socket, worker: Socket) {
    let server = try CurveKeyPair.generate()
    let router = try Socket(.router, in: context)
    try router.set(.curveServer, true)
    try router.set(.curveSecretKey, server.secretKey)
    try router.set(.zapDomain, "cluster")
    try router.set(.zapEnforceDomain, true)
    let worker = try curveClient("worker", of: server.publicKey, keys: workerKeys, in: context)
    try worker.connect(try router.bind("tcp://127.0.0.1:*"))
    return (router, worker)
}

extension Socket {
    fileprivate func hasMessage(within timeout: Duration) throws -> Bool {
        let poller = Poller()
        poller.add(self)
        return try poller.wait(timeout: timeout)
    }
}
