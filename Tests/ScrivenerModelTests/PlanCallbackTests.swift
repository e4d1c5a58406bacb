// Callbacks of a plan: what is taken, and what is refused without quoting a secret.

import Foundation
import ScrivenerModel
import Testing

@Suite struct PlanCallbackTests {
    private static let key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    private func plan(
        _ callbacks: String, limits: PlanLimits = PlanLimits()
    ) throws(ScrivenerError) -> ResearchPlan {
        let task = #"{"task_id": "a", "task_type": "t"}"#
        let json = #"{"query": "q", "tasks": [\#(task)], "callbacks": \#(callbacks)}"#
        return try PlanParser.plan(fromJSON: Array(json.utf8), limits: limits)
    }

    private func refusal(_ callbacks: String, limits: PlanLimits = PlanLimits()) -> ScrivenerError?
    {
        do throws(ScrivenerError) {
            _ = try plan(callbacks, limits: limits)
            return nil
        } catch {
            return error
        }
    }

    private func callback(url: String = "https://example.com/hook", secret: String = key) -> String
    {
        #"{"url": "\#(url)", "secret": "\#(secret)"}"#
    }

    /// Who names no events is told how the session ends.
    @Test func withoutEventsTheEndIsTold() throws {
        let found = try plan("[\(callback())]").callbacks
        #expect(
            found == [
                PlanCallback(
                    url: try CallbackURL("https://example.com/hook"),
                    events: [
                        .sessionCompleted, .sessionPartial, .sessionFailed, .sessionCancelled,
                    ], secret: try CallbackSecret(Self.key))
            ])
    }

    /// A library that submits a plan says the same as a file would.
    @Test func aPlanWithCallbacksReadsBackAsItWas() throws {
        let written = ResearchPlan(
            query: "q", tasks: [ResearchTask(taskID: "a", taskType: "t")],
            callbacks: [
                PlanCallback(
                    url: try CallbackURL("http://hooks.example.com:8080/a?token=x"),
                    events: [.sessionPaused, .taskFailed], secret: try CallbackSecret(Self.key)),
                PlanCallback(
                    url: try CallbackURL("https://example.com"),
                    secret: try CallbackSecret(Self.key)),
            ])
        let json = try JSONEncoder().encode(written)
        #expect(try PlanParser.plan(fromJSON: Array(json)) == written)
    }

    @Test(arguments: [
        (#"{}"#, ["plan_wrong_type /callbacks"]),
        (#"[7]"#, ["plan_wrong_type /callbacks/0"]),
        (
            #"[{}]"#,
            ["plan_missing_field /callbacks/0/url", "plan_missing_field /callbacks/0/secret"]
        ),
        (
            #"[{"url": "ftp://example.com", "secret": "x", "uri": 1}]"#,
            [
                "plan_invalid_callback /callbacks/0/url",
                "plan_invalid_callback /callbacks/0/secret", "plan_unknown_field /callbacks/0/uri",
            ]
        ),
        (
            #"[{"url": "https://a.com", "secret": "\#(key)", "events": []}]"#,
            ["plan_invalid_callback /callbacks/0/events"]
        ),
        (
            #"[{"url": "https://a.com", "secret": "\#(key)", "events": ["session.ended", 1]}]"#,
            [
                "plan_out_of_range /callbacks/0/events/0",
                "plan_wrong_type /callbacks/0/events/1",
            ]
        ),
        (
            #"[{"url": "https://a.com", "secret": "\#(key)", "#
                + #""events": ["task.failed", "task.failed"]}]"#,
            ["plan_invalid_callback /callbacks/0/events/1"]
        ),
    ])
    func everyMistakeIsNamed(callbacks: String, expected: [String]) {
        let found = refusal(callbacks)?.mistakes.map { "\($0.code.rawValue) \($0.path)" }
        #expect(found == expected)
    }

    @Test func aNearMissIsToldWhatWasMeant() {
        let found = refusal(
            #"[{"url": "https://a.com", "secret": "\#(Self.key)", "events": ["task.fail"]}]"#)
        #expect(found?.mistakes.first?.message == "no such event; did you mean task.failed?")
    }

    @Test func thereAreNoMoreThanTheLimit() {
        let nine = "[" + repeatElement(callback(), count: 9).joined(separator: ", ") + "]"
        let found = refusal(nine)?.mistakes
        #expect(
            found == [
                Mistake(
                    .planTooLarge, at: "/callbacks", "too many callbacks", limit: "8", actual: "9")
            ])
    }

    /// Where webhooks are switched off a plan that counts on them is refused, not left without.
    @Test func whereWebhooksAreOffNoneAreTaken() {
        var limits = PlanLimits()
        limits.maximumCallbacks = 0
        #expect(
            refusal("[\(callback())]", limits: limits)?.mistakes.first?.message
                == "webhooks are switched off here")
        #expect(refusal("[]", limits: limits) == nil)
    }

    // MARK: URLs

    @Test(arguments: [
        ("https://example.com", "https://example.com/", "example.com", 443),
        ("HTTP://EXAMPLE.com:8080?a=B", "http://example.com:8080/?a=B", "example.com", 8080),
        ("https://[2001:DB8::1]:8443/a/b", "https://[2001:db8::1]:8443/a/b", "2001:db8::1", 8443),
        ("http://127.0.0.1/%20x", "http://127.0.0.1/%20x", "127.0.0.1", 80),
    ])
    func whatIsTaken(url: String, text: String, host: String, port: Int) throws {
        let found = try CallbackURL(url)
        #expect(found.text == text)
        #expect(found.host == host)
        #expect(found.port == port)
    }

    /// Two readers of URLs must not read two hosts.
    @Test(arguments: [
        "", "example.com", "https://", "https:///path", "file:///etc/passwd",
        "https://user:password@example.com/", "https://example.com#@internal/",
        "https://example.com\\@internal/", "https://exa mple.com/", "https://example.com:0/",
        "https://example.com:65536/", "https://example.com:/", "https://example.com:8x/",
        "https://[::1/", "https://[::1]x/", "https://[example.com]/", "https://ex%61mple.com/",
        "https://bücher.example/", "https://example.com/\u{7F}",
    ])
    func whatIsRefused(url: String) {
        #expect(throws: CallbackDefect.self) { try CallbackURL(url) }
    }

    @Test func theLengthIsBounded() throws {
        let start = "https://example.com/"
        let longest = start + String(repeating: "a", count: 2_048 - start.utf8.count)
        #expect(try CallbackURL(longest).text == longest)
        #expect(throws: CallbackDefect.self) { try CallbackURL(longest + "a") }
    }

    // MARK: Secrets

    @Test(arguments: [(24, true), (64, true), (23, false), (65, false), (0, false)])
    func keysAreOf24To64Bytes(count: Int, isTaken: Bool) {
        let text = "whsec_" + Data(repeating: 7, count: count).base64EncodedString()
        #expect(((try? CallbackSecret(text)) != nil) == isTaken)
    }

    @Test(arguments: ["", "whsec_", "whsec_*%", "whsec_QUJD=", "correct horse battery staple!!!"])
    func whatIsNoSecretIsRefused(text: String) {
        #expect(throws: CallbackDefect.self) { try CallbackSecret(text) }
    }

    /// A log line, a failed expectation or an error shows everything but the secret.
    @Test func nothingShowsASecretOrAQuery() throws {
        let url = try CallbackURL("https://example.com/hook?token=s3cr3t")
        let callback = PlanCallback(url: url, secret: try CallbackSecret(Self.key))
        var dumped = ""
        dump(callback, to: &dumped)
        for text in ["\(callback.secret)", String(reflecting: callback.secret), dumped] {
            #expect(!text.contains("MfKQ"), "\(text)")
        }
        #expect("\(url)" == "https://example.com/hook")
        let wrong = #"[{"url": "https://u:hidden@a.com", "secret": "hidden"}]"#
        let refusal = refusal(wrong)
        #expect(refusal?.mistakes.count == 2)
        #expect(refusal.map { !"\($0)".contains("hidden") } == true)
    }
}
