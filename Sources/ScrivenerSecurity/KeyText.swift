// The text of key files: lines of fields between blanks, with comments. Mistakes are told with file and line, all
// at once, and never with what stands there: it may be a secret in the wrong file.

import ScrivenerModel

/// A line of a key file that says something.
struct KeyLine {
    /// From 1.
    var number: Int
    var fields: [String]
}

enum KeyText {
    /// More of them are not told: a file of another kind has as many as lines.
    private static let maximumMistakes = 20

    /// Reads lines of so many fields each; empty ones and those that begin with `#` say nothing.
    ///
    /// - Parameter read: makes something of a line, or says what is wrong with it.
    /// - Throws: `configuration_invalid` with all mistakes.
    static func lines<Value>(
        of bytes: [UInt8], _ path: String, fields count: Int,
        _ read: (KeyLine) throws(LineMistake) -> Value
    ) throws(ScrivenerError) -> [Value] {
        var values: [Value] = []
        var mistakes: [Mistake] = []
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let fields = line.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
            guard let first = fields.first, first.first != UInt8(ascii: "#") else { continue }
            do throws(LineMistake) {
                guard fields.count == count else {
                    throw LineMistake(
                        "has another number of fields", limit: "\(count)",
                        actual: "\(fields.count)")
                }
                let texts = fields.map { String(decoding: $0, as: UTF8.self) }
                values.append(try read(KeyLine(number: index + 1, fields: texts)))
            } catch {
                mistakes.append(
                    Mistake(
                        .configurationInvalid, at: "\(path):\(index + 1)", error.message,
                        limit: error.limit, actual: error.actual))
            }
            if mistakes.count == maximumMistakes { break }
        }
        guard mistakes.isEmpty else {
            throw ScrivenerError(
                .configurationInvalid, "\(path) cannot be understood", mistakes: mistakes)
        }
        return values
    }

    /// The lines of a file of single keys. Z85 has `#` among its characters, but no key begins with it: it stands
    /// for 84, and 84 × 85⁴ is beyond the 32 bits of a group.
    static func keyLines(_ bytes: [UInt8]) -> [String] {
        bytes.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }.compactMap { line in
            let text = String(decoding: trimmed(Array(line)), as: UTF8.self)
            return text.isEmpty || text.hasPrefix("#") ? nil : text
        }
    }

    static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
        guard let first = bytes.firstIndex(where: { !isBlank($0) }),
            let last = bytes.lastIndex(where: { !isBlank($0) })
        else { return [] }
        return Array(bytes[first...last])
    }

    static func error(
        _ path: String, _ message: String, limit: String? = nil, actual: String? = nil
    ) -> ScrivenerError {
        ScrivenerError(
            .configurationInvalid, "\(path) \(message)",
            mistakes: [
                Mistake(.configurationInvalid, at: path, message, limit: limit, actual: actual)
            ])
    }
}

/// What is wrong with a line.
struct LineMistake: Error {
    var message: String
    var limit: String?
    var actual: String?

    init(_ message: String, limit: String? = nil, actual: String? = nil) {
        self.message = message
        self.limit = limit
        self.actual = actual
    }
}
