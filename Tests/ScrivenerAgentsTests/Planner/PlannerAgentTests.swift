import ScrivenerAgentKit
import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct PlannerAgentTests {
    static let questions = [
        "How do SQLite and PostgreSQL differ in crash recovery and concurrency control?",
        "How does SQLite's write-ahead log recover after a crash?",
        "Compare B-tree, GiST, GIN and BRIN indexes",
        "Why is vacuuming necessary, and how does autovacuum decide when to run?",
        "wal",
        "What is \"hot standby\"? When should it be used instead of logical replication?",
        "WHY IS MY DATABASE SO SLOW",
        "How Does The Query Planner Choose Between Sequential And Index Scans?",
        "explain the trade-offs of max_wal_size, checkpoint_timeout and full_page_writes",
        "我的数据库为什么这么慢",
        "Is it safe to copy a database file while it is open; if not, why?",
    ]

    private func plan(
        _ question: String, _ parameters: RawJSON = .emptyObject
    ) async throws -> (AgentResult, PlannedResearch, PlanExplanation) {
        let task = AgentTask(
            sessionID: "s", query: question, taskID: "p", taskType: "planning",
            parameters: parameters)
        let result = try await PlannerAgent().execute(task, context: Research.context)
        let proposed = try #require(result.proposedTasks)
        return (result, try proposed.decode(), try result.payload.decode())
    }

    /// A plan that the coordinator refuses ends its session at once.
    @Test(arguments: questions)
    func everyPlanIsAGraph(_ question: String) async throws {
        let (_, plan, _) = try await plan(question)
        let ids = plan.tasks.map(\.taskID)
        #expect(Set(ids).count == ids.count)
        let allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-"
        #expect(ids.allSatisfy { (1...128).contains($0.count) && $0.allSatisfy(allowed.contains) })
        // Dependencies come first, so that there is no cycle.
        var known: Set<String> = []
        for task in plan.tasks {
            #expect(task.dependencies.allSatisfy(known.contains), "\(task.taskID)")
            #expect(Set(task.dependencies).count == task.dependencies.count)
            known.insert(task.taskID)
        }
        #expect(
            Set(plan.tasks.filter { $0.taskType == "web_search" }.flatMap(\.dependencies)).isEmpty)
    }

    /// Searches that all find the same pages make a report on one side of the question.
    @Test(arguments: questions)
    func everyPlanSearchesForDifferentThings(_ question: String) async throws {
        let (_, plan, explanation) = try await plan(question)
        let searches = plan.tasks.filter { $0.taskType == "web_search" }
        #expect((3...6).contains(searches.count))
        #expect(
            Set(explanation.queries.map { QueryTerms($0.query).terms.sorted() }).count
                == searches.count)
        #expect(explanation.queries.map(\.taskID) == searches.map(\.taskID))
        #expect(explanation.queries.allSatisfy { !$0.reason.isEmpty })
        #expect(explanation.queries.first?.query == question)
    }

    /// The order of a research session, as the coordinator will run it.
    @Test func plansTheWholeSession() async throws {
        let (result, plan, _) = try await plan(Self.questions[0], RawJSON(#"{"max_sources":4}"#))
        let tasks = Dictionary(uniqueKeysWithValues: plan.tasks.map { ($0.taskID, $0) })
        let searches = plan.tasks.map(\.taskID).filter { $0.hasPrefix("search_") }
        let extracts = ["extract_01", "extract_02", "extract_03", "extract_04"]
        #expect(tasks["select"]?.dependencies == searches)
        #expect(plan.tasks.map(\.taskID).filter { $0.hasPrefix("extract_") } == extracts)
        #expect(extracts.allSatisfy { tasks[$0]?.dependencies == ["select"] })
        #expect(tasks["extract_03"]?.parameters == RawJSON(#"{"rank":3}"#))
        #expect(tasks["analysis"]?.dependencies == extracts)
        #expect(tasks["analysis"]?.onDependencyFailure == "continue")
        #expect(tasks["draft"]?.dependencies == ["analysis"])
        #expect(tasks["citations"]?.dependencies == ["draft"])
        #expect(tasks["review"]?.dependencies == ["draft", "citations"] + extracts)
        #expect(tasks["report"]?.dependencies == ["draft", "citations", "review"])
        #expect(tasks["report"]?.onDependencyFailure == nil)
        #expect(
            plan.tasks.map(\.taskType).suffix(5) == [
                "content_analysis", "drafting", "citation", "quality_review", "report_assembly",
            ])
        for id in ["analysis", "draft", "review"] {
            #expect(try tasks[id]?.parameters.value()["question"] == .string(Self.questions[0]))
        }
        #expect(result.failure == nil)
        #expect(result.findings.isEmpty)
        // Absent rather than null: plans are read strictly.
        #expect(try #require(result.proposedTasks).text.contains("null") == false)
    }

    @Test(arguments: [
        ("", "{}", "empty_question"), (" \n", "{}", "empty_question"),
        ("What is it, and why?", "{}", "question_without_subject"),
        ("wal", #"{"max_sources":3}"#, "invalid_parameter"),
        ("wal", #"{"max_sources":25}"#, "invalid_parameter"),
        ("wal", #"{"question":7}"#, "invalid_parameter"),
        ("wal", #"{"sources":7}"#, "unknown_parameter"),
        (String(repeating: "wal ", count: 2000), "{}", "question_too_long"),
    ])
    func refusesWhatItCannotPlan(_ query: String, _ parameters: String, _ code: String) async throws
    {
        let failure = await #expect(throws: AgentFailure.self) {
            _ = try await plan(query, RawJSON(parameters))
        }
        #expect(failure?.code == code)
        #expect(failure?.failureClass == .invalidInput)
    }

    /// The parameter goes before the session's query.
    @Test func takesTheQuestionFromItsParameters() async throws {
        let (_, _, explanation) = try await plan("other", RawJSON(#"{"question":"What is WAL?"}"#))
        #expect(explanation.question == "What is WAL?")
        #expect(explanation.entities == ["WAL"])
    }

    @Test func doesNothingElse() async throws {
        let task = AgentTask(sessionID: "s", query: "wal", taskID: "p", taskType: "drafting")
        let failure = await #expect(throws: AgentFailure.self) {
            try await PlannerAgent().execute(task, context: Research.context)
        }
        #expect(failure?.code == "unsupported_task_type")
    }
}
