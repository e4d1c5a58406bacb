import Testing
import ZeroMQ

/// Binding, connecting, closing, and options: everything that an operator can get wrong.
@Suite struct EndpointTests {
    /// Two coordinators on one port: the second must be told so, and which port it was.
    @Test func addressInUseNamesTheEndpoint() async throws {
        let (endpoint, error) = try await onOwnThread {
            let context = try Context()
            let first = try Socket(.router, in: context)
            let second = try Socket(.router, in: context)
            let endpoint = try first.bind("tcp://127.0.0.1:*")
            do throws(ZeroMQError) {
                try second.bind(endpoint)
                return (endpoint, ZeroMQError?.none)
            } catch {
                return (endpoint, error)
            }
        }
        #expect(error == ZeroMQError(.addressInUse, .bind, endpoint: endpoint))
        #expect(error?.description == "ZeroMQ bind (\(endpoint)): address in use")
    }

    /// A wildcard port is told back as the real one.
    @Test func wildcardBindReturnsThePort() async throws {
        let (bound, last, port) = try await onOwnThread {
            let socket = try Socket(.router, in: try Context())
            let bound = try socket.bind("tcp://127.0.0.1:*")
            return (
                bound, try socket.lastEndpoint, bound.split(separator: ":").last.map(String.init)
            )
        }
        #expect(bound == last)
        #expect(port.flatMap { UInt16($0) } != nil)
    }

    /// A configuration file with nonsense for an address: an error each, never a trap, and nothing
    /// cut off at a NUL. (libzmq alone listens on port 34463 for 99999, and on 55 for 55x5.)
    @Test(arguments: [
        ("tcp://", ZeroMQError.Code.invalidArgument),
        ("127.0.0.1:5555", .invalidArgument),
        ("carrier-pigeon://roof", .unsupported),
        ("tcp://127.0.0.1:99999", .invalidArgument),
        ("tcp://127.0.0.1:55x5", .invalidArgument),
        ("tcp://127.0.0.1", .invalidArgument),
        ("tcp://203.0.113.1:*", .addressUnavailable),
        ("inproc://a\0b", .invalidArgument),
        ("", .invalidArgument),
    ])
    func nonsenseEndpointIsRefused(_ endpoint: String, _ expected: ZeroMQError.Code) async throws {
        let code = try await onOwnThread {
            let socket = try Socket(.router, in: try Context())
            return Socket.code { () throws(ZeroMQError) in _ = try socket.bind(endpoint) }
        }
        #expect(code == expected)
    }

    /// A worker that gives up one coordinator for another, and one that was never there.
    @Test func unbindAndDisconnectKnowTheirEndpoints() async throws {
        let codes = try await onOwnThread {
            let context = try Context()
            let router = try Socket(.router, in: context)
            let dealer = try Socket(.dealer, in: context)
            let endpoint = try router.bind("tcp://127.0.0.1:*")
            try dealer.connect(endpoint)
            return [
                Socket.code { () throws(ZeroMQError) in try dealer.disconnect(endpoint) },
                Socket.code { () throws(ZeroMQError) in try dealer.disconnect(endpoint) },
                Socket.code { () throws(ZeroMQError) in try router.unbind(endpoint) },
                Socket.code { () throws(ZeroMQError) in try router.unbind(endpoint) },
            ]
        }
        #expect(codes == [nil, .unknownEndpoint, nil, .unknownEndpoint])
    }

    /// A dead socket is replaced, and something still holds the old one.
    @Test func closedSocketThrowsEverywhere() async throws {
        let codes = try await onOwnThread {
            let socket = try Socket(.dealer, in: try Context())
            let poller = Poller()
            poller.add(socket)
            socket.close()
            socket.close()
            return [
                Socket.code { () throws(ZeroMQError) in try socket.sendText("a") },
                Socket.code { () throws(ZeroMQError) in _ = try socket.receive(into: Message()) },
                Socket.code { () throws(ZeroMQError) in try socket.connect("inproc://x") },
                Socket.code { () throws(ZeroMQError) in try socket.set(.linger, .zero) },
                Socket.code { () throws(ZeroMQError) in _ = try poller.wait(timeout: .zero) },
            ]
        }
        #expect(codes == Array(repeating: .closed, count: 5))
    }

