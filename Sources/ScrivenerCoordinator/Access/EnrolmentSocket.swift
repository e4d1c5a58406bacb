// The coordinator's second endpoint, where replicas enrol. Anybody who knows the coordinator's public key may speak
// there, so it has a context and a thread of its own, takes small messages only, few connections at a time, and none
// of them for long: what happens here costs those who work nothing.

import ScrivenerModel
import ScrivenerWire
import ZeroMQ

/// The endpoint of enrolments. Confined to the thread that made it.
final class EnrolmentSocket {
    static let domain = "enrolment"
    static let maximumConnections = 64
    /// How long a connection may last, and how many requests may come by it.
    static let maximumAge = TimeSpan.seconds(10)
    static let maximumRequests = 3
    private static let connectionsPerTurn = 64
    private static let eventsPerTurn = 1_024
    private static let requestsPerTurn = 64

    /// A request, and where it came from.
    struct Arrival {
        fileprivate var route: [UInt8]
        var key: CurvePublicKey
        var address: String
        var request: Result<EnrolmentRequest, WireError>
    }

    private struct Guest {
        var connection: PeerConnection?
        var due: Instant
        var requests = 0
    }

    let endpoint: String
    private let poller: Poller
    private let authentication: AuthenticationHandler
    private let socket: Socket
    private let monitor: SocketMonitor
    private let message = Message(maximumFrameCount: 2)
    /// By descriptor.
    private var guests: [Int32: Guest] = [:]

    init(binding endpoint: String, keys: CurveKeyPair, poller: Poller) throws(ZeroMQError) {
        let context = try Context()
        authentication = try AuthenticationHandler(in: context)
        socket = try Socket(.router, in: context)
        monitor = try SocketMonitor(of: socket)
        try socket.set(.linger, .milliseconds(500))
        try socket.set(.ipv6, true)
        try socket.set(.sendHighWaterMark, 16)
        try socket.set(.receiveHighWaterMark, 16)
        try socket.set(.backlog, Int32(Self.maximumConnections))
        try socket.set(.maximumMessageSize, Int64(EnrolmentRequest.maximumBytes))
        try socket.set(.handshakeInterval, .seconds(5))
        try socket.set(.curveServer, true)
        try socket.set(.curveSecretKey, keys.secretKey)
        try socket.set(.zapDomain, Self.domain)
        try socket.set(.zapEnforceDomain, true)
        self.endpoint = try socket.bind(endpoint)
        self.poller = poller
        for each in [authentication.socket, socket, monitor.socket] { poller.add(each) }
    }

    func close() {
        for each in [authentication.socket, socket, monitor.socket] { poller.remove(each) }
        monitor.close()
        socket.close()
        authentication.close()
    }

    /// When a connection has lasted long enough.
    var nextDue: Instant? { guests.values.lazy.map(\.due).min() }

    // MARK: Connections

    /// Lets those in who may come in, and ends connections that are too many or too old.
    ///
    /// - Parameter mayConnect: whether somebody from an address may connect.
    func attend(at now: Instant, _ mayConnect: (String) -> Bool) throws(ZeroMQError) {
        try takeEvents(at: now)
        try authentication.answer(atMost: Self.connectionsPerTurn) { request in
            guard request.domain == Self.domain, case .curve(let key) = request.credentials else {
                return .refused(reason: "only CURVE is spoken here")
            }
            // Whoever comes too often is not told: a peer that is told does not dial again.
            return mayConnect(request.address) ? .taken(userID: key.z85) : .later
        }
        for (descriptor, guest) in guests where guest.due <= now {
            guest.connection?.hangUp()
            guests[descriptor] = nil
        }
    }

    private func takeEvents(at now: Instant) throws(ZeroMQError) {
        for _ in 0..<Self.eventsPerTurn {
            guard let event = try monitor.next() else { return }
            switch event {
            case .accepted(let descriptor):
                let connection = PeerConnection(
                    descriptor: descriptor, acceptedOn: endpoint)
                guard guests.count < Self.maximumConnections else {
                    connection?.hangUp()
                    continue
                }
                guests[descriptor] = Guest(
                    connection: connection, due: now.advanced(by: Self.maximumAge))
            case .disconnected(let descriptor): guests[descriptor] = nil
            default: continue
            }
        }
    }

    // MARK: Requests

    /// What has arrived, so many requests at most.
    func receive() throws(ZeroMQError) -> [Arrival] {
        var arrivals: [Arrival] = []
        for _ in 0..<Self.requestsPerTurn {
            do throws(ZeroMQError) {
                guard try socket.receive(into: message) else { break }
            } catch {
                guard error.code == .tooManyFrames else { throw error }
                message.connection(ofFrame: 1, acceptedOn: endpoint)?.hangUp()
                continue
            }
            guard message.count == 2, let route = message.copyFrame(0), isWelcome(message),
                let key = message.property(.userID, ofFrame: 1)
                    .flatMap({ try? CurvePublicKey(z85: $0) })
            else { continue }
            let request = message.withSpan(ofFrame: 1) { bytes in
                Result { () throws(WireError) in try WireCodec.decode(enrolment: bytes) }
            }
            arrivals.append(
                Arrival(
                    route: route, key: key,
                    address: message.property(.peerAddress, ofFrame: 1) ?? "",
                    request: request ?? .failure(.malformed)))
        }
        return arrivals
    }

    /// Whether another request may come by the connection of a message.
    private func isWelcome(_ message: Message) -> Bool {
        guard let connection = message.connection(ofFrame: 1, acceptedOn: endpoint) else {
            return false
        }
        guests[connection.descriptor]?.requests += 1
        let requests = guests[connection.descriptor]?.requests ?? 0
        guard requests <= Self.maximumRequests else {
            connection.hangUp()
            return false
        }
        return true
    }

    /// Whoever is gone does not hear it.
    func send(_ answer: EnrolmentAnswer, to arrival: Arrival) {
        let bytes = WireCodec.encode(answer)
        try? socket.send(arrival.route.span.bytes, bytes.span.bytes)
    }
}
