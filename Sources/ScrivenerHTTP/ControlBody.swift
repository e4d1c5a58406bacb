// The bodies of requests that control something: small objects in JSON, which may be left out where
// every field has a default. A field that is unknown is refused, because somebody meant something by
// it.

import HTTPTypes
import Hummingbird
import ScrivenerModel

/// The fields of such a body.
struct ControlBody {
    static let maximumBytes = 4_096

    private var members: [(key: String, value: JSONValue)] = []

    init(_ request: Request, fields: [String]) async throws {
        let body = try RequestBody(request, of: "request", limit: Self.maximumBytes)
        try self.init(
            try await body.read(), contentType: request.headers[.contentType], fields: fields)
    }

    init(_ bytes: [UInt8], contentType: String?, fields: [String]) throws(ScrivenerError) {
        guard !bytes.isEmpty else { return }
        guard PlanFormat(contentType: contentType ?? "") == .json else {
            throw ScrivenerError(
                .unsupportedMediaType, "the body is sent as JSON, in UTF-8",
                mistakes: [
                    Mistake(
                        .unsupportedMediaType, at: "Content-Type", "is not this",
                        limit: "application/json",
                        actual: contentType.map { String($0.prefix(128)) })
                ])
        }
        members = try Self.members(bytes)
        for (index, member) in members.enumerated() {
            let pointer = Self.pointer(to: member.key)
            guard fields.contains(member.key) else {
                throw requestError(
                    at: pointer, "there is no such field here",
                    limit: fields.isEmpty ? "none" : fields.joined(separator: ", "))
            }
            guard !members[..<index].contains(where: { $0.key == member.key }) else {
                throw requestError(at: pointer, "is there twice")
            }
        }
    }

    private static func members(
        _ bytes: [UInt8]
    ) throws(ScrivenerError) -> [(key: String, value: JSONValue)] {
        var reader = JSONReader(bytes)
        let document: JSONValue
        do throws(JSONError) {
            document = try reader.readDocument()
        } catch {
            throw requestError(
                at: "", "the body is not JSON: \(error.reason.rawValue) at byte \(error.offset)")
        }
        guard case .object(let members) = document else {
            throw requestError(at: "", "the body must be an object")
        }
        return members
    }

    /// As RFC 6901 has it.
    private static func pointer(to key: String) -> String {
        key.prefix(64).reduce(into: "/") { pointer, character in
            switch character {
            case "~": pointer += "~0"
            case "/": pointer += "~1"
            default: pointer.append(character)
            }
        }
    }

    private func value(_ name: String) -> JSONValue? {
        members.first { $0.key == name }?.value
    }

    /// One of the words of an enumeration.
    func word<Word: RawRepresentable<String> & CaseIterable>(
        _ name: String, default word: Word
    ) throws(ScrivenerError) -> Word {
        guard let value = value(name) else { return word }
        guard let text = value.stringValue, let word = Word(rawValue: text) else {
            throw requestError(
                at: "/\(name)", "is not one of these",
                limit: Word.allCases.map(\.rawValue).joined(separator: ", "),
                actual: Self.shown(value))
        }
        return word
    }

    /// A whole number that has to be there.
    func integer(
        _ name: String, in range: ClosedRange<Int>
    ) throws(ScrivenerError) -> Int {
        let limit = "\(range.lowerBound)…\(range.upperBound)"
        guard let value = value(name) else {
            throw requestError(at: "/\(name)", "is missing", limit: limit)
        }
        guard let number = value.integerValue.flatMap(Int.init(exactly:)), range.contains(number)
        else {
            throw requestError(
                at: "/\(name)", "must be a whole number in its range", limit: limit,
                actual: Self.shown(value))
        }
        return number
    }

    /// An object, as JSON.
    func object(_ name: String) throws(ScrivenerError) -> RawJSON? {
        guard let value = value(name) else { return nil }
        guard case .object = value else {
            throw requestError(
                at: "/\(name)", "must be an object", actual: Self.shown(value))
        }
        return RawJSON(value)
    }

    func text(_ name: String) throws(ScrivenerError) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.stringValue else {
            throw requestError(
                at: "/\(name)", "must be a string", actual: Self.shown(value))
        }
        return text
    }

    func number(_ name: String) throws(ScrivenerError) -> Double? {
        guard let value = value(name) else { return nil }
        guard let number = value.doubleValue else {
            throw requestError(
                at: "/\(name)", "must be a number", actual: Self.shown(value))
        }
        return number
    }

    private static func shown(_ value: JSONValue) -> String {
        String(String(decoding: RawJSON(value).bytes, as: UTF8.self).prefix(64))
    }
}
