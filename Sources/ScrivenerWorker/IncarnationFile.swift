// A worker's incarnation must grow with every start, so that a newer process fences an older one
// under the same id. It is the wall clock's milliseconds, or one more than last time where the clock
// went back and the worker has a folder to remember in (a container may have none).

import Foundation
import ScrivenerModel
import ScrivenerShell

enum IncarnationFile {
    /// - Throws: `ScrivenerError` of code `configuration_invalid` when the folder cannot be used.
    static func next(
        in directory: String?, wall: WallTime = BootClock.wall
    ) throws(ScrivenerError) -> Int64 {
        guard let directory else { return wall.millisecondsSince1970 }
        do {
            return try next(inFolder: directory, wall: wall)
        } catch {
            throw ScrivenerError(
                .configurationInvalid,
                "the worker's data folder \(directory) cannot be used: "
                    + error.localizedDescription)
        }
    }

    private static func next(inFolder directory: String, wall: WallTime) throws -> Int64 {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        let path = directory + "/incarnation"
        let last = (try? String(contentsOfFile: path, encoding: .utf8)).flatMap {
            Int64($0.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        let next = max(wall.millisecondsSince1970, (last ?? 0) &+ 1)
        try Data("\(next)\n".utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        return next
    }
}
