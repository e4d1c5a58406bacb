// Stands in for the wire: no run of the gate sends messages through their bytes, and the real codec
// takes longer to build than everything else here.

package import ScrivenerModel

package struct WireError: Error {}

package enum WireCodec {
    package static func encode(_ message: WorkerMessage) -> [UInt8] { [] }

    package static func encode(_ message: CoordinatorMessage) -> [UInt8] { [] }

    package static func decode(worker bytes: [UInt8]) throws(WireError) -> WorkerMessage {
        throw WireError()
    }

    package static func decode(
        coordinator bytes: [UInt8]
    ) throws(WireError) -> CoordinatorMessage {
        throw WireError()
    }
}
