import Testing
import ZeroMQ

/// A router and dealers, as the coordinator and its workers use them.
@Suite struct RouterDealerTests {
    /// The plain path over TCP: a wildcard port, ids both ways, frames read where they lie, and one
    /// `Message` used again. Stands for a wrapper that mixes up frames or leaves old ones behind.
    @Test func roundTripWithFramesReadInPlace() async throws {
        let seen = try await onOwnThread {
            let context = try Context()
            let router = try Socket(.router, in: context)
            let dealer = try Socket(.dealer, in: context)
            try dealer.set(.routingID, Array("worker".utf8))
            try dealer.connect(try router.bind("tcp://127.0.0.1:*"))

            let message = Message(maximumFrameCount: 4)
            let large = [UInt8](repeating: 7, count: 100_000)
            try dealer.send([Array("three".utf8), large, []])
            try router.awaitMessage(into: message)
            let first = (0..<5).map { message.size(ofFrame: $0) }
            let sum = message.withSpan(ofFrame: 2) { span in
                (0..<span.byteCount).reduce(0) { total, offset in
                    total + Int(span.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
                }
            }
            // The id goes back out of the very frame that it came in.
            let payload = Array("answer".utf8)
            try message.withFrame(0) { routingID in
                try payload.withUnsafeBytes { try router.send(routingID, $0) }
            }
            let answer = try dealer.awaitFrames()
            try dealer.send("one".utf8.span.bytes)
            try router.awaitMessage(into: message)
            return (first, sum, answer, message.copyFrames())
        }
        #expect(seen.0 == [6, 5, 100_000, 0, nil])
        #expect(seen.1 == 700_000)
        #expect(seen.2.map(text) == ["answer"])
        #expect(seen.3.map(text) == ["worker", "one"])
    }

    /// A worker that is gone. With libzmq's defaults the send succeeds and the message vanishes.
    @Test func mandatoryRouterSaysThatAPeerIsUnknown() async throws {
        let code = try await onOwnThread {
            let router = try Socket(.router, in: try Context())
            try router.set(.routerMandatory, true)
            try router.bind("inproc://unknown-peer")
            return Socket.code { () throws(ZeroMQError) in try router.sendText("nobody", "work") }
        }
        #expect(code == .unroutable)
    }

    /// A worker that does not keep up. A refused message must leave no frame behind, or the next
    /// message would begin in its middle; and room that comes free must be found.
    @Test func fullPeerBlocksWithNothingHalfSent() async throws {
        let seen = try await onOwnThread {
            let context = try Context()
            let router = try Socket(.router, in: context)
            try router.set(.routerMandatory, true)
            try router.set(.sendHighWaterMark, 2)
            try router.bind("inproc://slow-peer")
            let dealer = try Socket(.dealer, in: context)
            try dealer.set(.routingID, Array("slow".utf8))
            try dealer.set(.receiveHighWaterMark, 2)
            try dealer.connect("inproc://slow-peer")

            var refusals: [ZeroMQError.Code?] = []
            var sent = 0
            while refusals.count < 3 {
                let code = Socket.code { () throws(ZeroMQError) in
                    try router.sendText("slow", "head \(sent)", "tail \(sent)")
                }
                if code == nil { sent += 1 } else { refusals.append(code) }
            }
            var received: [[String]] = []
            for _ in 0..<sent { received.append(try dealer.awaitFrames().map(text)) }
            let poller = Poller()
            poller.add(router, for: .writable)
            let hasRoom = try poller.wait(timeout: patience) && poller.isWritable(router)
            try router.sendText("slow", "head again", "tail again")
            received.append(try dealer.awaitFrames().map(text))
            return (sent, refusals, received, hasRoom, try dealer.receive(into: Message()))
        }
        let sent = seen.0
        #expect(sent == 4)
        #expect(seen.1 == [.wouldBlock, .wouldBlock, .wouldBlock])
        #expect(
            seen.2 == (0..<sent).map { ["head \($0)", "tail \($0)"] } + [
                ["head again", "tail again"]
            ])
        #expect(seen.3)
        #expect(!seen.4)
    }

    /// A dealer whose coordinator is not there yet: the message stays with the caller.
    @Test func dealerWithoutAConnectionBlocks() async throws {
        let code = try await onOwnThread {
            let dealer = try Socket(.dealer, in: try Context())
            return Socket.code { () throws(ZeroMQError) in try dealer.sendText("a", "b") }
        }
        #expect(code == .wouldBlock)
    }

    /// A peer that sends a frame above the limit. libzmq hangs up on it and takes nothing of the
    /// message; the peer dials again and is served.
    @Test func oversizeMessageEndsTheConnectionOnly() async throws {
        let seen = try await onOwnThread {
            let context = try Context()
            let router = try Socket(.router, in: context)
            try router.set(.maximumMessageSize, 1000)
            let endpoint = try router.bind("tcp://127.0.0.1:*")
            let dealer = try Socket(.dealer, in: context)
            try dealer.set(.reconnectInterval, .milliseconds(5))
            try dealer.connect(endpoint)

            try dealer.send([[UInt8](repeating: 1, count: 1001)])
            // What is sent before the dealer sees the hang-up is lost with the connection, so this
            // goes on until something arrives.
            let poller = Poller()
            poller.add(router)
            let deadline = ContinuousClock.now + patience
            while try !poller.wait(timeout: .milliseconds(20)), ContinuousClock.now < deadline {
                try? dealer.sendText("small")
            }
            return try router.awaitFrames(within: .zero)[1]
        }
        #expect(text(seen) == "small")
    }

