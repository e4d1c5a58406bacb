// What a file says of a model, and how the agents of a worker fit together.

import ScrivenerAgentKit
import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct ModelAgentReaderTests {
    private func descriptions(_ text: String) throws -> [AgentDescription] {
        try AgentFile.descriptions(in: Array(text.utf8), isJSON: false)
    }

    private func mistakes(_ text: String) -> [String] {
        do {
            _ = try descriptions(text)
            return []
        } catch {
            let error = error as? ScrivenerError
            return error?.mistakes.map { "\($0.path): \($0.message)" } ?? ["\(error as Any)"]
        }
    }

    @Test func `Every field`() throws {
        let read = try descriptions(
            """
            agents:
              - name: summarise
                capabilities: [summary]
                slots: 2
                model:
                  url: http://127.0.0.1:11434/v1
                  model: llama3.2
                  system: Be brief.
                  prompt: |
                    {{#inputs}}
                    {{payload}}
                    {{/inputs}}
                  schema: {type: object, properties: {summary: {type: string}}}
                  response_format: json_object
                  max_corrections: 1
                  max_tokens: 512
                  max_tokens_field: max_completion_tokens
                  temperature: 0.2
                  seed: 7
                  stream: false
                  stream_usage: false
                  prices: {input: 0.15, cached_input: 0.075, output: 0.6}
                  max_prompt_bytes: 1000
                  max_output_bytes: 2000
                  max_tries: 2
                  idle_timeout_seconds: 10
                  timeout_seconds: 20
                  tools:
                    - agent: research
                      task_type: web_search
                      name: search
                      description: Searches the corpus.
                      parameters: {type: object, properties: {query: {type: string}}}
                  max_tool_rounds: 3
                  max_tool_bytes: 4000
                  research: true
            """)
        guard case .model(let settings)? = read.first else {
            Issue.record("no model")
            return
        }
        let endpoint = settings.endpoint
        #expect(settings.identity.slots == 2)
        let prompt = try PromptTemplate("{{#inputs}}\n{{payload}}\n{{/inputs}}\n")
        #expect(settings.prompt == prompt)
        #expect(settings.schema?.document["type"] == .string("object"))
        #expect(settings.maximumCorrections == 1)
        #expect(settings.tools.map(\.name) == ["search"])
        #expect(settings.tools.first?.taskType == "web_search")
        #expect(settings.maximumToolRounds == 3)
        #expect(settings.maximumToolBytes == 4_000)
        #expect(settings.servesResearch)
        #expect(endpoint.responseFormat == .jsonObject)
        #expect(endpoint.tokenLimitField == .maxCompletionTokens)
        #expect(endpoint.maximumTokens == 512)
        #expect(endpoint.temperature == 0.2)
        #expect(endpoint.seed == 7)
        #expect(!endpoint.streams)
        #expect(!endpoint.asksForUsage)
        #expect(endpoint.prices == ModelPrices(input: 0.15, cachedInput: 0.075, output: 0.6))
        #expect(endpoint.maximumPromptBytes == 1_000)
        #expect(endpoint.maximumOutputBytes == 2_000)
        #expect(endpoint.maximumTries == 2)
        #expect(endpoint.idleTimeout == .seconds(10))
        #expect(endpoint.timeout == .seconds(20))
    }

    @Test func `All mistakes are told at once, with their places`() {
        let found = mistakes(
            """
            agents:
              - name: wrong
                model:
                  url: ftp://example.com
                  model: ""
                  prompt: "{{#a}}"
                  schema: {type: text, pattern: a}
                  temperature: 3
                  max_tokens: 0
                  response_format: xml
                  prices: {input: -1, coffee: 2}
                  max_token: 5
                  tools:
                    - agent: a b
                      name: not a name
                      description: d
              - name: silent
                model: {url: "http://127.0.0.1/v1", model: m}
            """)
        for path in [
            "/agents/0/model/max_token: there is no such field",
            "/agents/0/model/prompt: line 1: {{#a}} has no {{/a}}",
            "/agents/0/model/temperature: out of range",
            "/agents/0/model/max_tokens: out of range",
            "/agents/0/model/response_format: is no such word",
            "/agents/0/model/prices/coffee: there is no such field",
            "/agents/0/model/prices/input: out of range",
            "/agents/0/model/tools/0/name: must be 1…64 characters of a–z A–Z 0–9 _ -",
            "/agents/1/model/prompt: must be there, unless research is true",
        ] {
            #expect(found.contains(path), "\(path)")
        }
        let places = Set(found.map { String($0.prefix { $0 != ":" }) })
        for path in [
            "url", "model", "schema/type", "schema/pattern", "tools/0/agent",
        ] {
            #expect(places.contains("/agents/0/model/" + path), "\(path)")
        }
    }

    // MARK: Together

    private func agents(_ text: String) throws -> [any BaseAgent] {
        try AgentAssembly.agents(try descriptions(text)) { model in
            [EchoAgent(), PlannerAgent(model: model)]
        }
    }

    @Test func `A model's tools are agents of its worker`() throws {
        let text = """
            agents:
              - name: helper
                model:
                  url: http://127.0.0.1:1/v1
                  model: m
                  prompt: hello
                  tools: [{agent: echo, description: Echoes.}]
            """
        let model = try #require(try agents(text).last as? ModelAgent)
        #expect(model.tools.map(\.described.name) == ["echo"])
        #expect(model.tools.map(\.taskType) == ["noop"])
        for other in ["nobody", "helper"] {
            let error = #expect(throws: ScrivenerError.self) {
                try agents(text.replacing("agent: echo", with: "agent: \(other)"))
            }
            #expect(error?.mistakes.map(\.actual) == [other])
        }
    }

    /// A plan that asks for a model must not end up with a worker that has another one, or none.
    @Test func `Research agents say which model they have`() throws {
        let entry = """
              - name: NAME
                model: {url: "http://127.0.0.1:1/v1", model: m, research: true}

            """
        let one = "agents:\n" + entry.replacing("NAME", with: "local")
        let planner = try #require(try agents(one).first { $0.name == "planner" })
        #expect(planner.tags == ["model:local"])
        #expect(PlannerAgent().tags == [])
        let error = #expect(throws: ScrivenerError.self) {
            try agents(one + entry.replacing("NAME", with: "second"))
        }
        #expect(error?.mistakes.map(\.actual) == ["local, second"])
    }
}
