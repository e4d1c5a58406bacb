// Answers in the shapes that the references of OpenAI, vLLM, Ollama and llama.cpp document.

import ScrivenerAgentKit
import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct ChatReplyTests {
    private func reply(_ events: [String], maximumBytes: Int = 1_000) throws -> ChatReply {
        var builder = ChatReplyBuilder(maximumBytes: maximumBytes)
        for event in events { _ = try builder.take(event: Array(event.utf8)) }
        return try builder.reply()
    }

    private func failure(_ events: [String], maximumBytes: Int = 1_000) -> AgentFailure? {
        do {
            _ = try reply(events, maximumBytes: maximumBytes)
            return nil
        } catch {
            return error as? AgentFailure
        }
    }

    /// OpenAI, with `stream_options.include_usage`.
    @Test func `Words in pieces, and what they took`() throws {
        let reply = try reply([
            #"{"id":"chatcmpl-7","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null}"#,
            #"{"id":"chatcmpl-7","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{"content":"Write"},"logprobs":null,"finish_reason":null}],"usage":null}"#,
            #"{"id":"chatcmpl-7","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{"content":" ahead."},"logprobs":null,"finish_reason":null}],"usage":null}"#,
            #"{"id":"chatcmpl-7","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null}"#,
            #"{"id":"chatcmpl-7","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini","choices":[],"usage":{"prompt_tokens":19,"completion_tokens":10,"total_tokens":29,"prompt_tokens_details":{"cached_tokens":16,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}}"#,
            "[DONE]",
        ])
        #expect(reply.text == "Write ahead.")
        #expect(reply.ending == .complete)
        #expect(
            reply.usage
                == ChatUsage(inputTokens: 19, cachedInputTokens: 16, outputTokens: 10))
    }

    /// OpenAI, and vLLM and llama.cpp after it: two calls, their arguments in pieces, interleaved.
    @Test func `Calls of tools in pieces`() throws {
        let reply = try reply([
            #"{"choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"search","arguments":""}}]},"finish_reason":null}]}"#,
            #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"query\":"}}]},"finish_reason":null}]}"#,
            #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"call_b","type":"function","function":{"name":"count","arguments":"{}"}}]},"finish_reason":null}]}"#,
            #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"wal\"}"}}]},"finish_reason":null}]}"#,
            #"{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#, "[DONE]",
        ])
        #expect(
            reply.calls == [
                ChatToolCall(id: "call_a", name: "search", arguments: #"{"query":"wal"}"#),
                ChatToolCall(id: "call_b", name: "count", arguments: "{}"),
            ])
    }

    /// Ollama: each call whole, all of them with index 0.
    @Test func `Calls that share an index are told apart by their ids`() throws {
        let reply = try reply([
            #"{"choices":[{"index":0,"delta":{"role":"assistant","content":"","tool_calls":[{"id":"call_1","index":0,"type":"function","function":{"name":"a","arguments":"{\"n\":1}"}}]},"finish_reason":null}]}"#,
            #"{"choices":[{"index":0,"delta":{"role":"assistant","content":"","tool_calls":[{"id":"call_2","index":0,"type":"function","function":{"name":"b","arguments":{"n":2}}}]},"finish_reason":null}]}"#,
            #"{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"tool_calls"}]}"#,
        ])
        #expect(reply.calls.map(\.name) == ["a", "b"])
        #expect(reply.calls.map(\.arguments) == [#"{"n":1}"#, #"{"n":2}"#])
    }

    /// vLLM and gateways: a last chunk without choices in any way; a stream that ends without `[DONE]`.
    @Test(arguments: [#""choices":null,"#, #""choices":[],"#, ""])
    func `The usage comes without a choice`(choices: String) throws {
        let reply = try reply([
            #"{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}"#,
            #"{\#(choices)"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}"#,
        ])
        #expect(reply.usage == ChatUsage(inputTokens: 3, outputTokens: 1))
    }

    @Test func `An answer as one document`() throws {
        let document = """
            {"id":"chatcmpl-9","object":"chat.completion","created":1700000000,"model":"gpt-4o",
             "choices":[{"index":0,"message":{"role":"assistant","content":null,"refusal":null,
               "tool_calls":[{"id":"call_a","type":"function",
                 "function":{"name":"search","arguments":"{}"}}]},
               "logprobs":null,"finish_reason":"tool_calls"}],
             "usage":{"prompt_tokens":82,"completion_tokens":17,"total_tokens":99}}
            """
        let reply = try ChatReplyBuilder.reply(document: Array(document.utf8), maximumBytes: 100)
        #expect(reply.calls == [ChatToolCall(id: "call_a", name: "search", arguments: "{}")])
        #expect(reply.usage == ChatUsage(inputTokens: 82, outputTokens: 17))
    }

    @Test(arguments: [
        (#"{"choices":[{"delta":{"content":"a"},"finish_reason":"length"}]}"#, ChatEnding.cut),
        (
            #"{"choices":[{"delta":{"refusal":"I cannot."},"finish_reason":"stop"}]}"#,
            ChatEnding.withheld(reason: "I cannot.")
        ),
        (
            #"{"choices":[{"delta":{},"finish_reason":"content_filter"}]}"#,
            ChatEnding.withheld(reason: "the endpoint's content filter")
        ),
    ])
    func `Why an answer ends`(event: String, ending: ChatEnding) throws {
        #expect(try reply([event]).ending == ending)
    }

    /// A proxy that gives up, a server that runs out of memory, a page where JSON should be.
    @Test func `Streams that go wrong`() {
        let words = #"{"choices":[{"delta":{"content":"half an "},"finish_reason":null}]}"#
        #expect(failure([words])?.code == "stream_dropped")
        #expect(failure([words])?.failureClass == .transient)
        let error = #"{"error":{"code":500,"message":"out of memory","type":"server_error"}}"#
        #expect(failure([words, error])?.message.hasSuffix("out of memory") == true)
        #expect(failure([words, error])?.failureClass == .transient)
        #expect(failure(["<html>"])?.code == "invalid_output")
        #expect(failure(["[1]"])?.failureClass == .permanent)
        #expect(failure([words, words], maximumBytes: 12)?.code == "output_too_large")
    }

    /// Numbers from outside go into sums.
    @Test func `Absurd usage is no usage`() throws {
        let usage = try RawJSON(
            #"{"prompt_tokens":-5,"completion_tokens":9e18,"prompt_tokens_details":{"cached_tokens":7}}"#
        ).value()
        #expect(ChatUsage(usage) == ChatUsage(inputTokens: 0, outputTokens: 1_000_000_000))
        #expect(ChatUsage(.null) == nil)
    }

    @Test(arguments: [
        (
            #"{"error":{"message":"Rate limit","type":"requests","param":null,"code":"x"}}"#,
            "Rate limit"
        ),
        (#"{"error":"model not found"}"#, "model not found"),
        (
            #"{"object":"error","message":"too long","type":"BadRequestError","code":400}"#,
            "too long"
        ),
        (#"{"detail":"Not Found"}"#, "Not Found"), ("<html>\n<body>", ""),
        ("plain\nwords", "plain words"),
    ])
    func `What servers say of their errors`(body: String, message: String) {
        #expect(ModelErrorText.message(ofBody: Array(body.utf8)) == message)
    }

    /// $0.15 and $0.60 for a million tokens, half price from the cache.
    @Test func `What an answer costs`() {
        let prices = ModelPrices(input: 0.15, cachedInput: 0.075, output: 0.60)
        let usage = ChatUsage(
            inputTokens: 10_000, cachedInputTokens: 4_000, outputTokens: 1_000)
        #expect(prices.micros(usage) == 900 + 300 + 600)
        #expect(ModelPrices(output: 0.5).micros(ChatUsage(inputTokens: 9, outputTokens: 1)) == 1)
        #expect(ModelPrices().micros(usage) == 0)
    }

    @Test(arguments: [
        #"{"a": 1}"#, "  {\"a\": 1}\n", "```json\n{\"a\": 1}\n```",
        "Here it is:\n```\n{\"a\": 1}\n```\nDone.",
        "<think>it {should} be an object</think>\n{\"a\": 1}",
    ])
    func `JSON as models write it`(text: String) throws {
        #expect(try ModelJSON.value(of: text) == .object([("a", .integer(1))]))
    }
}
