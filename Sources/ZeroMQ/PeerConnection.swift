// Hanging up on one peer of a router. libzmq has no call for that in its stable interface; but each message says
// by which descriptor it came, and a connection whose descriptor is shut down is one that has broken.
//
// The descriptor is libzmq's, which may have closed it by now, and the system may have given its number to
// somebody else, also before the message is read. So a descriptor is taken only when it was accepted on the router's
// port and from the host that the message came from; the peer's address is kept with it, and nothing is shut down
// that has another one. What could still happen is that another peer of the same host has to dial again.

internal import CZeroMQ

/// The connection by which a message came.
package struct PeerConnection: Sendable, Equatable {
    /// As the system has it: family, address, port.
    private let address: [UInt8]
    /// Tells it from the others that there are at the same time.
    package let descriptor: Int32

    private static let maximumAddressBytes: Int32 = 128

    /// - Parameters:
    ///   - endpoint: that it was accepted on.
    ///   - host: that it came from, as `MessageProperty.peerAddress` says, where that is known.
    /// - Returns: `nil` where nothing is connected, or somebody else.
    package init?(descriptor: Int32, acceptedOn endpoint: String, from host: String? = nil) {
        guard let address = Self.address(of: descriptor) else { return nil }
        if let port = Self.port(of: endpoint) {
            guard czmq_own_port(descriptor) == port else { return nil }
            guard host == nil || host == Self.host(of: descriptor) else { return nil }
        }
        self.address = address
        self.descriptor = descriptor
    }

    /// Of TCP.
    package static func port(of endpoint: String) -> Int32? {
        guard endpoint.hasPrefix("tcp://"), let colon = endpoint.lastIndex(of: ":") else {
            return nil
        }
        return UInt16(endpoint[endpoint.index(after: colon)...]).map { Int32($0) }
    }

    private static func host(of descriptor: Int32) -> String? {
        var text = [CChar](repeating: 0, count: Int(maximumAddressBytes))
        guard czmq_peer_host(descriptor, &text, maximumAddressBytes) == 0 else { return nil }
        return String(
            decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func address(of descriptor: Int32) -> [UInt8]? {
        guard descriptor >= 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(maximumAddressBytes))
        let count = czmq_peer_address(descriptor, &bytes, maximumAddressBytes)
        return count < 0 ? nil : Array(bytes.prefix(Int(count)))
    }

    /// Ends the connection, if it is still there. What was sent to the peer and is not out yet is lost.
    package func hangUp() {
        guard Self.address(of: descriptor) == address else { return }
        czmq_hang_up(descriptor)
    }
}

extension Message {
    /// The connection that a frame came by; `nil` on inproc, and where it is over already.
    ///
    /// - Parameter endpoint: of the router that received the message.
    package func connection(ofFrame index: Int, acceptedOn endpoint: String) -> PeerConnection? {
        descriptor(ofFrame: index).flatMap {
            PeerConnection(
                descriptor: $0, acceptedOn: endpoint,
                from: property(.peerAddress, ofFrame: index))
        }
    }
}
