// Templates: people write them by hand, and what they say goes to a model that does not complain of holes.

import ScrivenerAgentKit
import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct PromptTemplateTests {
    private func rendered(
        _ template: String, _ values: String, maximumBytes: Int = 1_000
    ) throws -> String {
        try PromptTemplate(template).rendered(
            try RawJSON(values).value(), maximumBytes: maximumBytes)
    }

    private func failure(_ template: String, _ values: String) -> AgentFailure? {
        do {
            _ = try rendered(template, values)
            return nil
        } catch {
            return error as? AgentFailure
        }
    }

    private func mistake(_ template: String) -> PromptTemplateError? {
        do throws(PromptTemplateError) {
            _ = try PromptTemplate(template)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        ("{{query}}?", #"{"query": "why"}"#, "why?"),
        ("{{ a.b }} {{a.c.1}}", #"{"a": {"b": "<&>", "c": [1, 2.5]}}"#, "<&> 2.5"),
        (
            "{{a}} {{b}} {{c}}", #"{"a": true, "b": [1, {"x": null}], "c": {"y": "z"}}"#,
            #"true [1,{"x":null}] {"y":"z"}"#
        ),
        ("{{#list}}{{.}}, {{/list}}", #"{"list": ["a", 2, false]}"#, "a, 2, false, "),
        ("{{#o}}{{x}}{{y}}{{/o}}", #"{"o": {"x": 1}, "y": 2}"#, "12"),
        ("{{#a}}yes{{/a}}{{^a}}no{{/a}}", #"{"a": false}"#, "no"),
        ("{{#a}}yes{{/a}}{{^a}}no{{/a}}", #"{"a": []}"#, "no"),
        ("{{#a}}yes{{/a}}{{^a}}no{{/a}}", #"{"a": ""}"#, "no"),
        ("{{#a}}yes{{/a}}{{^a}}no{{/a}}", #"{}"#, "no"),
        ("{{#a}}yes{{/a}}{{^a}}no{{/a}}", #"{"a": 0}"#, "yes"),
        ("a{{! not {for} models }}b", "{}", "ab"),
        ("no tags, {one} brace", "{}", "no tags, {one} brace"),
    ])
    func `A template says what the task brings`(
        template: String, values: String, expected: String
    ) throws {
        #expect(try rendered(template, values) == expected)
    }

    /// Laid out for people, and still no blank lines in the prompt.
    @Test func `A tag alone on its line takes the line with it`() throws {
        let template = """
            Sources:
              {{#inputs}}
              - {{payload}}
              {{/inputs}}
            {{! the end }}
            Done.
            """
        #expect(
            try rendered(template, #"{"inputs": [{"payload": "a"}, {"payload": "b"}]}"#) == """
                Sources:
                  - a
                  - b
                Done.
                """)
        #expect(try rendered("a\r\n{{#x}}\r\nb\r\n{{/x}}\r\nc", #"{"x": true}"#) == "a\nb\nc")
        #expect(try rendered("a {{#x}}\nb{{/x}}", #"{"x": true}"#) == "a \nb")
    }

    /// A question about a document without the document: nobody sees that in the answer.
    @Test(arguments: ["{{paramters.text}}", "{{parameters.txt}}", "{{empty}}", "{{list.2}}"])
    func `What is not there fails the attempt`(template: String) {
        let values = #"{"parameters": {"text": "a"}, "empty": null, "list": [1, 2]}"#
        let failure = failure(template, values)
        #expect(failure?.failureClass == .invalidInput)
        #expect(failure?.code == "template_value_missing")
    }

    @Test(arguments: [
        ("a\n{{#b}}", "{{#b}} has no {{/b}}", 2), ("{{/b}}", "{{/b}} closes nothing", 1),
        ("{{#a}}\n{{#b}}\n{{/a}}", "{{/a}} where {{/b}} is due", 3), ("{{a", "{{ has no }}", 1),
    ])
    func `A text that is no template says where`(
        template: String, message: String, line: Int
    ) {
        #expect(mistake(template) == PromptTemplateError(message: message, line: line))
    }

    @Test(arguments: ["{{}}", "{{a b}}", "{{a..b}}", "{{{a}}}", "{{>a}}", "{{&a}}", "{{#}}{{/}}"])
    func `Only names stand between braces`(template: String) {
        #expect(mistake(template)?.message.contains("is no name") == true)
    }

    /// A list of lists of lists is a small file and a large prompt.
    @Test func `Prompts are bounded`() throws {
        #expect(throws: AgentFailure.self) {
            try rendered("{{#a}}{{.}}{{/a}}", #"{"a": ["1234", "5678"]}"#, maximumBytes: 7)
        }
        let list = "[" + Array(repeating: "1", count: 100).joined(separator: ",") + "]"
        let nested = "{{#a}}{{#a}}{{#a}}{{#a}}{{/a}}{{/a}}{{/a}}{{/a}}"
        #expect(failure(nested, #"{"a": \#(list)}"#)?.code == "prompt_too_large")
        let deep = String(repeating: "{{#a}}", count: 17) + String(repeating: "{{/a}}", count: 17)
        #expect(mistake(deep)?.message == "sections are nested deeper than 16")
    }
}