    /// Each option is read back as it was set: a wrong code or width would set another one.
    @Test func optionsReadBack() async throws {
        let values = try await onOwnThread {
            let socket = try Socket(.dealer, in: try Context())
            func echo<Value>(_ option: SocketOption<Value>, _ value: Value) throws -> String {
                try socket.set(option, value)
                return "\(try socket.get(option))"
            }
            let lingerAtFirst = try socket.get(.linger)
            return [
                "\(lingerAtFirst == .zero)",
                try echo(.sendHighWaterMark, 5), try echo(.receiveHighWaterMark, 6),
                try echo(.maximumMessageSize, 1 << 40),
                "\(try socket.get(.heartbeatTimeout) == nil)",
                try echo(.linger, .milliseconds(70)), try echo(.linger, nil),
                try echo(.handshakeInterval, .seconds(3)),
                try echo(.heartbeatInterval, .seconds(4)),
                try echo(.heartbeatTimeout, .seconds(5)),
                try echo(.heartbeatTimeToLive, .milliseconds(6400)),
                try echo(.reconnectInterval, nil), try echo(.reconnectInterval, .microseconds(1)),
                try echo(.reconnectIntervalMaximum, .seconds(8)),
                try echo(.connectTimeout, .seconds(9)),
                try echo(.immediate, true), try echo(.ipv6, true),
                try echo(.tcpKeepalive, nil), try echo(.tcpKeepalive, true),
                try echo(.routingID, [1, 2, 3]), try echo(.zapDomain, "cluster"),
                try echo(.zapEnforceDomain, true), try echo(.curveServer, true),
                "\(try socket.receiveMore)", "\(try socket.fileDescriptor >= 0)",
                "\(try socket.events == .readable)",
            ]
        }
        #expect(
            values == [
                "true", "5", "6", "1099511627776", "true", "Optional(0.07 seconds)", "nil",
                "3.0 seconds", "4.0 seconds", "Optional(5.0 seconds)", "6.4 seconds", "nil",
                "Optional(0.001 seconds)", "8.0 seconds", "9.0 seconds", "true", "true", "nil",
                "Optional(true)", "[1, 2, 3]", "cluster", "true", "true", "false", "true", "false",
            ])
    }

    /// Configuration out of range: an error each, never a trap or a silent wrap-around.
    @Test func optionOutOfRangeIsRefused() async throws {
        let codes = try await onOwnThread {
            let socket = try Socket(.router, in: try Context())
            return [
                Socket.code { () throws(ZeroMQError) in try socket.set(.linger, .seconds(-5)) },
                Socket.code { () throws(ZeroMQError) in
                    try socket.set(.handshakeInterval, .seconds(Int64.max))
                },
                Socket.code { () throws(ZeroMQError) in
                    try socket.set(.heartbeatTimeToLive, .seconds(6554))
                },
                Socket.code { () throws(ZeroMQError) in try socket.set(.sendHighWaterMark, -1) },
                Socket.code { () throws(ZeroMQError) in try socket.set(.heartbeatTimeout, nil) },
                Socket.code { () throws(ZeroMQError) in try socket.set(.routingID, []) },
                Socket.code { () throws(ZeroMQError) in
                    try socket.set(.routingID, [UInt8](repeating: 1, count: 256))
                },
                Socket.code { () throws(ZeroMQError) in try socket.set(.zapDomain, "a\0b") },
                Socket.code { () throws(ZeroMQError) in _ = try Context(ioThreads: -1) },
                Socket.code { () throws(ZeroMQError) in _ = try Context(maximumSockets: Int.max) },
            ]
        }
        #expect(codes == Array(repeating: .invalidArgument, count: 10))
    }
}
