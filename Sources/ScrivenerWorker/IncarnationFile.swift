// A worker's incarnation must grow with every start, so that a newer process fences an older one
// under the same id. It is the wall clock's milliseconds, or one more than last time where the clock
// went back and the worker has a folder to remember in (a container may have none).

import Foundation
import ScrivenerModel
import ScrivenerShell

enum IncarnationFile {
    static func next(in directory: String?, wall: WallTime = BootClock.wall) throws -> Int64 {
        guard let directory else { return wall.millisecondsSince1970 }
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        let path = directory + "/incarnation"
        let last = (try? String(contentsOfFile: path, encoding: .utf8)).flatMap {
            Int64($0.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        let next = max(wall.millisecondsSince1970, (last ?? 0) + 1)
        try Data("\(next)\n".utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        return next
    }
}
