// Plans: what is taken as it was written, and what is refused, where, and for what.

import ScrivenerModel
import Testing

@Suite struct PlanParserTests {
    /// The mistakes of a plan as `code path`; empty when it is taken.
    private func mistakes(
        _ json: String, limits: PlanLimits = PlanLimits(), catalogue: AgentCatalogue? = nil
    ) -> [String] {
        do throws(ScrivenerError) {
            _ = try PlanParser.plan(
                fromJSON: Array(json.utf8), limits: limits, catalogue: catalogue)
            return []
        } catch {
            return error.mistakes.map { "\($0.code.rawValue) \($0.path)" }
        }
    }

    private func plan(_ tasks: String) -> String { #"{"query":"q","tasks":[\#(tasks)]}"# }

    private func refusal(_ json: String, limits: PlanLimits = PlanLimits()) -> ScrivenerError? {
        do throws(ScrivenerError) {
            _ = try PlanParser.plan(fromJSON: Array(json.utf8), limits: limits)
            return nil
        } catch {
            return error
        }
    }

    // MARK: Taken

    /// Every field, as it was written.
    @Test func aWholePlan() throws {
        let json = #"""
            {"query": "Why?", "session_id": "s-1", "estimated_duration_minutes": 5,
             "timeout_seconds": 90.5,
             "config": {"max_concurrent_tasks": 4, "task_timeout_seconds": 60,
                "progress_update_interval_seconds": 0.5, "max_retry_attempts": 0,
                "retry_delay_seconds": 0, "enable_parallel_execution": false},
             "tasks": [
               {"task_id": "a", "task_type": "web_search", "description": "find",
                "parameters": {"q": "x"}, "timeout_seconds": 0.5},
               {"task_id": "b.1:2_3-4", "task_type": "drafting", "dependencies": ["a"],
                "assigned_agent": "writer", "on_dependency_failure": "continue",
                "extends_session": true}]}
            """#
        let plan = try PlanParser.plan(fromJSON: Array(json.utf8))
        #expect(
            plan
                == ResearchPlan(
                    query: "Why?", sessionID: "s-1",
                    tasks: [
                        ResearchTask(
                            taskID: "a", taskType: "web_search", description: "find",
                            parameters: RawJSON(#"{"q": "x"}"#), timeoutSeconds: 0.5),
                        ResearchTask(
                            taskID: "b.1:2_3-4", taskType: "drafting", dependencies: ["a"],
                            assignedAgent: "writer", onDependencyFailure: .continue,
                            extendsSession: true),
                    ], estimatedDurationMinutes: 5,
                    config: OrchestrationConfig(
                        maxConcurrentTasks: 4, taskTimeoutSeconds: 60,
                        progressUpdateIntervalSeconds: 0.5, maxRetryAttempts: 0,
                        retryDelaySeconds: 0, enableParallelExecution: false),
                    timeoutSeconds: 90.5))
    }

    /// An agent gets the parameters that somebody wrote: number formats, order, spaces and all.
    @Test func parametersAreKeptByteForByte() throws {
        let parameters = #"{ "b":1.50,"a" : [1e3 , "\u00e9\/"],"n":123456789012345678901 }"#
        let json =
            #"{"query":"q","tasks":[{"parameters": \#(parameters) ,"task_id":"a","#
            + #""task_type":"t"}]}"#
        let plan = try PlanParser.plan(fromJSON: Array(json.utf8))
        #expect(plan.tasks[0].parameters.text == parameters)
    }

    /// A plan's `config` changes what it names; the rest stays as the coordinator has it.
    @Test func configOverridesDefaults() throws {
        let defaults = OrchestrationConfig(
            maxConcurrentTasks: 7, taskTimeoutSeconds: 8, progressUpdateIntervalSeconds: 9,
            maxRetryAttempts: 10, retryDelaySeconds: 11, enableParallelExecution: false)
        func config(_ text: String) throws -> OrchestrationConfig? {
            let json = #"{"query":"q","tasks":[{"task_id":"a","task_type":"t"}]\#(text)}"#
            return try PlanParser.plan(fromJSON: Array(json.utf8), defaults: defaults).config
        }
        #expect(try config("") == nil)
        #expect(try config(#","config":{}"#) == defaults)
        var expected = defaults
        expected.maxRetryAttempts = 1
        expected.enableParallelExecution = true
        #expect(
            try config(
                #","config":{"max_retry_attempts":1.0,"enable_parallel_execution":true}"#)
                == expected)
    }

    // MARK: Refused

    @Test(arguments: [
        // What is missing.
        ("{}", ["plan_missing_field /query", "plan_missing_field /tasks"]),
        (#"{"query":"q","tasks":[]}"#, ["plan_no_tasks /tasks"]),
        (#"{"query":"q","tasks":[],"x":1}"#, ["plan_unknown_field /x", "plan_no_tasks /tasks"]),
        (
            #"{"query":"q","tasks":[{}]}"#,
            ["plan_missing_field /tasks/0/task_id", "plan_missing_field /tasks/0/task_type"]
        ),
        // What is of another type.
        ("[]", ["plan_wrong_type "]), ("null", ["plan_wrong_type "]),
        (#"{"query":1,"tasks":{}}"#, ["plan_wrong_type /query", "plan_wrong_type /tasks"]),
        (#"{"query":"q","tasks":[3]}"#, ["plan_wrong_type /tasks/0"]),
        // What stands twice.
        (
            #"{"query":"q","query":"r","tasks":[{"task_id":"a","task_type":"t","task_id":"b"}]}"#,
            ["plan_duplicate_field /query", "plan_duplicate_field /tasks/0/task_id"]
        ),
        // What is no field: the pointer is escaped.
        (
            #"{"query":"q","a/b~c":1,"tasks":[{"task_id":"a","task_type":"t","depends":[]}]}"#,
            ["plan_unknown_field /a~1b~0c", "plan_unknown_field /tasks/0/depends"]
        ),
    ])
    func shapes(_ json: String, _ expected: [String]) {
        #expect(mistakes(json) == expected)
    }

    @Test(arguments: [
        (#""task_id":"","task_type":"t""#, ["plan_empty_id /tasks/0/task_id"]),
        (#""task_id":"a","task_type":"""#, ["plan_empty_id /tasks/0/task_type"]),
        (#""task_id":"a b","task_type":"t""#, ["plan_invalid_id /tasks/0/task_id"]),
        (#""task_id":"é","task_type":"t""#, ["plan_invalid_id /tasks/0/task_id"]),
        (#""task_id":"..","task_type":"t""#, ["plan_invalid_id /tasks/0/task_id"]),
        (#""task_id":"a\u0000","task_type":"t""#, ["plan_invalid_id /tasks/0/task_id"]),
        (
            #""task_id":"a","task_type":"t","assigned_agent":"x/y""#,
            ["plan_invalid_id /tasks/0/assigned_agent"]
        ),
        (
            #""task_id":"a","task_type":"t","timeout_seconds":-1"#,
            ["plan_out_of_range /tasks/0/timeout_seconds"]
        ),
        (
            #""task_id":"a","task_type":"t","timeout_seconds":0"#,
            ["plan_out_of_range /tasks/0/timeout_seconds"]
        ),
        (
            #""task_id":"a","task_type":"t","timeout_seconds":1e300"#,
            ["plan_out_of_range /tasks/0/timeout_seconds"]
        ),
        (
            #""task_id":"a","task_type":"t","timeout_seconds":"60""#,
            ["plan_wrong_type /tasks/0/timeout_seconds"]
        ),
        (
            #""task_id":"a","task_type":"t","on_dependency_failure":"stop""#,
            ["plan_out_of_range /tasks/0/on_dependency_failure"]
        ),
        (
            #""task_id":"a","task_type":"t","parameters":[]"#,
            ["plan_wrong_type /tasks/0/parameters"]
        ),
        (
            #""task_id":"a","task_type":"t","dependencies":"b""#,
            ["plan_wrong_type /tasks/0/dependencies"]
        ),
        (
            #""task_id":"a","task_type":"t","dependencies":[1,""]"#,
            ["plan_wrong_type /tasks/0/dependencies/0", "plan_empty_id /tasks/0/dependencies/1"]
        ),
        (
            #""task_id":"a","task_type":"t","extends_session":1"#,
            ["plan_wrong_type /tasks/0/extends_session"]
        ),
        (
            #""task_id":"a","task_type":"t","dependencies":["z"]"#,
            ["plan_unknown_dependency /tasks/0/dependencies/0"]
        ),
        (
            #""task_id":"a","task_type":"t","dependencies":["a"]"#,
            ["plan_cycle /tasks/0/dependencies"]
        ),
    ])
    func tasks(_ fields: String, _ expected: [String]) {
        #expect(mistakes(plan("{\(fields)}")) == expected)
    }

    @Test(arguments: [
        ("\"max_concurrent_tasks\":0", "plan_out_of_range"),
        ("\"max_concurrent_tasks\":100001", "plan_out_of_range"),
        ("\"max_concurrent_tasks\":1.5", "plan_out_of_range"),
        ("\"max_concurrent_tasks\":true", "plan_wrong_type"),
        ("\"task_timeout_seconds\":0", "plan_out_of_range"),
        ("\"progress_update_interval_seconds\":0.001", "plan_out_of_range"),
        ("\"max_retry_attempts\":-1", "plan_out_of_range"),
        ("\"max_retry_attempts\":101", "plan_out_of_range"),
        ("\"max_retry_attempts\":99999999999999999999", "plan_out_of_range"),
        ("\"retry_delay_seconds\":-0.1", "plan_out_of_range"),
        ("\"enable_parallel_execution\":\"no\"", "plan_wrong_type"),
        ("\"max_retry_attemps\":1", "plan_unknown_field"),
    ])
    func config(_ field: String, _ code: String) {
        let name = field.split(separator: "\"")[0]
        let json = #"{"query":"q","tasks":[{"task_id":"a","task_type":"t"}],"config":{\#(field)}}"#
        #expect(mistakes(json) == ["\(code) /config/\(name)"])
    }

    /// Two tasks of one name: nobody could say which one is meant.
    @Test func idsAreUnique() {
        let error = refusal(
            plan(
                #"{"task_id":"a","task_type":"t"},{"task_id":"b","task_type":"t"},"#
                    + #"{"task_id":"a","task_type":"t"}"#))
        #expect(
            error?.mistakes == [
                Mistake(
                    .planDuplicateTask, at: "/tasks/2/task_id", "another task has this id",
                    actual: "a")
            ])
    }

    @Test func aDependencyStandsOnce() {
        #expect(
            mistakes(
                plan(
                    #"{"task_id":"a","task_type":"t"},"#
                        + #"{"task_id":"b","task_type":"t","dependencies":["a","a"]}"#))
                == ["plan_duplicate_dependency /tasks/1/dependencies"])
    }

    /// A circle is shown, not only found: without those that merely wait for it.
    @Test func aCycleIsNamed() {
        func task(_ id: String, _ dependency: String) -> String {
            #"{"task_id":"\#(id)","task_type":"t","dependencies":["\#(dependency)"]}"#
        }
        let error = refusal(
            plan(
                [task("late", "x"), task("x", "y"), task("y", "z"), task("z", "x")].joined(
                    separator: ",")))
        #expect(error?.mistakes.map(\.path) == ["/tasks/1/dependencies"])
        #expect(error?.mistakes[0].message.hasSuffix("in a circle: x → y → z → x") == true)
    }

    /// What was probably meant is said.
    @Test func unknownFieldsComeWithASuggestion() {
        let error = refusal(#"{"query":"q","taks":[],"tasks":[{"task_id":"a","task_type":"t"}]}"#)
        #expect(error?.mistakes[0].message == "no such field; did you mean tasks?")
        #expect(error?.mistakes[0].actual == "taks")
        let far = refusal(#"{"query":"q","zzzzzzzz":1,"tasks":[{"task_id":"a","task_type":"t"}]}"#)
        #expect(far?.mistakes[0].message == "no such field")
    }

    /// Under `strict_agents` a name that nobody may use is refused, with those that may be used.
    @Test func theCatalogueIsStrict() {
        let json = plan(
            #"{"task_id":"a","task_type":"search"},{"task_id":"b","task_type":"x"},"#
                + #"{"task_id":"c","task_type":"x","assigned_agent":"write"},"#
                + #"{"task_id":"d","task_type":"search","assigned_agent":"y"}"#)
        #expect(mistakes(json) == [])
        #expect(
            mistakes(json, catalogue: AgentCatalogue(names: ["search", "write"])) == [
                "plan_unknown_agent /tasks/1/task_type",
                "plan_unknown_agent /tasks/3/assigned_agent",
            ])
    }

    /// Everything that is wrong is in one answer: nobody submits eight times to learn it.
    @Test func allMistakesComeAtOnce() {
        let json = #"""
            {"query": 7, "colour": 1, "timeout_seconds": -1,
             "config": {"max_retry_attempts": 1000, "retries": 1},
             "tasks": [
               {"task_id": "", "task_type": "t", "dependencies": ["nobody"]},
               {"task_id": "a", "task_type": "t", "timeout_seconds": "soon"},
               {"task_id": "a", "dependencies": ["b"]},
               {"task_id": "b", "task_type": "t", "dependencies": ["c"]},
               {"task_id": "c", "task_type": "t", "dependencies": ["b"]}]}
            """#
        #expect(
            mistakes(json) == [
                "plan_wrong_type /query", "plan_unknown_field /colour",
                "plan_out_of_range /timeout_seconds",
                "plan_out_of_range /config/max_retry_attempts",
                "plan_unknown_field /config/retries", "plan_empty_id /tasks/0/task_id",
                "plan_wrong_type /tasks/1/timeout_seconds",
                "plan_missing_field /tasks/2/task_type", "plan_duplicate_task /tasks/2/task_id",
                "plan_unknown_dependency /tasks/0/dependencies/0",
                "plan_cycle /tasks/3/dependencies",
            ])
    }

    /// What is wrong before the text breaks off is still said.
    @Test func aSyntaxErrorHasItsPlace() {
        let error = refusal("{\"query\": 1,\n  \"tasks\": [}")
        #expect(error?.code == .planInvalid)
        #expect(
            error?.mistakes.map { "\($0.code.rawValue) \($0.path) \($0.message)" } == [
                "plan_wrong_type /query expected a string, found a number",
                "plan_syntax  unexpected character at line 2, column 13",
            ])
        #expect(mistakes("") == ["plan_syntax "])
        #expect(mistakes(plan(#"{"task_id":"a","task_type":"t"}"#) + "x") == ["plan_syntax "])
    }
}
