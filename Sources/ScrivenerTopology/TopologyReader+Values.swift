// Values of fields, and what is said where they are wrong.

import ScrivenerModel

extension TopologyReader {
    /// The members of an object that has no others than those.
    mutating func fields(
        of value: JSONValue, at path: String, _ known: [String], required: [String] = []
    ) -> [String: JSONValue]? {
        guard case .object(let members) = value else {
            mistake(path, "must be an object", actual: value.kind)
            return nil
        }
        var fields: [String: JSONValue] = [:]
        for (key, value) in members {
            if !known.contains(key) {
                unknown(key, at: path, known, "there is no such field")
            } else if fields.updateValue(value, forKey: key) != nil {
                mistake(path + Self.token(key), "is given twice")
            }
        }
        for key in required where fields[key] == nil {
            mistake(path + Self.token(key), "the field is missing")
        }
        return fields
    }

    /// A member of an object whose keys are names.
    typealias NamedMember = (name: String, value: JSONValue, path: String)

    /// The members of an object whose keys are names, in their order.
    mutating func members(
        _ value: JSONValue?, at path: String, _ count: ClosedRange<Int>
    ) -> [NamedMember] {
        guard let value else { return [] }
        guard case .object(let members) = value else {
            mistake(path, "must be an object", actual: value.kind)
            return []
        }
        if !count.contains(members.count) {
            mistake(path, "too many or too few", limit: count.described, actual: "\(members.count)")
        }
        var named: [NamedMember] = []
        for (key, value) in members.prefix(count.upperBound) {
            let place = path + Self.token(key)
            if !Self.isName(key) { mistake(place, Self.nameRule, actual: key) }
            if named.contains(where: { $0.name == key }) { mistake(place, "is given twice") }
            named.append((key, value, place))
        }
        return named
    }

    // MARK: Texts

    static let nameRule =
        "must be 1…40 characters of a–z 0–9 -, the first and the last of them no -"

    static func isName(_ text: String) -> Bool {
        let isDash = { (byte: UInt8?) in byte == UInt8(ascii: "-") }
        return TopologyLimits.nameLength.contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || isDash(byte)
            } && !isDash(text.utf8.first) && !isDash(text.utf8.last)
    }

    /// Whether the text can be an address, or a name that stands for one.
    static func isHost(_ text: String) -> Bool {
        (1...253).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: ".:-[]*_".utf8.contains(byte)
                }
            }
    }

    mutating func name(_ value: JSONValue?, at path: String) -> String {
        guard let value else { return "" }
        guard let name = value.stringValue, Self.isName(name) else {
            mistake(path, Self.nameRule, actual: value.stringValue ?? value.kind)
            return ""
        }
        return name
    }

    /// A text for a command line or a path.
    mutating func text(_ value: JSONValue, at path: String) -> String {
        guard let text = value.stringValue else {
            mistake(path, "must be a text", actual: value.kind)
            return ""
        }
        guard TopologyLimits.textBytes.contains(text.utf8.count) else {
            mistake(
                path, "too long, or empty", limit: TopologyLimits.textBytes.described + " bytes",
                actual: "\(text.utf8.count)")
            return ""
        }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            mistake(path, "has a control character")
            return ""
        }
        return text
    }

    /// The name of a host that is described.
    mutating func host(_ value: JSONValue, at path: String) -> String? {
        guard let name = value.stringValue, hostNames.contains(name) else {
            let nearest = value.stringValue.flatMap { Suggestion.nearest(to: $0, among: hostNames) }
            mistake(
                path,
                "there is no such host" + (nearest.map { "; did you mean \($0)?" } ?? ""),
                limit: hostNames.joined(separator: ", "), actual: value.stringValue ?? value.kind)
            return nil
        }
        return name
    }

    /// A list of different texts.
    mutating func list<Element: Equatable>(
        _ value: JSONValue?, at path: String, limit: Int,
        _ read: (inout TopologyReader, JSONValue, String) -> Element?
    ) -> [Element] {
        guard let value else { return [] }
        guard let values = value.arrayValue else {
            mistake(path, "must be a list", actual: value.kind)
            return []
        }
        guard values.count <= limit else {
            mistake(path, "too many", limit: "\(limit)", actual: "\(values.count)")
            return []
        }
        var elements: [Element] = []
        for (index, value) in values.enumerated() {
            guard let element = read(&self, value, "\(path)/\(index)") else { continue }
            if elements.contains(element) { mistake("\(path)/\(index)", "is given twice") }
            elements.append(element)
        }
        return elements
    }

    // MARK: Numbers

    mutating func integer(
        _ value: JSONValue, in range: ClosedRange<Int>, at path: String
    ) -> Int {
        guard let number = value.integerValue, range.contains(Int(clamping: number)) else {
            let isNumber = value.doubleValue != nil
            mistake(
                path, isNumber ? "out of range" : "must be a whole number",
                limit: range.described,
                actual: value.doubleValue.map { $0.plain } ?? value.kind)
            return range.lowerBound
        }
        return Int(clamping: number)
    }

    mutating func span(
        _ value: JSONValue, in range: ClosedRange<TimeSpan>, at path: String
    ) -> TimeSpan {
        guard let text = value.stringValue, let span = TimeSpan(text: text) else {
            mistake(
                path, "must be \(TimeSpan.textForm)", actual: value.stringValue ?? value.kind)
            return range.lowerBound
        }
        guard range.contains(span) else {
            mistake(
                path, "out of range",
                limit: "\(Int(range.lowerBound.seconds))…\(Int(range.upperBound.seconds)) s",
                actual: text)
            return range.lowerBound
        }
        return span
    }

    // MARK: Mistakes

    mutating func unknown(_ key: String, at path: String, _ known: [String], _ message: String) {
        let nearest = Suggestion.nearest(to: key, among: known)
        mistake(
            path + Self.token(key), message + (nearest.map { "; did you mean \($0)?" } ?? ""),
            limit: known.joined(separator: ", "), actual: key)
    }

    mutating func mistake(
        _ path: String, _ message: String, limit: String? = nil, actual: String? = nil
    ) {
        mistakes.append(
            Mistake(
                .configurationInvalid, at: path, message, limit: limit,
                actual: actual.map { String($0.prefix(100)) }))
    }

    /// A key as a step of a JSON pointer (RFC 6901).
    static func token(_ key: String) -> String {
        "/" + key.prefix(100).replacing("~", with: "~0").replacing("/", with: "~1")
    }
}

extension Double {
    /// As people write it: whole numbers without a fraction.
    var plain: String { Int64(exactly: self).map { "\($0)" } ?? "\(self)" }
}

extension ClosedRange<Int> {
    var described: String { "\(lowerBound)…\(upperBound)" }
}

extension JSONValue {
    /// What it is, in words.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .integer, .number: "a number"
        case .string: "a text"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
