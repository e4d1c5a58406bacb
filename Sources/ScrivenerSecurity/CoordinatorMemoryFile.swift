// What a worker remembers of its coordinator's keys, over its own restarts.

import Foundation
package import ScrivenerModel
import ZeroMQ

/// A file in the worker's folder: a line `key port`, then the keys that it has taken the place of.
package enum CoordinatorMemoryFile {
    private static let maximumSuperseded = 64

    /// - Returns: `nil` where there is none, or none that can be read: the keys that the worker was started with hold.
    package static func read(_ path: String) -> TrustedCoordinator.Memory? {
        guard let data = FileManager.default.contents(atPath: path), data.count <= 16 << 10 else {
            return nil
        }
        let lines = KeyText.keyLines(Array(data))
        let first = lines.first?.split(separator: " ").map(String.init) ?? []
        guard first.count == 2, let key = try? CurvePublicKey(z85: first[0]),
            let port = UInt16(first[1])
        else { return nil }
        return TrustedCoordinator.Memory(
            key: key, port: Int32(port),
            superseded: lines.dropFirst().compactMap { try? CurvePublicKey(z85: $0) })
    }

    package static func write(
        _ memory: TrustedCoordinator.Memory, to path: String
    ) throws(ScrivenerError) {
        let lines =
            ["\(memory.key.z85) \(memory.port)"]
            + memory.superseded.suffix(maximumSuperseded).map(\.z85)
        try SecretFile.write(
            Array((lines.joined(separator: "\n") + "\n").utf8), to: path, replacing: true)
    }
}