    /// A peer that sends a message of very many frames. It must neither trap nor allocate a slot
    /// for each; who sent it can be told; and the next message is intact.
    @Test func tooManyFramesAreRefusedAndDrained() async throws {
        let seen = try await onOwnThread {
            let context = try Context()
            let router = try Socket(.router, in: context)
            try router.bind("inproc://frames")
            let dealer = try Socket(.dealer, in: context)
            try dealer.set(.routingID, Array("hostile".utf8))
            try dealer.connect("inproc://frames")
            try dealer.send((0..<1000).map { [UInt8](repeating: UInt8($0 % 256), count: 100) })
            try dealer.sendText("next")

            let message = Message(maximumFrameCount: 3)
            let code = Socket.code { () throws(ZeroMQError) in
                while try !router.receive(into: message) {}
            }
            let sender = message.copyFrame(0)
            let count = message.count
            try router.awaitMessage(into: message)
            return (code, sender, count, message.copyFrames())
        }
        #expect(seen.0 == .tooManyFrames)
        #expect(seen.1.map(text) == "hostile")
        #expect(seen.2 == 3)
        #expect(seen.3.map(text) == ["hostile", "next"])
    }

    /// Workers that vanish while a long message is on its way to them, one after the other. libzmq
    /// then gives the message up in its middle; a sender that stopped there would lose the next
    /// message, and one that went on wrongly would join two into one.
    @Test func vanishingPeersNeverSeePartOfAMessage() async throws {
        let context = try Context()
        // So many that libzmq looks for news of the peer while a message is being sent.
        let frameCount = 10_000
        let peers = 50
        let left = Mailbox<Void>(wakeUp: try WakeUp())
        let bound = Mailbox<Void>(wakeUp: try WakeUp())
        async let refusals = onOwnThread {
            let dealer = try Socket(.dealer, in: context)
            try dealer.set(.sendHighWaterMark, 4)
            try dealer.bind("inproc://vanishing")
            _ = bound.post(())
            let frames = [[1]] + Array(repeating: [2], count: frameCount - 2) + [[UInt8(3)]]
            let poller = Poller(wakeUp: left.wakeUp)
            poller.add(dealer, for: .writable)
            var refusals: Set<ZeroMQError.Code> = []
            while try poller.wait(timeout: patience), !poller.wasWoken {
                let code = Socket.code { () throws(ZeroMQError) in try dealer.send(frames) }
                if let code { refusals.insert(code) }
            }
            return refusals
        }
        let damaged = try await onOwnThread {
            _ = try Poller(wakeUp: bound.wakeUp).wait(timeout: patience)
            let message = Message(maximumFrameCount: frameCount)
            var damaged = 0
            for _ in 0..<peers {
                let peer = try Socket(.dealer, in: context)
                try peer.set(.receiveHighWaterMark, 4)
                try peer.connect("inproc://vanishing")
                for _ in 0..<2 {
                    try peer.awaitMessage(into: message)
                    let ends = [message.copyFrame(0), message.copyFrame(frameCount - 1)]
                    damaged += ends == [[1], [3]] ? 0 : 1
                }
            }
            _ = left.post(())
            return damaged
        }
        #expect(damaged == 0)
        #expect(try await refusals.isSubset(of: [.wouldBlock]))
    }

    /// The administrator wants to know from where a worker dialled.
    @Test func payloadFrameKnowsThePeersAddress() async throws {
        let seen = try await onOwnThread {
            let context = try Context()
            let router = try Socket(.router, in: context)
            let dealer = try Socket(.dealer, in: context)
            try dealer.connect(try router.bind("tcp://127.0.0.1:*"))
            try dealer.sendText("hello")
            let message = Message()
            try router.awaitMessage(into: message)
            return (
                message.property(.peerAddress, ofFrame: 1), message.property(.userID, ofFrame: 1),
                message.property(.peerAddress, ofFrame: 9)
            )
        }
        #expect(seen.0 == "127.0.0.1")
        #expect(seen.1 == nil)
        #expect(seen.2 == nil)
    }

    /// REQ and REP, which ZAP is spoken over, keep to their turns.
    @Test func replyOutOfTurnIsAnErrorNotATrap() async throws {
        let seen = try await onOwnThread {
            let context = try Context()
            let reply = try Socket(.reply, in: context)
            try reply.bind("inproc://turns")
            let request = try Socket(.request, in: context)
            try request.connect("inproc://turns")
            let early = Socket.code { () throws(ZeroMQError) in try reply.sendText("early") }
            try request.sendText("question")
            let question = try reply.awaitFrames()
            try reply.sendText("answer")
            return (early, question, try request.awaitFrames())
        }
        #expect(seen.0 == .wrongState)
        #expect(seen.1.map(text) == ["question"])
        #expect(seen.2.map(text) == ["answer"])
    }
}
