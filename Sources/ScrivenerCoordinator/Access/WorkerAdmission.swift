// Which worker speaks on which connection, where workers have keys. A connection's key is known from its handshake;
// which worker the key belongs to is looked up when the worker registers, and from then on each message has to bear
// that key. The connection's number alone would not do: libzmq makes it, but takes one that the peer has chosen as
// well, and nobody says when a connection is over, so that somebody else could go on with its number.

import ScrivenerCore
import ScrivenerSecurity
import ZeroMQ

/// The connections on which workers have registered under their own names.
struct WorkerAdmission {
    /// Who is at the other end.
    struct Peer: Equatable {
        var connection: ConnectionID
        var workerID: String
        var key: CurvePublicKey
        /// To hang up by.
        var line: PeerConnection?
    }

    /// A worker that comes back does so on another connection, and nobody says that the one before is over. So many
    /// of a worker are remembered; who speaks on an older one has to register again.
    private static let maximumOfWorker = 4

    private var places = ConnectionTable()
    private var peers: [Peer?] = []
    /// Their keys, in the same places, as messages bear them.
    private var keys: [[CChar]] = []
    private var freePlaces: [Int32] = []
    /// Of each worker, the latest last.
    private var connections: [String: [ConnectionID]] = [:]

    var count: Int { places.count }

    /// Whether a message is that of a worker which has registered on its connection.
    ///
    /// - Parameter bears: whether the message bears a key, given as Z85 with a NUL at its end.
    @inline(__always)
    func admits(_ connection: ConnectionID, _ bears: ([CChar]) -> Bool) -> Bool {
        guard let place = places[connection] else { return false }
        return bears(keys[Int(place)])
    }

    subscript(connection: ConnectionID) -> Peer? {
        places[connection].flatMap { peers[Int($0)] }
    }

    mutating func admit(_ peer: Peer) {
        remove(peer.connection)
        let key = Array(peer.key.z85.utf8CString)
        let place = freePlaces.popLast() ?? Int32(peers.count)
        if Int(place) == peers.count {
            peers.append(peer)
            keys.append(key)
        } else {
            peers[Int(place)] = peer
            keys[Int(place)] = key
        }
        places[peer.connection] = place
        connections[peer.workerID, default: []].append(peer.connection)
        if let all = connections[peer.workerID], all.count > Self.maximumOfWorker {
            remove(all[0])
        }
    }

    /// - Returns: who spoke there.
    @discardableResult
    mutating func remove(_ connection: ConnectionID) -> Peer? {
        guard let place = places[connection], let peer = peers[Int(place)] else { return nil }
        places[connection] = nil
        peers[Int(place)] = nil
        freePlaces.append(place)
        connections[peer.workerID]?.removeAll { $0 == connection }
        if connections[peer.workerID]?.isEmpty == true { connections[peer.workerID] = nil }
        return peer
    }

    /// Those whose key is no longer that of the worker which they have registered as, in order.
    func revoked(under access: WorkerAccess) -> [Peer] {
        all { access[$0.key] != $0.workerID }
    }

    /// Those of whom something holds, in order.
    func all(_ isMeant: (Peer) -> Bool) -> [Peer] {
        peers.compactMap(\.self).filter(isMeant).sorted { $0.connection < $1.connection }
    }
}
