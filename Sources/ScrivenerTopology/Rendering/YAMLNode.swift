// A document that is to be written as YAML, and how it is written: as people write it, with comments, and so
// that every reader of YAML 1.1 and 1.2 reads the same. What comes from a description goes through here, so
// that no text of it can be anything but a text.

import ScrivenerModel

/// A value of a YAML document. Members keep their order; those without a value are left out.
indirect enum YAMLNode: Sendable, Equatable {
    case none
    case text(String)
    case number(Int)
    case flag(Bool)
    case list([YAMLNode])
    case map([Member])

    struct Member: Sendable, Equatable {
        var key: String
        var value: YAMLNode
    }

    /// The key of a member that is a comment on what follows.
    static let comment = "#"

    static func texts(_ texts: [String]) -> YAMLNode { .list(texts.map(YAMLNode.text)) }

    /// The members of both.
    static func + (left: YAMLNode, right: YAMLNode) -> YAMLNode {
        .map(left.members + right.members)
    }

    private var members: [Member] { if case .map(let members) = self { members } else { [] } }

    /// The document, a line break after each line.
    var rendered: String {
        var lines: [String] = []
        write(to: &lines, indent: "", first: nil)
        return lines.map { $0 + "\n" }.joined()
    }

    /// - Parameter first: what the first line begins with, where that is not the indent.
    private func write(to lines: inout [String], indent: String, first: String?) {
        switch self {
        case .map(let members):
            var first = first
            for member in members where member.value != .none {
                Self.write(member, to: &lines, indent: indent, first: first)
                first = nil
            }
        case .list(let elements):
            for element in elements {
                if case .text(let text) = element, Self.isBlockOfLines(text) {
                    Self.write(block: text, after: "\(indent)-", to: &lines, indent: indent)
                } else if element.isBlock {
                    element.write(to: &lines, indent: indent + "  ", first: indent + "- ")
                } else {
                    lines.append("\(indent)- \(element.inline)")
                }
            }
        case .none, .text, .number, .flag: lines.append((first ?? indent) + inline)
        }
    }

    private static func write(
        _ member: Member, to lines: inout [String], indent: String, first: String?
    ) {
        let start = first ?? indent
        if member.key == comment {
            guard case .text(let text) = member.value else { return }
            for line in text.split(separator: "\n") { lines.append("\(start)# \(line)") }
            return
        }
        let key = inlined(member.key)
        switch member.value {
        case .text(let text) where isBlockOfLines(text):
            write(block: text, after: "\(start)\(key):", to: &lines, indent: indent)
        case let value where value.isBlock:
            lines.append("\(start)\(key):")
            value.write(to: &lines, indent: indent + "  ", first: nil)
        case let value: lines.append("\(start)\(key): \(value.inline)")
        }
    }

    /// Whether a text is of several lines, and such that YAML takes them as they stand.
    private static func isBlockOfLines(_ text: String) -> Bool {
        text.contains("\n") && !text.hasPrefix(" ") && !text.hasPrefix("\n")
            && !text.hasSuffix("\n\n")
            && text.unicodeScalars.allSatisfy { $0 == "\n" || !isEscaped($0) }
    }

    /// A text of several lines.
    private static func write(
        block text: String, after start: String, to lines: inout [String], indent: String
    ) {
        lines.append(text.hasSuffix("\n") ? "\(start) |" : "\(start) |-")
        let parts = text.split(separator: "\n", omittingEmptySubsequences: false)
        for line in parts.dropLast(text.hasSuffix("\n") ? 1 : 0) {
            lines.append(line.isEmpty ? "" : "\(indent)  \(line)")
        }
    }

    private var isBlock: Bool {
        switch self {
        case .none, .text, .number, .flag: false
        case .list(let elements): !elements.isEmpty
        case .map(let members): members.contains { $0.value != .none }
        }
    }

    private var inline: String {
        switch self {
        case .none: "null"
        case .text(let text): Self.inlined(text)
        case .number(let number): "\(number)"
        case .flag(let flag): flag ? "true" : "false"
        case .list: "[]"
        case .map: "{}"
        }
    }

    private static let words: Set<String> = [
        "true", "false", "yes", "no", "on", "off", "null", "y", "n",
    ]

    /// A text on one line: plain where nobody can take it for anything else, otherwise as JSON writes it,
    /// which YAML reads the same.
    private static func inlined(_ text: String) -> String {
        let isPlain =
            beginsPlainly(text) && text.last != ":" && !words.contains(text.lowercased())
            && text.utf8.allSatisfy { isLetter($0) || isDigit($0) || "/._-=:,+@".utf8.contains($0) }
        if isPlain { return text }
        var writer = JSONWriter()
        writer.write(.string(text))
        var escaped = String.UnicodeScalarView()
        for scalar in String(decoding: writer.bytes, as: UTF8.self).unicodeScalars {
            if isEscaped(scalar) {
                let digits = String(scalar.value, radix: 16)
                escaped +=
                    "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".unicodeScalars
            } else {
                escaped.append(scalar)
            }
        }
        return String(escaped)
    }

    /// What YAML takes for a break, or not at all, where it is not escaped; all of it within four hexadecimal digits.
    private static func isEscaped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: true
        default: false
        }
    }

    /// Whether the text begins like a word, a path or an option.
    private static func beginsPlainly(_ text: String) -> Bool {
        let bytes = Array(text.utf8.prefix(3))
        guard let first = bytes.first else { return false }
        if isLetter(first) || first == UInt8(ascii: "/") { return true }
        return text.hasPrefix("../") || text.hasPrefix("./")
            || text.hasPrefix("--") && bytes.count == 3 && isLetter(bytes[2])
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}

extension YAMLNode: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    init(stringLiteral text: String) { self = .text(text) }
}

extension YAMLNode: ExpressibleByIntegerLiteral {
    init(integerLiteral number: Int) { self = .number(number) }
}

extension YAMLNode: ExpressibleByBooleanLiteral {
    init(booleanLiteral flag: Bool) { self = .flag(flag) }
}

extension YAMLNode: ExpressibleByNilLiteral {
    init(nilLiteral: ()) { self = .none }
}

extension YAMLNode: ExpressibleByArrayLiteral {
    init(arrayLiteral elements: YAMLNode...) { self = .list(elements) }
}

extension YAMLNode: ExpressibleByDictionaryLiteral {
    init(dictionaryLiteral members: (String, YAMLNode)...) {
        self = .map(members.map { Member(key: $0.0, value: $0.1) })
    }
}
