// A reader that pulls JSON (RFC 8259) out of bytes without building a tree.
//
// Plans are large and mostly payload: a reader that can skip a value and say where it lay lets
// parameters stay slices of the request. Nothing here traps on any input: every byte is looked at
// through a bounds check, nesting is limited, and numbers out of range are errors. Deviations from
// the RFC: none are accepted; a lone surrogate escape is refused rather than replaced.

/// A pull reader over bytes.
public struct JSONReader: Sendable {
    /// How deep arrays and objects may be nested.
    public static let maximumDepth = 128

    private let bytes: [UInt8]
    /// Where what is read ends.
    private let end: Int
    /// Offset of the next byte.
    public private(set) var position = 0
    private var depth = 0
    private let maximumDepth: Int

    public init(_ bytes: [UInt8]) { self.init(bytes, in: bytes.indices) }

    /// Reads a part of the bytes as if there were nothing around it.
    ///
    /// - Precondition: `range` lies within the bytes.
    package init(
        _ bytes: [UInt8], in range: Range<Int>, maximumDepth: Int = JSONReader.maximumDepth
    ) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
        self.bytes = bytes
        end = range.upperBound
        position = range.lowerBound
        self.maximumDepth = maximumDepth
    }

    // MARK: Whole documents

    /// Reads one value and demands that nothing follows it.
    public mutating func readDocument() throws(JSONError) -> JSONValue {
        let value = try readValue()
        try expectEnd()
        return value
    }

    /// Checks that the bytes are one JSON value.
    public static func validate(_ bytes: [UInt8]) throws(JSONError) {
        try validate(bytes, in: bytes.indices)
    }

    /// The same of a part of the bytes.
    package static func validate(_ bytes: [UInt8], in range: Range<Int>) throws(JSONError) {
        var reader = JSONReader(bytes, in: range)
        _ = try reader.skipValue()
        try reader.expectEnd()
    }

    public mutating func expectEnd() throws(JSONError) {
        skipWhitespace()
        guard position == end else { throw error(.trailingBytes) }
    }

    // MARK: Values

    public mutating func readValue() throws(JSONError) -> JSONValue {
        switch try peekKind() {
        case .object:
            var members: [(key: String, value: JSONValue)] = []
            try beginObject()
            while let key = try nextKey(first: members.isEmpty) {
                members.append((key, try readValue()))
            }
            return .object(members)
        case .array:
            var elements: [JSONValue] = []
            try beginArray()
            while try nextElement(first: elements.isEmpty) { elements.append(try readValue()) }
            return .array(elements)
        case .string: return .string(try readString())
        case .number: return try readNumber()
        case .bool: return .bool(try readBool())
        case .null:
            try readNull()
            return .null
        }
    }

    /// Passes over one value and says where it lay.
    public mutating func skipValue() throws(JSONError) -> Range<Int> {
        let kind = try peekKind()
        let start = position
        switch kind {
        case .object:
            try beginObject()
            var first = true
            while try skipKey(first: first) {
                first = false
                _ = try skipValue()
            }
        case .array:
            try beginArray()
            var first = true
            while try nextElement(first: first) {
                first = false
                _ = try skipValue()
            }
        case .string: _ = try scanString()
        case .number: _ = try readNumber()
        case .bool: _ = try readBool()
        case .null: try readNull()
        }
        return start..<position
    }

    /// The kind of the next value, without passing over it.
    public mutating func peekKind() throws(JSONError) -> JSONKind {
        skipWhitespace()
        guard let byte = current else { throw error(.unexpectedEnd) }
        switch byte {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw error(.unexpectedByte)
        }
    }

    // MARK: Containers

    public mutating func beginObject() throws(JSONError) { try begin(UInt8(ascii: "{")) }

    public mutating func beginArray() throws(JSONError) { try begin(UInt8(ascii: "[")) }

    /// The next key of the open object, or `nil` when the object has ended.
    public mutating func nextKey(first: Bool) throws(JSONError) -> String? {
        guard try advance(first: first, closing: UInt8(ascii: "}")) else { return nil }
        guard current == UInt8(ascii: "\"") else {
            throw error(current == nil ? .unexpectedEnd : .unexpectedByte)
        }
        let key = try readString()
        try expectColon()
        return key
    }

    /// Whether the open array has another element. Read or skip it before asking again.
    public mutating func nextElement(first: Bool) throws(JSONError) -> Bool {
        try advance(first: first, closing: UInt8(ascii: "]"))
    }

    private mutating func skipKey(first: Bool) throws(JSONError) -> Bool {
        guard try advance(first: first, closing: UInt8(ascii: "}")) else { return false }
        guard current == UInt8(ascii: "\"") else {
            throw error(current == nil ? .unexpectedEnd : .unexpectedByte)
        }
        _ = try scanString()
        try expectColon()
        return true
    }

    private mutating func begin(_ opening: UInt8) throws(JSONError) {
        skipWhitespace()
        guard let byte = current else { throw error(.unexpectedEnd) }
        guard byte == opening else { throw error(.unexpectedByte) }
        guard depth < maximumDepth else { throw error(.tooDeep) }
        depth += 1
        position += 1
    }

    private mutating func advance(first: Bool, closing: UInt8) throws(JSONError) -> Bool {
        skipWhitespace()
        guard let byte = current else { throw error(.unexpectedEnd) }
        if byte == closing {
            position += 1
            depth -= 1
            return false
        }
        guard !first else { return true }
        guard byte == UInt8(ascii: ",") else { throw error(.unexpectedByte) }
        position += 1
        skipWhitespace()
        guard current != closing else { throw error(.unexpectedByte) }
        return true
    }

    private mutating func expectColon() throws(JSONError) {
        skipWhitespace()
        guard current == UInt8(ascii: ":") else {
            throw error(current == nil ? .unexpectedEnd : .unexpectedByte)
        }
        position += 1
    }

    // MARK: Scalars

    public mutating func readString() throws(JSONError) -> String {
        let span = try scanString()
        let contents = bytes[span.contents]
        if !span.hasEscapes { return String(decoding: contents, as: UTF8.self) }
        return try unescape(contents)
    }

    public mutating func readBool() throws(JSONError) -> Bool {
        if current == UInt8(ascii: "t") {
            try expect("true")
            return true
        }
        try expect("false")
        return false
    }

    public mutating func readNull() throws(JSONError) { try expect("null") }

    /// An integer where it is written as one and fits 64 bits, otherwise a double.
    public mutating func readNumber() throws(JSONError) -> JSONValue {
        let start = position
        var isInteger = true
        if current == UInt8(ascii: "-") { position += 1 }
        if current == UInt8(ascii: "0") {
            position += 1
        } else {
            try skipDigits()
        }
        if current == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            try skipDigits()
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            isInteger = false
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            try skipDigits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let integer = Int64(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else {
            throw JSONError(reason: .invalidNumber, offset: start)
        }
        return .number(number)
    }

    private mutating func skipDigits() throws(JSONError) {
        let start = position
        while let byte = current, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
            position += 1
        }
        guard position > start else { throw error(.invalidNumber) }
    }

    private mutating func expect(_ word: StaticString) throws(JSONError) {
        for index in 0..<word.utf8CodeUnitCount {
            guard let byte = current else { throw error(.unexpectedEnd) }
            guard byte == word.utf8Start[index] else { throw error(.unexpectedByte) }
            position += 1
        }
    }

    // MARK: Strings

    private struct StringSpan {
        var contents: Range<Int>
        var hasEscapes: Bool
    }

    /// Passes over a string, checking escapes and UTF-8, without making one.
    private mutating func scanString() throws(JSONError) -> StringSpan {
        guard let quote = current else { throw error(.unexpectedEnd) }
        guard quote == UInt8(ascii: "\"") else { throw error(.unexpectedByte) }
        position += 1
        let start = position
        var hasEscapes = false
        var isASCII = true
        while true {
            position = Self.endOfPlainText(bytes, position..<end)
            guard let byte = current else { break }
            switch byte {
            case UInt8(ascii: "\""):
                let contents = start..<position
                if !isASCII, String(validating: bytes[contents], as: UTF8.self) == nil {
                    throw JSONError(reason: .invalidUTF8, offset: start)
                }
                position += 1
                return StringSpan(contents: contents, hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try skipEscape()
            case 0..<0x20: throw error(.controlCharacter)
            default:
                if byte >= 0x80 { isASCII = false }
                position += 1
            }
        }
        throw error(.unexpectedEnd)
    }

    /// Passes over one escape, and over both halves of a surrogate pair.
    private mutating func skipEscape() throws(JSONError) {
        let start = position
        position += 1
        guard let byte = current else { throw error(.unexpectedEnd) }
        guard byte == UInt8(ascii: "u") else {
            guard Self.simpleEscape(byte) != nil else {
                throw JSONError(reason: .invalidEscape, offset: start)
            }
            position += 1
            return
        }
        let unit = try readHexUnit(start: start)
        if (0xDC00..<0xE000).contains(unit) {
            throw JSONError(reason: .invalidEscape, offset: start)
        }
        guard (0xD800..<0xDC00).contains(unit) else { return }
        guard current == UInt8(ascii: "\\") else {
            throw JSONError(reason: .invalidEscape, offset: start)
        }
        position += 1
        guard current == UInt8(ascii: "u"),
            (0xDC00..<0xE000).contains(try readHexUnit(start: start))
        else { throw JSONError(reason: .invalidEscape, offset: start) }
    }

    /// Reads `uXXXX`, standing on the `u`.
    private mutating func readHexUnit(start: Int) throws(JSONError) -> UInt32 {
        position += 1
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = current else { throw error(.unexpectedEnd) }
            guard let digit = Self.hexDigit(byte) else {
                throw JSONError(reason: .invalidEscape, offset: start)
            }
            unit = unit << 4 | digit
            position += 1
        }
        return unit
    }

    private func unescape(_ contents: ArraySlice<UInt8>) throws(JSONError) -> String {
        var out: [UInt8] = []
        out.reserveCapacity(contents.count)
        var reader = JSONReader(bytes)
        reader.position = contents.startIndex
        while reader.position < contents.endIndex {
            let byte = bytes[reader.position]
            guard byte == UInt8(ascii: "\\") else {
                out.append(byte)
                reader.position += 1
                continue
            }
            reader.position += 1
            guard let kind = reader.current else { throw error(.unexpectedEnd) }
            if let simple = Self.simpleEscape(kind) {
                out.append(simple)
                reader.position += 1
                continue
            }
            var scalar = try reader.readHexUnit(start: reader.position)
            if (0xD800..<0xDC00).contains(scalar) {
                reader.position += 1
                let low = try reader.readHexUnit(start: reader.position)
                // Both halves were checked by `scanString`.
                scalar = 0x10000 + (scalar & 0x3FF) << 10 + (low & 0x3FF)
            }
            guard let valid = Unicode.Scalar(scalar) else { throw error(.invalidEscape) }
            out.append(contentsOf: String(Character(valid)).utf8)
        }
        return String(decoding: out, as: UTF8.self)
    }

    // MARK: Bytes

    private var current: UInt8? { position < end ? bytes[position] : nil }

    private mutating func skipWhitespace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    private func error(_ reason: JSONError.Reason) -> JSONError {
        JSONError(reason: reason, offset: position)
    }
}
