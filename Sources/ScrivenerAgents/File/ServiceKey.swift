// What a service knows its callers by: one line in a file that nobody else may read.

import ScrivenerInterop
import ScrivenerModel
import ScrivenerSecurity

/// A key. Shows nothing of itself.
struct ServiceKey: Sendable, Equatable {
    static let maximumBytes = 4_096

    /// As it goes into a header.
    let text: String

    init(_ text: String) { self.text = text }

    /// - Parameter path: of a file, or `fd:N`.
    /// - Throws: `ScrivenerError` of code `configuration_invalid`.
    init(file path: String) throws(ScrivenerError) {
        let bytes = try SecretFile.read(path, maximumBytes: Self.maximumBytes)
        let line = String(decoding: bytes, as: UTF8.self)
            .split(whereSeparator: \.isNewline).map { WhiteSpace.folded($0) }
            .filter { !$0.isEmpty }
        guard line.count == 1, line[0].utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw ScrivenerError(
                .configurationInvalid,
                "\(path) must hold one key: one line of visible ASCII characters")
        }
        text = line[0]
    }

    /// The key in a file that a field names.
    static func read(
        _ value: JSONValue?, at path: String, with reader: inout FieldReader
    ) -> ServiceKey? {
        guard let value else { return nil }
        let file = reader.text(value, limit: 4_096, at: path)
        guard !file.isEmpty else { return nil }
        do {
            return try ServiceKey(file: file)
        } catch {
            reader.mistake(path, error.mistakes.first?.message ?? error.message, actual: file)
            return nil
        }
    }

    /// The text without the key: services quote what they refuse.
    func withheld(from text: String) -> String {
        text.replacing(self.text, with: "[the key]")
    }

    func withheld(from error: JSONRPCError) -> JSONRPCError {
        JSONRPCError(
            code: error.code, message: withheld(from: error.message),
            data: error.data.flatMap { try? RawJSON(withheld(from: RawJSON($0).text)).value() })
    }

    /// The beginning of what a service said.
    ///
    /// - Parameter key: withheld before it is cut, or the half of it could stay.
    static func said(_ bytes: [UInt8], withholding key: ServiceKey?) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        return String((key?.withheld(from: text) ?? text).beginning(ofBytes: 300))
    }
}

extension ServiceKey: CustomStringConvertible, CustomReflectable {
    var description: String { "a key" }
    var customMirror: Mirror { Mirror(self, children: []) }
}
