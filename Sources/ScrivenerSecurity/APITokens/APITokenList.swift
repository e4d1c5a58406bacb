// The tokens of a coordinator, as its folder of keys holds them: one a line,
//
//     NAME SCOPE SHA-256 CREATED [EXPIRES]
//
// with times as in RFC 3339. Lines that are empty or begin with `#` are passed over.

package import ScrivenerModel

/// Tokens by name, in the order in which they were made.
package struct APITokenList: Sendable, Equatable {
    package static let maximumCount = 1_000
    static let maximumBytes = 1 << 20

    package private(set) var records: [APITokenRecord] = []

    package init() {}

    /// - Parameter path: the file, for the error.
    /// - Throws: `configuration_invalid` with every line that cannot be read.
    package init(_ bytes: [UInt8], path: String) throws(ScrivenerError) {
        var mistakes: [Mistake] = []
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let text = String(decoding: line, as: UTF8.self)
            guard !text.allSatisfy(\.isWhitespace), !text.hasPrefix("#") else { continue }
            do throws(ScrivenerError) {
                guard let record = Self.record(text) else {
                    throw Self.error("the line is not NAME SCOPE SHA-256 CREATED [EXPIRES]")
                }
                try add(record)
            } catch {
                // Not the line itself: who has mistaken the file may have put a token there.
                mistakes.append(
                    Mistake(.configurationInvalid, at: "\(path):\(index + 1)", error.message))
            }
        }
        guard mistakes.isEmpty else {
            throw ScrivenerError(
                .configurationInvalid, "the file of API tokens is not valid", mistakes: mistakes)
        }
    }

    /// What the file has.
    package var text: String {
        records.map { record in
            ([
                record.name, record.scope.rawValue, record.hash.text, record.created.description,
            ] + [record.expires?.description].compactMap(\.self)).joined(separator: " ") + "\n"
        }.joined()
    }

    /// - Throws: `configuration_invalid` when there is one of this name, or there are too many.
    package mutating func add(_ record: APITokenRecord) throws(ScrivenerError) {
        guard PlanName.isValid(record.name) else {
            throw Self.error("the name of a token is 1…128 of a–z A–Z 0–9 _ - . :")
        }
        guard !records.contains(where: { $0.name == record.name }) else {
            throw Self.error("there is a token \(record.name) already")
        }
        guard records.count < Self.maximumCount else {
            throw Self.error("there are \(Self.maximumCount) tokens, which is the limit")
        }
        records.append(record)
    }

    /// - Returns: whether there was one.
    package mutating func remove(_ name: String) -> Bool {
        let count = records.count
        records.removeAll { $0.name == name }
        return records.count < count
    }

    /// The record of a token. All are looked at, so that the time says nothing about which it was.
    func record(of hash: TokenDigest) -> APITokenRecord? {
        var found: Int?
        for index in records.indices where records[index].hash == hash { found = index }
        return found.map { records[$0] }
    }

    private static func record(_ line: String) -> APITokenRecord? {
        let words = line.split(whereSeparator: \.isWhitespace)
        guard (4...5).contains(words.count), let scope = TokenScope(rawValue: String(words[1])),
            let hash = TokenDigest(words[2]), let created = WallTime(String(words[3]))
        else { return nil }
        let expires = words.count == 5 ? WallTime(String(words[4])) : nil
        guard words.count == 4 || expires != nil else { return nil }
        return APITokenRecord(
            name: String(words[0]), scope: scope, hash: hash, created: created, expires: expires)
    }

    private static func error(_ message: String) -> ScrivenerError {
        ScrivenerError(.configurationInvalid, message)
    }
}
