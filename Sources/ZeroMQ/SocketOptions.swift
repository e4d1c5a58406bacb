// The options that we use, each with libzmq's default and with what it is for.

internal import CZeroMQ

// MARK: Queues and sizes

extension SocketOption where Value == Int32 {
    /// How many messages may wait for one peer; 0 is no limit. Default 1000.
    package static var sendHighWaterMark: Self { Self(ZMQ_SNDHWM) }
    /// How many messages of one peer may wait for us; 0 is no limit. Default 1000.
    package static var receiveHighWaterMark: Self { Self(ZMQ_RCVHWM) }
    /// How many connections may wait to be accepted. Default 100.
    package static var backlog: Self { Self(ZMQ_BACKLOG) }
    /// With `tcpKeepalive`: after how many seconds without traffic TCP probes, how many seconds lie
    /// between probes, and how many may go unanswered. -1, the default, leaves it to the system.
    package static var tcpKeepaliveIdle: Self { Self(ZMQ_TCP_KEEPALIVE_IDLE) }
    package static var tcpKeepaliveInterval: Self { Self(ZMQ_TCP_KEEPALIVE_INTVL) }
    package static var tcpKeepaliveCount: Self { Self(ZMQ_TCP_KEEPALIVE_CNT) }
}

extension SocketOption where Value == Int64 {
    /// The largest frame, in bytes, that a peer may send: a larger one ends its connection.
    /// -1, the default, is no limit. It bounds a frame, not the number of frames in a message.
    package static var maximumMessageSize: Self { Self(ZMQ_MAXMSGSIZE) }
}

// MARK: Routing

extension SocketOption where Value == Bool {
    /// Whether a router refuses what it cannot deliver (`unroutable`, `wouldBlock`) rather than
    /// drop it without a word. Set only. Default false.
    package static var routerMandatory: Self { Self(ZMQ_ROUTER_MANDATORY) }
    /// Whether a peer that brings a routing id in use takes it over. Set only. Default false.
    package static var routerHandover: Self { Self(ZMQ_ROUTER_HANDOVER) }
    /// Whether messages are queued only for connections that are up. Default false.
    package static var immediate: Self { Self(ZMQ_IMMEDIATE) }
    /// Whether to use IPv6 addresses beside IPv4. Default false.
    package static var ipv6: Self { Self(ZMQ_IPV6) }
}

extension SocketOption where Value == [UInt8] {
    /// By which name routers know this socket, 1 to 255 bytes, the first not 0. By default each
    /// router makes one up.
    package static var routingID: Self { Self(ZMQ_ROUTING_ID) }
}

// MARK: Times

extension SocketOption where Value == Duration {
    /// How long a new connection may take to shake hands; zero is no limit. Default 30 s.
    package static var handshakeInterval: Self { Self(ZMQ_HANDSHAKE_IVL) }
    /// How often to ping a peer; zero, the default, is never.
    package static var heartbeatInterval: Self { Self(ZMQ_HEARTBEAT_IVL) }
    /// For how long we ask the peer to wait for our next ping before it hangs up. Counted in
    /// tenths of a second and rounded down; zero, the default, is for ever; at most 6553.5 s.
    package static var heartbeatTimeToLive: Self { Self(ZMQ_HEARTBEAT_TTL) }
    /// How far apart retries may grow; zero, the default, is no growth.
    package static var reconnectIntervalMaximum: Self { Self(ZMQ_RECONNECT_IVL_MAX) }
    /// How long what TCP has sent may go unacknowledged; zero, the default, is the system's own limit.
    package static var tcpMaximumRetransmission: Self { Self(ZMQ_TCP_MAXRT) }
    /// How long a TCP connection may take to come up; zero, the default, is the system's own limit.
    package static var connectTimeout: Self { Self(ZMQ_CONNECT_TIMEOUT) }
}

extension SocketOption where Value == Duration? {
    /// How long a closed socket goes on sending what is queued; nil is for ever. Default zero
    /// (`Context` sees to that).
    package static var linger: Self { Self(ZMQ_LINGER) }
    /// How long to wait before dialling again; nil is never to. Default 100 ms.
    package static var reconnectInterval: Self { Self(ZMQ_RECONNECT_IVL) }
    /// How long a ping may go unanswered. It reads as nil, and is as long as `heartbeatInterval`,
    /// until it is set; it cannot be set to nil.
    package static var heartbeatTimeout: Self { Self(ZMQ_HEARTBEAT_TIMEOUT) }
}

extension SocketOption where Value == Bool? {
    /// Whether TCP probes idle connections; nil, the default, leaves it to the system.
    package static var tcpKeepalive: Self { Self(ZMQ_TCP_KEEPALIVE) }
}

// MARK: Security

/// libzmq 4.3.4 fails open: a CURVE server without a ZAP handler takes any key. So bind a handler
/// to `inproc://zeromq.zap.01` first, then set `zapDomain` and `zapEnforceDomain`, and bind last.
extension SocketOption where Value == Bool {
    /// Whether this end of CURVE is the one that has the well-known key. Default false.
    package static var curveServer: Self { Self(ZMQ_CURVE_SERVER) }
    /// Whether a connection needs a ZAP handler's consent, refused if there is no handler. It
    /// counts only with a `zapDomain`. Default false.
    package static var zapEnforceDomain: Self { Self(ZMQ_ZAP_ENFORCE_DOMAIN) }
}

extension SocketOption where Value == String {
    /// The name under which a ZAP handler is asked. Default empty.
    package static var zapDomain: Self { Self(ZMQ_ZAP_DOMAIN) }
    /// The endpoint of the last `bind` or `connect`, with the port that it got. Get only.
    package static var lastEndpoint: Self { Self(ZMQ_LAST_ENDPOINT) }
}

extension SocketOption where Value == CurvePublicKey {
    /// A client's own public key. Set before `connect`, with `curveSecretKey`.
    package static var curvePublicKey: Self { Self(ZMQ_CURVE_PUBLICKEY) }
    /// The key that a client expects the server to have; setting it turns CURVE on.
    package static var curveServerKey: Self { Self(ZMQ_CURVE_SERVERKEY) }
}

extension SocketOption where Value == CurveSecretKey {
    /// This end's own secret key.
    package static var curveSecretKey: Self { Self(ZMQ_CURVE_SECRETKEY) }
}

// MARK: State

extension Socket {
    /// The endpoint of the last `bind` or `connect`, with the port that it got.
    package var lastEndpoint: String {
        get throws(ZeroMQError) { try get(.lastEndpoint) }
    }

    /// Whether a received message has frames still to be read. `receive(into:)` always reads all.
    package var receiveMore: Bool {
        get throws(ZeroMQError) { try get(SocketOption<Bool>(ZMQ_RCVMORE)) }
    }

    /// What the socket is ready for.
    package var events: PollEvents {
        get throws(ZeroMQError) {
            PollEvents(
                rawValue: Int16(truncatingIfNeeded: try get(SocketOption<Int32>(ZMQ_EVENTS))))
        }
    }

    /// Becomes readable, on the edge only, when `events` may have changed. For other event loops;
    /// a `Poller` takes care of the edge.
    package var fileDescriptor: Int32 {
        get throws(ZeroMQError) { try get(SocketOption<Int32>(ZMQ_FD)) }
    }
}
