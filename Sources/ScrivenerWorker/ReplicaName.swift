// What a replica of a pool is called where nobody gives it a name: something that the worker makes up
// once and keeps in its data folder, so that its next process is known for the same worker. Without a folder
// each process is a worker of its own.

import Foundation
package import ScrivenerModel
import ScrivenerShell

/// A replica's own name.
package enum ReplicaName {
    /// The part of the host's name that is taken, in characters.
    private static let longestHost = 64

    /// The id of a worker, from what it was told. Whether that makes an id is for
    /// `WorkerSettings.mistakes` to say.
    ///
    /// - Parameters:
    ///   - pool: the pool that it is a replica of, if any.
    ///   - name: its name; without one, that which its folder has, or else a new one.
    /// - Throws: `configuration_invalid` where the folder cannot be used.
    package static func workerID(
        pool: String?, name: String?, dataDirectory: String?
    ) throws(ScrivenerError) -> String {
        let own = if let name { name } else { try kept(in: dataDirectory) }
        return pool.map { "\($0)/\(own)" } ?? own
    }

    private static func kept(in directory: String?) throws(ScrivenerError) -> String {
        guard let directory else { return made(host: ProcessInfo.processInfo.hostName) }
        do {
            return try kept(inFolder: directory)
        } catch let error as ScrivenerError {
            throw error
        } catch {
            throw ScrivenerError(
                .configurationInvalid,
                "the worker's data folder \(directory) cannot be used: "
                    + error.localizedDescription)
        }
    }

    private static func kept(inFolder directory: String) throws -> String {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        let path = directory + "/replica-name"
        if FileManager.default.fileExists(atPath: path) {
            let name = try String(contentsOfFile: path, encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            guard PlanName.isValid(name) else {
                throw ScrivenerError(
                    .configurationInvalid,
                    "\(path) holds no worker's name; without the file the worker makes one")
            }
            return name
        }
        let name = made(host: ProcessInfo.processInfo.hostName)
        try Data("\(name)\n".utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        return name
    }

    /// The host's name, so that people know where it is, and 40 random bits.
    static func made(host: String) -> String {
        let prefix = host.prefix(longestHost).map { character in
            PlanName.isValid("a\(character)") ? character : "-"
        }
        let random = UInt64.random(in: 0..<1 << 40)
        let digits = String(random, radix: 32)
        return String(prefix) + "-" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}
