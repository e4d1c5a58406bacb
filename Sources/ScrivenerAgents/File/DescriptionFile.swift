// Files that people write by hand, and that are copied to many hosts.

import Foundation
import ScrivenerModel

/// A file of configuration: YAML, or JSON where its name ends so.
enum DescriptionFile {
    static let maximumBytes = 1 << 20

    /// Foundation's own description repeats the path, and names no reason.
    private static func words(_ error: any Error) -> String {
        let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        guard let cause, cause.domain == NSPOSIXErrorDomain else { return "\(error)" }
        return String(cString: strerror(Int32(cause.code)))
    }

    /// - Throws: `ScrivenerError` of code `configuration_invalid`, with every mistake and its place in
    ///   the file.
    static func read<Value>(
        _ path: String, _ parse: ([UInt8], _ isJSON: Bool) throws(ScrivenerError) -> Value
    ) throws(ScrivenerError) -> Value {
        let data: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            data = try file.read(upToCount: maximumBytes + 1) ?? Data()
        } catch {
            throw ScrivenerError(
                .configurationInvalid,
                "\(path) cannot be read: \(Self.words(error))")
        }
        guard data.count <= maximumBytes else {
            throw ScrivenerError(
                .configurationInvalid, "\(path) has more than \(maximumBytes) bytes")
        }
        do {
            return try parse(Array(data), path.lowercased().hasSuffix(".json"))
        } catch {
            throw ScrivenerError(
                .configurationInvalid, "\(path): \(error.message)",
                mistakes: error.mistakes.map {
                    Mistake(
                        .configurationInvalid, at: $0.path, $0.message, limit: $0.limit,
                        actual: $0.actual)
                })
        }
    }
}
