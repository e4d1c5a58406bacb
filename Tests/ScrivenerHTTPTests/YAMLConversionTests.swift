// YAML to JSON: what each spelling becomes, what is refused and where, and that no input costs more
// than it may or ends the process.

import ScrivenerModel
import ScrivenerYAML
import Testing

@Suite(.timeLimit(.minutes(2)))
struct YAMLConversionTests {
    private static func convert(_ yaml: String) throws(ScrivenerError) -> String {
        String(decoding: try json(fromYAML: Array(yaml.utf8)), as: UTF8.self)
    }

    /// The only mistake of a refusal, as `code pointer message`.
    private static func refusal(_ yaml: [UInt8]) -> String? {
        do {
            _ = try json(fromYAML: yaml)
            return nil
        } catch {
            let mistake = error.mistakes.first
            return "\(mistake?.code.rawValue ?? "-") \(mistake?.path ?? "-") "
                + (mistake?.message ?? error.message)
        }
    }

    /// Plans as people write them: each line has gone wrong in some tool.
    @Test(arguments: [
        ("a: b", #"{"a":"b"}"#), ("- 1\n- -2\n- +3", "[1,-2,3]"), ("a:", #"{"a":null}"#),
        ("[~, null, Null, '']", #"[null,null,null,""]"#),
        ("[true, True, yes, on, false, NO, off]", "[true,true,true,true,false,false,false]"),
        ("['yes', \"no\", y, n, nO]", #"["yes","no","y","n","nO"]"#),
        ("[0, -0, 1_000, 0x1F, -0xff, 0o17, 0b101]", "[0,0,1000,31,-255,15,5]"),
        (
            "[9223372036854775807, -9223372036854775808]",
            "[9223372036854775807,-9223372036854775808]"
        ),
        ("[1.5, .5, 1., -1e3, 1E-2, +1.5e+3, 007.5]", "[1.5,0.5,1.0,-1000.0,0.01,1500.0,7.5]"),
        (
            "[1.2.3, 1e, e5, ., ._, +, '-', 0x, 0xg, 1a]",
            #"["1.2.3","1e","e5",".","._","+","-","0x","0xg","1a"]"#
        ),
        (
            "[2026-01-31, 2026-01-31T12:00:00Z, a:b, 12:99]",
            #"["2026-01-31","2026-01-31T12:00:00Z","a:b","12:99"]"#
        ),
        (
            "[!!str 12, !!int '12', !!float 1, ! 5, !!null '', !!bool 'true']",
            #"["12",12,1,"5",null,true]"#
        ),
        ("a: |\n  x\n  y\nb: >\n  x\n  y\n", #"{"a":"x\ny\n","b":"x y\n"}"#),
        ("\"q\\\"\\\\\\t\\0é\": \"\\u263A\"", #"{"q\"\\\t\u0000é":"☺"}"#),
        ("{\"json\": [1, {\"too\": null}]}", #"{"json":[1,{"too":null}]}"#),
        ("base: &b {n: 1}\nuse: [*b, *b]", #"{"base":{"n":1},"use":[{"n":1},{"n":1}]}"#),
        ("# comment\n--- \na: 1\n...\n", #"{"a":1}"#), ("\u{FEFF}a: 1", #"{"a":1}"#),
        ("--- ", "null"), ("<: 1", #"{"<":1}"#),
    ])
    func becomes(yaml: String, expected: String) throws {
        #expect(try Self.convert(yaml) == expected)
    }

    /// What JSON has no word for, or what two readers would read differently, is refused with its
    /// place, never guessed.
    @Test(arguments: [
        ("", "plan_syntax  the document is empty"),
        ("# only", "plan_syntax  the document is empty"),
        ("a: 1\na: 2", "plan_duplicate_field  line 1, column 1: the key `a` is given twice"),
        (
            "x:\n  'a': 1\n  a: 2",
            "plan_duplicate_field  line 2, column 3: the key `a` is given twice"
        ),
        ("1: a", "plan_syntax  line 1, column 1: a key must be a string; put `1` in quotes"),
        (
            "a: {yes: 1}",
            "plan_syntax /a line 1, column 5: a key must be a string; put `yes` in quotes"
        ),
        ("a: {~: 1}", "plan_syntax /a line 1, column 5: a key must be a string; put `~` in quotes"),
        ("[{? [a] : 1}]", "plan_syntax /0 line 1, column 5: a key must be a string"),
        (
            "a: &x {b: 1}\nc:\n  <<: *x",
            "plan_syntax /c line 3, column 3: merge keys (`<<`) are not supported"
        ),
        ("a: .nan", "plan_syntax /a line 1, column 4: `.nan` is not a number that JSON has"),
        (
            "a/b: [-.INF]",
            "plan_syntax /a~1b/0 line 1, column 7: `-.INF` is not a number that JSON has"
        ),
        ("a: 1e999", "plan_syntax /a line 1, column 4: `1e999` is out of a number's range"),
        (
            "a: 0755",
            "plan_syntax /a line 1, column 4: `0755` is octal in YAML 1.1 and decimal "
                + "elsewhere; put it in quotes"
        ),
        (
            "a: 12:30",
            "plan_syntax /a line 1, column 4: `12:30` is a number of base 60 in YAML 1.1 "
                + "and text elsewhere; put it in quotes"
        ),
        (
            "a: 9223372036854775808",
            "plan_syntax /a line 1, column 4: `9223372036854775808` does "
                + "not fit 64 bits; put it in quotes"
        ),
        ("a: !!int x", "plan_syntax /a line 1, column 4: `x` is not what its tag says"),
        (
            "a: !!binary aGk=",
            "plan_syntax /a line 1, column 4: `aGk=` has a tag that JSON has no "
                + "type for: tag:yaml.org,2002:binary"
        ),
        (
            "a: !!set {b}",
            "plan_syntax /a line 1, column 4: a tag that JSON has no type for: "
                + "tag:yaml.org,2002:set"
        ),
        (
            "a: 1\n---\nb: 2",
            "plan_syntax  line 2, column 1: but found another document expected a "
                + "single document in the stream"
        ),
        ("a: *x", "plan_syntax  line 1, column 4: found undefined alias"),
        ("a: &x [*x]", "plan_syntax  line 1, column 8: found undefined alias"),
        (
            "a: [1, 2\n",
            "plan_syntax  line 2, column 1: did not find expected ',' or ']' while parsing "
                + "a flow sequence"
        ),
        (
            "a: b: c",
            "plan_syntax  line 1, column 5: mapping values are not allowed in this context"
        ),
        (
            "a:\n\tb: 1",
            "plan_syntax  line 2, column 1: found character that cannot start any token "
                + "while scanning for the next token"
        ),
        ("a: é\nb: \u{1}", "plan_syntax  line 2, column 4: control characters are not allowed"),
    ])
    func isRefused(yaml: String, expected: String) {
        #expect(Self.refusal(Array(yaml.utf8)) == expected)
    }

    /// An editor with the wrong encoding: the place of the first bad byte is what helps.
    @Test func otherEncodingsAreRefused() {
        #expect(
            Self.refusal(Array("a: 1\nb: caf".utf8) + [0xE9, 0x0A])
                == "plan_syntax  line 2, column 7: the text is not UTF-8")
    }

    /// A file that is far too large is refused by its size, before anything is built of it.
    @Test func sizeIsBounded() {
        let bytes = [UInt8](repeating: 0x20, count: YAMLLimits.maximumBytes + 1)
        #expect(
            Self.refusal(bytes)
                == "plan_too_large  the YAML document is too large; send it as JSON")
    }

    /// "Billion laughs": nine lines that spell a billion values. The refusal has to come before the
    /// memory is gone.
    @Test func aliasesOfAliasesAreBounded() {
        var yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let items = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            yaml += "a\(level): &a\(level) [\(items)]\n"
        }
        #expect(
            Self.refusal(Array(yaml.utf8))
                == "plan_too_large  the YAML document has too many values once its aliases are "
                + "expanded")
    }

    /// The same with few values and long ones.
    @Test func aliasesOfLongTextsAreBounded() {
        let text = String(repeating: "x", count: 1 << 20)
        let yaml =
            "a: &a \(text)\nb: [" + Array(repeating: "*a", count: 20).joined(separator: ", ")
            + "]\n"
        #expect(
            Self.refusal(Array(yaml.utf8))
                == "plan_too_large  the YAML document is too large once its aliases are expanded")
    }

    /// The same in a key, where composing alone would never end: each spelling of such a key.
    @Test(arguments: ["? *a9\n: x\n", "*a9 : x\n", "k: {[*a9]: x}\n", "k: {{*a9: b} : x}\n"])
    func aliasesInKeysAreRefusedBeforeComposing(key: String) throws {
        var yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let items = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            yaml += "a\(level): &a\(level) [\(items)]\n"
        }
        let message = try #require(Self.refusal(Array((yaml + key).utf8)))
        #expect(
            message.hasSuffix("where aliases are used, a key must not be an alias or a collection"))
    }

    /// Text that only looks like anchors, aliases and keys is text.
    @Test func lookalikesInTextAreTaken() throws {
        let yaml = "a: |\n  see [1]: and R&D, *really*: ? yes\nb: 'x & *y'\n"
        #expect(
            try Self.convert(yaml)
                == #"{"a":"see [1]: and R&D, *really*: ? yes\n","b":"x & *y"}"#)
    }

    /// Keys in keys are hashed once a level: many of them in a large document would take minutes.
    @Test func nestedKeysAreBounded() {
        let explicit = String(repeating: "? ", count: 100)
        let filler = "- [" + String(repeating: "x, ", count: 300_000) + "]\n"
        let nested =
            String(repeating: "{", count: 100) + "a: b" + String(repeating: "}: b", count: 99)
            + "}\n"
        for yaml in [explicit + filler, String(repeating: "- " + nested, count: 1_000)] {
            #expect(
                Self.refusal(Array(yaml.utf8))?.contains("too many keys that are collections")
                    == true)
        }
        for yaml in [explicit + "x\n", nested] {
            #expect(Self.refusal(Array(yaml.utf8))?.contains("a key must be a string") == true)
        }
    }

    /// Brackets upon brackets: the parser recurses, and a stack is finite.
    @Test(arguments: [129, 999, 100_000])
    func depthIsBounded(depth: Int) {
        for opening in ["[", "- ", "{a: ", "? "] {
            let yaml = String(repeating: opening, count: depth)
            #expect(Self.refusal(Array(yaml.utf8)) != nil)
        }
        let closed = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        #expect(Self.refusal(Array(closed.utf8)) != nil)
    }

    /// As deep as JSON may be: the parser that comes after takes it.
    @Test func deepestPlanIsTaken() throws {
        let text = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        #expect(try Self.convert(text) == text)
        try JSONReader.validate(Array(text.utf8))
    }

    /// Whatever bytes come: JSON or a refusal, never a trap, and the JSON is JSON.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func mutatedDocuments(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        for _ in 0..<1_000 {
            let document = random.mutated(Self.seeds)
            do {
                try JSONReader.validate(try json(fromYAML: document))
            } catch let error as ScrivenerError {
                #expect([.planSyntax, .planTooLarge].contains(error.code))
            }
        }
    }

    private static let seeds: [[UInt8]] = [
        "query: why\ntasks:\n  - task_id: a\n    parameters: {n: 1.5, s: 'x', l: [a, b]}\n",
        "a: &x [1, 2, {b: c}]\nd: *x\ne: \"\\u263A\\n\"\n", "? a\n: b\n? - c\n: - d\n",
        "--- !!map\n<<: {a: ~}\n%x: |+2\n   text\n...\n", "{a: [b, {c: d}], e: !t f}",
        "%YAML 1.1\n%TAG ! tag:x,2000:\n---\n!a b\n", "- >-\n folded\n\n text\n- 'it''s'\n- 0x1F\n",
    ].map { Array($0.utf8) }
}

/// Sebastiano Vigna's SplitMix64: a seed that fails can be run again.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// One of the documents, with a few bytes changed, put in, taken out or copied.
    mutating func mutated(_ documents: [[UInt8]]) -> [UInt8] {
        let indicators = Array("&*!|>'\"%@`-?:,[]{}#<~ \n\t\\x0".utf8) + [0, 0x85, 0xC3, 0xFF]
        var bytes = documents.randomElement(using: &self) ?? []
        for _ in 0..<Int.random(in: 1...6, using: &self) {
            let place = Int.random(in: 0...bytes.count, using: &self)
            let byte = indicators.randomElement(using: &self) ?? 0
            switch Int.random(in: 0..<4, using: &self) {
            case 0: bytes.insert(byte, at: place)
            case 1: if place < bytes.count { bytes[place] = byte }
            case 2: if place < bytes.count { bytes.remove(at: place) }
            default:
                let piece = documents.randomElement(using: &self)?.suffix(place) ?? []
                bytes.insert(contentsOf: piece, at: place)
            }
        }
        return bytes
    }
}
