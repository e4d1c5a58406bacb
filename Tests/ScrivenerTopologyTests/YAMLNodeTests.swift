// What is written as YAML reads the same again, whatever is in it.

import ScrivenerModel
import ScrivenerYAML
import Testing

@testable import ScrivenerTopology

struct YAMLNodeTests {
    private func read(_ node: YAMLNode) throws -> JSONValue {
        try RawJSON(json(fromYAML: Array(node.rendered.utf8))).value()
    }

    @Test(
        arguments: [
            "plain", "true", "No", "null", "~", "", " ", "12", "1.5", "0755", "12:30", "1e3", "a b",
            "a: b", "a #b", "#", "- a", "[a]", "{a}", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a",
            "'", "\"", "\\", "a\\nb", "$HOME", "${A}", "é…", "2026-01-01", ".inf", "---", "?",
            "a\tb", "\u{7F}", "\u{85}", "\u{2028}", "a\u{FEFF}", "\u{0}", "one\ntwo", "one\n\n",
            "\none\n", " one\ntwo\n", "one\ntwo\u{2028}\n", "one\n\ttwo \n", "=", "<<", "y",
            "--a=b", "---", "--", "-a", "a:",
            "tcp://h:1", "..", "../a", "./a", "/a", ".5",
            "a,b", "1:2",
        ])
    func `A text stays the text that it is`(text: String) throws {
        #expect(try read(["k": .text(text)])["k"] == .string(text))
        #expect(try read(["k": [.text(text)]])["k"] == .array([.string(text)]))
        if !text.isEmpty, text != YAMLNode.comment {
            #expect(try read(.map([.init(key: text, value: 1)]))[text] == .integer(1))
        }
    }

    @Test func `Blocks are nested as people write them`() throws {
        let node: YAMLNode = [
            YAMLNode.comment: "Why.", "a": ["b": ["c", ["d": 1, "e": [true]], []]], "f": nil,
            "g": [:], "text": "one\n\n  two\n",
            "texts": ["one\ntwo\n"],
        ]
        #expect(
            node.rendered == """
                # Why.
                a:
                  b:
                    - c
                    - d: 1
                      e:
                        - true
                    - []
                g: {}
                text: |
                  one

                    two
                texts:
                  - |
                    one
                    two

                """)
        #expect(try read(node)["text"] == .string("one\n\n  two\n"))
        #expect(try read(node)["texts"] == .array([.string("one\ntwo\n")]))
        #expect(try read(node)["a"]?["b"]?.arrayValue?.count == 3)
    }

    @Test func `Two maps are one, in order`() {
        let both: YAMLNode = ["a": 1] + ["b": 2]
        #expect(both == ["a": 1, "b": 2])
    }
}
