// Schemas: what is not understood must not seem to be checked, and what a model gets wrong it has to be told.

import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct JSONSchemaTests {
    private func schema(_ text: String) throws -> JSONSchema {
        try JSONSchema(try RawJSON(text).value())
    }

    private func mistakes(_ schemaText: String, _ value: String) throws -> [String] {
        try schema(schemaText).mistakes(of: try RawJSON(value).value()).map(\.described)
    }

    private static let answer = """
        {"type": "object", "properties": {"score": {"type": "integer", "minimum": 0, "maximum": 10},
          "tags": {"type": "array", "items": {"enum": ["a", "b"]}, "maxItems": 2, "uniqueItems": true},
          "note": {"type": ["string", "null"], "minLength": 2}},
         "required": ["score"], "additionalProperties": false}
        """

    @Test(arguments: [
        (#"{"score": 7}"#, []), (#"{"score": 7.0, "tags": ["a", "b"], "note": null}"#, []),
        (#"{"score": "7"}"#, ["/score: must be of type integer, not string"]),
        (#"{"score": 11}"#, ["/score: must be at most 10.0"]),
        (#"{"tags": []}"#, ["the value: lacks score"]),
        (#"{"score": 1, "x": 2}"#, ["/x: must not be there"]),
        (#"{"score": 1, "tags": ["a", "c"]}"#, [#"/tags/1: must be one of ["a","b"]"#]),
        (#"{"score": 1, "tags": ["a", "a"]}"#, ["/tags: has an element twice"]),
        (#"{"score": 1, "note": "x"}"#, ["/note: has 1 characters; at least 2 are needed"]),
        ("[]", ["the value: must be of type object, not array"]),
    ])
    func `A value is held against its schema`(value: String, expected: [String]) throws {
        #expect(try mistakes(Self.answer, value) == expected)
    }

    @Test func `Alternatives, references and constants`() throws {
        let tree = """
            {"$ref": "#/$defs/node", "$defs": {"node": {"type": "object", "required": ["value"],
              "properties": {"value": {"anyOf": [{"type": "string"}, {"const": 1}]},
                "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}}}}}
            """
        #expect(try mistakes(tree, #"{"value": "a", "children": [{"value": 1.0}]}"#) == [])
        #expect(
            try mistakes(tree, #"{"value": "a", "children": [{"value": 2}]}"#)
                == ["/children/0/value: fits none of the alternatives of anyOf"])
        #expect(
            try mistakes(#"{"oneOf": [{"type": "number"}, {"type": "integer"}]}"#, "1")
                == ["the value: fits more than one alternative of oneOf"])
        #expect(try mistakes(#"{"not": {"type": "null"}}"#, "null") != [])
        #expect(
            try mistakes(#"{"prefixItems": [{"type": "string"}], "items": false}"#, #"["a", 1]"#)
                == ["/1: must not be there"])
    }

    /// A table as a database returns it is no attack.
    @Test func `A large table that fits passes`() throws {
        let columns = (0..<10).map { #""c\#($0)": {"type": "integer"}"# }.joined(separator: ",")
        let names = (0..<10).map { "\"c\($0)\"" }.joined(separator: ",")
        let row = "{" + (0..<10).map { "\"c\($0)\":1" }.joined(separator: ",") + "}"
        let table = "[" + Array(repeating: row, count: 4_000).joined(separator: ",") + "]"
        let found = try mistakes(
            """
            {"type": "array", "items": {"type": "object", "properties": {\(columns)},
             "required": [\(names)], "additionalProperties": false}}
            """, table)
        #expect(found == [])
    }

    /// A server's schema and a tool's output are strangers' both: together they cost what a limit says.
    @Test(arguments: ["properties", "enum", "required"])
    func `What is too much is not looked at, and does not pass`(keyword: String) throws {
        let names = (0..<20_000).map { "\"x\($0 % 2)\"" }
        let rule =
            keyword == "properties"
            ? "{" + (0..<9_000).map { "\"p\($0)\":{}" }.joined(separator: ",") + "}"
            : "[" + names.joined(separator: ",") + "]"
        let row = #"{"x0":1,"x1":1}"#
        let value = "[" + Array(repeating: row, count: 50_000).joined(separator: ",") + "]"
        var validator = JSONSchemaValidator(
            root: try RawJSON("{\"items\":{\"\(keyword)\":\(rule)}}").value())
        let found = validator.mistakes(of: try RawJSON(value).value())
        #expect(!found.isEmpty)
    }

    /// A schema that refers to itself, and a value that is nested as deep as JSON may be.
    @Test func `Recursion ends`() throws {
        #expect(
            try mistakes(##"{"$ref": "#"}"##, "1") == [
                "the value: is too deep, or too much, to be checked"
            ])
        let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        let path = String(repeating: "/0", count: 31)
        let found = try mistakes(##"{"type": "array", "items": {"$ref": "#"}}"##, deep)
        #expect(found.first?.hasSuffix("is too deep, or too much, to be checked") == true)
        #expect(found.first?.hasPrefix(path) == true)
        let wide = ##"{"anyOf": [{"items": {"$ref": "#"}}, {"items": {"$ref": "#"}}]}"##
        #expect(try mistakes(wide, deep) != [])
    }

    /// Whoever writes `pattern` believes that it is checked.
    @Test(arguments: [
        (#"{"pattern": "a+"}"#, "/pattern"),
        (#"{"properties": {"a": {"if": {}}}}"#, "/properties/a/if"),
        (#"{"type": "text"}"#, "/type"), (#"{"enum": []}"#, "/enum"), ("3", ""),
        (##"{"$ref": "#/$defs/none"}"##, "/$ref"), (#"{"$ref": "http://example.com/s"}"#, "/$ref"),
        (#"{"items": [1]}"#, "/items"), (#"{"minLength": -1}"#, "/minLength"),
    ])
    func `What is not understood is refused`(text: String, path: String) throws {
        let document = try RawJSON(text).value()
        let error = #expect(throws: JSONSchemaError.self) { try JSONSchema(document) }
        #expect(error?.mistakes.map(\.path) == [path])
    }

    /// OpenAI refuses a strict schema that is not as it wants one.
    @Test func `Only closed schemas are strict`() throws {
        #expect(try schema(#"{"type": "string"}"#).isStrict)
        #expect(try !schema(Self.answer).isStrict)
        #expect(try !schema(#"{"type": "object"}"#).isStrict)
        let closed = """
            {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "string"}}},
             "required": ["a"], "additionalProperties": false}
            """
        #expect(try schema(closed).isStrict)
    }
}
