// Reads values out of a document that people write by hand, and gathers what is wrong with them: each call
// goes on with something harmless, so that one reading finds every mistake.

import ScrivenerModel

/// Reads values, and keeps their mistakes.
struct FieldReader {
    private(set) var mistakes: [Mistake] = []

    mutating func mistake(
        _ path: String, _ message: String, limit: String? = nil, actual: String? = nil
    ) {
        mistakes.append(
            Mistake(.configurationInvalid, at: path, message, limit: limit, actual: actual))
    }

    // MARK: Objects

    /// The members of an object that has no others than those; `nil` when it is no object.
    mutating func fields(
        of value: JSONValue, at path: String, _ known: [String]
    ) -> [String: JSONValue]? {
        guard case .object(let members) = value else {
            mistake(path, "must be an object")
            return nil
        }
        var fields: [String: JSONValue] = [:]
        for (key, value) in members {
            if !known.contains(key) {
                mistake(
                    "\(path)/\(key)", "there is no such field",
                    limit: known.joined(separator: ", "))
            } else if fields.updateValue(value, forKey: key) != nil {
                mistake("\(path)/\(key)", "is given twice")
            }
        }
        return fields
    }

    // MARK: Names

    static let nameRule = "must be 1…128 characters of a–z A–Z 0–9 _ - . :"

    mutating func name(_ value: JSONValue?, at path: String) -> String {
        guard let name = value?.stringValue, PlanName.isValid(name) else {
            mistake(path, Self.nameRule, actual: value?.stringValue)
            return ""
        }
        return name
    }

    mutating func names(_ value: JSONValue?, limit: Int, at path: String) -> [String] {
        let names = texts(value, at: path) ?? []
        for (index, name) in names.enumerated() where !PlanName.isValid(name) {
            mistake("\(path)/\(index)", Self.nameRule, actual: name)
        }
        if names.count > limit {
            mistake(path, "too many", limit: "\(limit)", actual: "\(names.count)")
        }
        return names
    }

    // MARK: Values

    /// A text of 1 to so many bytes of UTF-8.
    mutating func text(_ value: JSONValue?, limit: Int, at path: String) -> String {
        guard let value else {
            mistake(path, "is missing")
            return ""
        }
        guard let text = value.stringValue, !text.utf8.contains(0) else {
            mistake(path, "must be a text")
            return ""
        }
        guard (1...limit).contains(text.utf8.count) else {
            mistake(path, "out of range", limit: "1…\(limit) bytes", actual: "\(text.utf8.count)")
            return ""
        }
        return text
    }

    /// `nil` where nothing is said, and where it is wrong.
    mutating func texts(_ value: JSONValue?, at path: String) -> [String]? {
        guard let value else { return nil }
        let texts = value.arrayValue?.compactMap(\.stringValue)
        guard let texts, texts.count == value.arrayValue?.count,
            !texts.contains(where: { $0.utf8.contains(0) })
        else {
            mistake(path, "must be a list of texts")
            return nil
        }
        return texts
    }

    /// One of some words; the first where nothing is said, and where it is wrong.
    mutating func choice<Word: RawRepresentable<String> & CaseIterable>(
        _ value: JSONValue?, of words: Word.Type, at path: String, or fallback: Word
    ) -> Word {
        guard let value else { return fallback }
        guard let word = value.stringValue.flatMap(Word.init(rawValue:)) else {
            mistake(
                path, "is no such word",
                limit: words.allCases.map(\.rawValue).joined(separator: ", "),
                actual: value.stringValue)
            return fallback
        }
        return word
    }

    mutating func flag(_ value: JSONValue?, at path: String) -> Bool {
        guard let value else { return false }
        guard case .bool(let flag) = value else {
            mistake(path, "must be true or false")
            return false
        }
        return flag
    }

    /// `nil` where nothing is said.
    mutating func count(
        _ value: JSONValue?, in range: ClosedRange<Int64>, at path: String
    ) -> Int? {
        value.map { Int(number($0.integerValue, in: range, at: path)) }
    }

    /// `nil` where nothing is said.
    mutating func seconds(
        _ value: JSONValue?, in range: ClosedRange<Double>, at path: String
    ) -> Duration? {
        value.map { .seconds(number($0.doubleValue, in: range, at: path)) }
    }

    mutating func number<Number: Comparable & ExpressibleByIntegerLiteral>(
        _ value: Number?, in range: ClosedRange<Number>, at path: String
    ) -> Number {
        guard let value, range.contains(value) else {
            mistake(
                path, "out of range", limit: "\(range.lowerBound)…\(range.upperBound)",
                actual: value.map { "\($0)" })
            return 0
        }
        return value
    }
}
