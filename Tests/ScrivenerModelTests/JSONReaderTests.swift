// The reader against RFC 8259: its grammar, its limits, and what it says of a mistake.

import Testing

@testable import ScrivenerModel

@Suite struct JSONReaderTests {
    /// What other programs write is read as they meant it.
    @Test(arguments: [
        ("null", JSONValue.null), (" true ", .bool(true)), ("false\n", .bool(false)),
        ("0", .integer(0)), ("-0", .integer(0)), ("-12", .integer(-12)),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .number(9_223_372_036_854_775_808)),
        ("1.5", .number(1.5)), ("-0.0", .number(0)), ("1e2", .number(100)),
        ("1E+2", .number(100)), ("25e-1", .number(2.5)), ("0e5", .number(0)),
        ("1e-400", .number(0)),
        (#""""#, .string("")), (#""a\/b\"\\\b\f\n\r\t""#, .string("a/b\"\\\u{8}\u{c}\n\r\t")),
        (#""\u00e9\u20AC""#, .string("é€")), (#""\ud83d\ude00""#, .string("😀")),
        (#""\u0000x""#, .string("\0x")), ("\"é€😀\"", .string("é€😀")),
        (#""\uFFFF\udbff\udfff""#, .string("\u{FFFF}\u{10FFFF}")),
        ("[]", .array([])), ("[ 1 , [ ] ]", .array([.integer(1), .array([])])),
        ("{}", .object([])),
        (#"{"a":1,"a":2}"#, .object([("a", .integer(1)), ("a", .integer(2))])),
        (#"{ "b" : { } , "" : null }"#, .object([("b", .object([])), ("", .null)])),
        ("\t\r\n [true]\t\r\n ", .array([.bool(true)])),
    ])
    func validDocuments(_ text: String, _ expected: JSONValue) throws {
        var reader = JSONReader(Array(text.utf8))
        #expect(try reader.readDocument() == expected)
        try JSONReader.validate(Array(text.utf8))
        var skipping = JSONReader(Array(text.utf8))
        let range = try skipping.skipValue()
        #expect(try RawJSON(Array(Array(text.utf8)[range])).value() == expected)
    }

    /// A part is read as if there were nothing around it: what stands behind would otherwise end a text,
    /// or make a number longer.
    @Test func aPartIsReadAlone() throws {
        let bytes = Array(#"[1,"abcdefghij",23]45"#.utf8)
        for (range, isValue) in [
            (0..<19, true), (1..<2, true), (3..<15, true), (16..<18, true), (16..<17, true),
            (0..<18, false), (3..<14, false), (4..<15, false), (0..<20, false), (5..<5, false),
        ] {
            let read: Void? = try? JSONReader.validate(bytes, in: range)
            #expect((read != nil) == isValue, "\(range)")
            let alone = Array(bytes[range])
            let readAlone: Void? = try? JSONReader.validate(alone)
            #expect((readAlone != nil) == isValue, "\(range)")
        }
        for range in [3..<3, 1..<2, 21..<21] {
            var reader = JSONReader(bytes, in: range)
            #expect(throws: JSONError.self) { try reader.readString() }
        }
    }

    /// A mistake is refused, where it is and for what it is, by reading and by skipping alike.
    @Test(arguments: [
        ("", JSONError.Reason.unexpectedEnd, 0), ("  ", .unexpectedEnd, 2),
        ("[", .unexpectedEnd, 1), ("[1", .unexpectedEnd, 2), ("[1,", .unexpectedEnd, 3),
        ("{", .unexpectedEnd, 1), (#"{"a""#, .unexpectedEnd, 4), (#"{"a":"#, .unexpectedEnd, 5),
        (#"{"a":1"#, .unexpectedEnd, 6), (#"{"a":1,"#, .unexpectedEnd, 7),
        ("tru", .unexpectedEnd, 3), ("nul", .unexpectedEnd, 3), ("\"", .unexpectedEnd, 1),
        (#""\"#, .unexpectedEnd, 2), (#""\u12"#, .unexpectedEnd, 5),
        ("[1,]", .unexpectedByte, 3), ("[,1]", .unexpectedByte, 1), ("[1 2]", .unexpectedByte, 3),
        (#"{"a":1,}"#, .unexpectedByte, 7), (#"{"a" 1}"#, .unexpectedByte, 5),
        ("{1:2}", .unexpectedByte, 1), ("{a:2}", .unexpectedByte, 1), ("[1}", .unexpectedByte, 2),
        (#"{"a":1]"#, .unexpectedByte, 6), ("]", .unexpectedByte, 0), ("tRue", .unexpectedByte, 1),
        ("nulL", .unexpectedByte, 3), ("'a'", .unexpectedByte, 0), ("+1", .unexpectedByte, 0),
        (".5", .unexpectedByte, 0), ("NaN", .unexpectedByte, 0), ("Infinity", .unexpectedByte, 0),
        ("\u{FEFF}1", .unexpectedByte, 0), ("[1/*c*/]", .unexpectedByte, 2),
        ("-", .invalidNumber, 1), ("1.", .invalidNumber, 2), ("1e", .invalidNumber, 2),
        ("1e+", .invalidNumber, 3), ("-a", .invalidNumber, 1), ("1e400", .invalidNumber, 0),
        ("-1e400", .invalidNumber, 0),
        ("01", .trailingBytes, 1), ("1 2", .trailingBytes, 2), ("{}{}", .trailingBytes, 2),
        ("1\0", .trailingBytes, 1), ("-00", .trailingBytes, 2), ("0x1", .trailingBytes, 1),
        (#""\x""#, .invalidEscape, 1), (#""\u12g4""#, .invalidEscape, 1),
        (#""\ud800""#, .invalidEscape, 1), (#""\ud800x""#, .invalidEscape, 1),
        (#""\ud800\n""#, .invalidEscape, 1), (#""\ud800\ud800""#, .invalidEscape, 1),
        (#""\udc00""#, .invalidEscape, 1), (#""\U0041""#, .invalidEscape, 1),
        ("\"a\nb\"", .controlCharacter, 2), ("\"\0\"", .controlCharacter, 1),
        ("\"\u{1f}\"", .controlCharacter, 1),
    ])
    func invalidDocuments(_ text: String, _ reason: JSONError.Reason, _ offset: Int) {
        let bytes = Array(text.utf8)
        let expected = JSONError(reason: reason, offset: offset)
        #expect(throws: expected) {
            var reader = JSONReader(bytes)
            _ = try reader.readDocument()
        }
        #expect(throws: expected) { try JSONReader.validate(bytes) }
    }

    /// Bytes that are no UTF-8: overlong forms, surrogates, lone and missing continuations.
    @Test(
        arguments: [
            [0x80], [0xC3], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80],
            [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80],
            [0xFF], [0xFE], [0xE2, 0x82], [0xE2, 0x28, 0xA1],
        ] as [[UInt8]])
    func invalidUTF8(_ middle: [UInt8]) {
        let bytes = Array("[\"".utf8) + middle + Array("\"]".utf8)
        #expect(throws: JSONError(reason: .invalidUTF8, offset: 2)) {
            try JSONReader.validate(bytes)
        }
        #expect(throws: JSONError(reason: .invalidUTF8, offset: 2)) {
            try JSONReader.validate(Array("{\"".utf8) + middle + Array("\":1}".utf8))
        }
    }

    /// A bomb of brackets must not eat the stack.
    @Test func nestingIsBounded() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array(
                (String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        try JSONReader.validate(nested(128))
        #expect(throws: JSONError(reason: .tooDeep, offset: 128)) {
            try JSONReader.validate(nested(129))
        }
        let bomb = Array(String(repeating: #"{"a":["#, count: 50_000).utf8)
        #expect(throws: JSONError(reason: .tooDeep, offset: 384)) {
            var reader = JSONReader(bomb)
            _ = try reader.readDocument()
        }
        // Depth is what is open, not what has been opened.
        try JSONReader.validate(
            Array(("[" + Array(repeating: "[]", count: 1_000).joined(separator: ",") + "]").utf8))
    }

    /// What is written is read back as it was.
    @Test func theWriterWritesWhatTheReaderReads() throws {
        let value = JSONValue.object([
            ("null", .null), ("bool", .bool(true)), ("integer", .integer(.min)),
            (
                "number",
                .array([
                    .number(0.1), .number(1e300), .number(-.leastNonzeroMagnitude), .number(1.5e16),
                ])
            ),
            ("text", .string("\"\\/\u{0}\u{1f}\u{7f}\n\r\té€😀\u{10FFFF}")), ("", .object([])),
            ("empty", .array([])),
        ])
        #expect(try RawJSON(value).value() == value)
        #expect(RawJSON(.array([.number(.nan), .number(.infinity)])).text == "[null,null]")
    }

    /// Integers where somebody wrote a fraction of zero, and none where it does not fit.
    @Test func numbersAsIntegers() {
        #expect(JSONValue.number(3).integerValue == 3)
        #expect(JSONValue.number(3.5).integerValue == nil)
        #expect(JSONValue.number(1e30).integerValue == nil)
        #expect(JSONValue.integer(7).doubleValue == 7)
        #expect(JSONValue.object([("a", .null), ("a", .bool(true))])["a"] == .bool(true))
    }
}
