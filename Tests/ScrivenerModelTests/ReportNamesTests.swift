// The names of results, diagnostics and status in JSON: programs look values up by them.

import Foundation
import ScrivenerModel
import Testing

@Suite struct ReportNamesTests {
    private static func json(_ value: some Encodable) throws -> JSONValue {
        try RawJSON(Array(JSONEncoder().encode(value))).value()
    }

    private static func names(_ value: JSONValue?) -> Set<String> {
        guard case .object(let members) = value else { return [] }
        return Set(members.map(\.key))
    }

    private static let time = WallTime(millisecondsSince1970: 1_769_860_800_000)

    private static var session: ResearchSession {
        ResearchSession(
            sessionID: "s-1", query: "q", status: .completed, sessionState: .completed,
            statusTransitions: [], stateTransitions: [], submittedAt: time, endedAt: time,
            reason: nil,
            progress: ProgressReport(
                sessionID: "s-1", status: .completed, currentState: .completed,
                progressPercentage: 100, completedTasks: 1, totalTasks: 1, tasksByStatus: [:],
                currentTasks: [], sourcesFound: 0, insightsGenerated: 0, hasFinalDocument: false,
                revision: 1))
    }

    private static var performance: PerformanceSection {
        var performance = PerformanceSection()
        performance.makespan = 4
        performance.lowerBound = 2
        performance.throughput.tasksPerMinute = 15
        performance.queueWait.p95 = 1
        performance.criticalPath = [
            CriticalPathStep(taskID: "a", taskType: "t", agent: "x", runTime: 2)
        ]
        performance.efficiency.bottleneckAnalysis.bottlenecks = [
            Bottleneck(
                kind: .slotWait, agent: "x", seconds: 1, share: 0.25, gainOfOneSlot: 0.5,
                message: "m")
        ]
        return performance
    }

    private static var results: SessionResults {
        SessionResults(
            session: session,
            sources: SourceSection(
                totalSources: 1, webArticles: 1, academicPapers: 0,
                sourceTypes: ["web_article": 1], items: []),
            analysis: AnalysisSection(
                insightsGenerated: 1, averageConfidence: 0.5,
                confidenceDistribution: ConfidenceDistribution(medium: 1), topicCoverage: ["x"]),
            document: DocumentSection(
                hasFinalDocument: true, wordCount: 3, citations: 1, sections: ["s"]),
            execution: ExecutionSection(
                totalTasks: 1, completedTasks: 1, failedTasks: 0, cancelledTasks: 0,
                skippedTasks: 0, lostTasks: 0, successRate: 1, totalExecutions: 1,
                successfulExecutions: 1, failedExecutions: 0, executionSuccessRate: 1,
                averageExecutionTime: 1, totalExecutionTime: 1, taskDistribution: ["t": 1]),
            quality: QualitySection(
                sourceQuality: .init(averageConfidence: 0.5), documentScore: 0.5),
            performance: performance,
            agentContributions: [
                AgentContribution(
                    agent: "x", workers: ["w1"], attempts: 1, completedTasks: 1, busyTime: 2,
                    sources: 1, insights: 1, inFinalDocument: .init(sources: 1))
            ], tasks: [])
    }

    @Test func resultsHaveTheirNames() throws {
        let json = try Self.json(Self.results)
        let sections: [String: [String]] = [
            "sources": [
                "web_articles", "academic_papers", "total_sources", "source_types", "items",
            ],
            "analysis": [
                "insights_generated", "average_confidence", "confidence_distribution",
                "topic_coverage",
            ],
            "document": ["has_final_document", "word_count", "citations", "sections"],
            "execution": [
                "total_tasks", "completed_tasks", "failed_tasks", "cancelled_tasks",
                "skipped_tasks", "lost_tasks", "success_rate", "total_executions",
                "successful_executions", "failed_executions", "execution_success_rate",
                "average_execution_time", "total_execution_time", "task_distribution",
                "input_tokens", "output_tokens", "cost_micros",
            ],
            "quality": [
                "source_quality", "insight_quality", "citation_quality", "document_score",
            ],
            "performance": [
                "throughput", "efficiency", "critical_path", "queue_wait", "makespan",
                "lower_bound",
            ],
        ]
        for (section, names) in sections {
            #expect(Self.names(json[section]) == Set(names), "\(section)")
        }
        let quality = json["quality"]
        #expect(quality?["source_quality"]?["average_confidence"] == .number(0.5))
        #expect(
            Self.names(quality?["source_quality"]) == [
                "average_confidence", "high_confidence_sources", "low_confidence_sources",
            ])
        #expect(
            Self.names(quality?["insight_quality"]) == [
                "average_confidence", "high_confidence_insights", "evidence_coverage",
            ])
        #expect(
            Self.names(quality?["citation_quality"]) == [
                "total_citations", "unique_sources_cited", "citation_density",
            ])
        #expect(
            Self.names(json["analysis"]?["confidence_distribution"]) == ["high", "medium", "low"])
    }

    @Test func performanceHasItsNames() throws {
        let json = try Self.json(Self.results)
        let performance = json["performance"]
        #expect(
            Self.names(performance?["throughput"]) == [
                "sources_per_minute", "insights_per_minute", "tasks_per_minute",
            ])
        let efficiency = performance?["efficiency"]
        #expect(
            Self.names(efficiency) == [
                "parallel_execution_ratio", "resource_utilization", "bottleneck_analysis",
            ])
        let analysis = efficiency?["bottleneck_analysis"]
        #expect(
            Self.names(analysis?["bottlenecks"]?.arrayValue?.first) == [
                "kind", "agent", "seconds", "share", "gain_of_one_slot", "message",
            ])
        #expect(
            Self.names(analysis?["final_chain"]) == [
                "tasks", "running", "slot_wait", "retries", "handover", "waiting",
            ])
        #expect(
            Self.names(performance?["critical_path"]?.arrayValue?.first) == [
                "task_id", "task_type", "agent", "run_time",
            ])
        #expect(
            Self.names(performance?["queue_wait"]) == [
                "tasks", "average", "median", "p95", "maximum", "total",
            ])
        let contribution = json["agent_contributions"]?.arrayValue?.first
        #expect(
            Self.names(contribution) == [
                "agent", "workers", "attempts", "completed_tasks", "busy_time", "sources",
                "insights", "in_final_document",
            ])
        #expect(
            Self.names(contribution?["in_final_document"]) == [
                "sources", "insights", "citations",
            ])
    }

    @Test func diagnosticsHaveTheirNames() throws {
        var performance = DiagnosticPerformance()
        performance.parallelEfficiency = 0.5
        let diagnostics = SessionDiagnostics(
            sessionID: "s-1", status: .inProgress, sessionState: .researching,
            dependencyGraph: DependencyGraph(
                tasks: [
                    TaskNode(
                        taskID: "a", taskType: "t", status: .ready, reason: .waitsForSlot,
                        message: "m", wakes: "w", secondsUntil: 1, dependencies: ["b"],
                        agent: "x", attempts: 1, queueWait: 1, runTime: 1,
                        isOnCriticalPath: true)
                ], edges: 1, tasksByStatus: ["ready": 1]),
            issues: [
                DiagnosticIssue(
                    kind: .taskFailed, message: "m", count: 1, tasks: ["a"], taskType: "t",
                    agent: "x", workerID: "w1", failureClass: .timeout)
            ], performance: performance, agentUtilization: [AgentUtilization(agent: "x")],
            bottlenecks: Self.performance.efficiency.bottleneckAnalysis.bottlenecks)
        let json = try Self.json(diagnostics)
        #expect(
            Self.names(json) == [
                "session_id", "status", "session_state", "dependency_graph", "issues",
                "performance", "agent_utilization", "bottlenecks",
            ])
        #expect(json["performance"]?["parallel_efficiency"] == .number(0.5))
        #expect(
            Self.names(json["performance"]) == [
                "parallel_efficiency", "speedup", "slots", "schedule_efficiency",
                "parallel_execution_ratio", "resource_utilization", "makespan", "lower_bound",
                "queue_wait", "critical_path", "final_chain",
            ])
        #expect(
            Self.names(json["issues"]?.arrayValue?.first) == [
                "kind", "severity", "message", "count", "tasks", "task_type", "agent",
                "worker_id", "failure_class",
            ])
        #expect(
            Self.names(json["dependency_graph"]?["tasks"]?.arrayValue?.first) == [
                "task_id", "task_type", "status", "reason", "message", "wakes", "seconds_until",
                "dependencies", "agent", "attempts", "queue_wait", "run_time",
                "is_on_critical_path",
            ])
        #expect(
            Self.names(json["agent_utilization"]?.arrayValue?.first) == [
                "agent", "slots", "attempts", "running_attempts", "failed_attempts", "busy_time",
                "utilization", "saturation", "lower_bound", "queue_wait",
            ])
        let data = try JSONEncoder().encode(diagnostics)
        #expect(try JSONDecoder().decode(SessionDiagnostics.self, from: data) == diagnostics)
    }

    @Test func statusHasItsNames() throws {
        var load = AgentLoad()
        load.successRate = 1
        load.averageExecutionTime = 0.5
        let status = OrchestratorStatus(
            activeSessions: 1,
            loadBalancing: LoadBalancingStatus(
                activeExecutions: 1, availableSlots: 2, queueSize: 3, agentMetrics: ["x": load]),
            sessionStates: [
                "s-1": SessionActivity(
                    status: .inProgress, sessionState: .drafting, progressPercentage: 50,
                    totalTasks: 4, openTasks: 2, runningTasks: 1)
            ], counters: OrchestratorCounters())
        let json = try Self.json(status)
        #expect(
            Self.names(json) == [
                "active_sessions", "load_balancing", "session_states", "counters",
            ])
        #expect(
            Self.names(json["counters"]) == [
                "dispatched_attempts", "hedged_attempts", "superseded_attempts",
                "refused_results", "expired_leases", "worker_deaths", "unroutable_messages",
            ])
        #expect(
            Self.names(json["load_balancing"]) == [
                "active_executions", "available_slots", "queue_size", "agent_metrics",
            ])
        #expect(
            Self.names(json["load_balancing"]?["agent_metrics"]?["x"]) == [
                "instances", "slots", "active_executions", "available_slots",
                "completed_executions", "failed_executions", "success_rate",
                "average_execution_time",
            ])
        #expect(
            Self.names(json["session_states"]?["s-1"]) == [
                "status", "session_state", "progress_percentage", "total_tasks", "open_tasks",
                "running_tasks",
            ])
        let data = try JSONEncoder().encode(status)
        #expect(try JSONDecoder().decode(OrchestratorStatus.self, from: data) == status)
    }

    @Test func theRegistryHasItsNames() throws {
        let status = RegistryStatus(
            started: true, totalAgentTypes: 1, totalInstances: 2, healthyInstances: 1,
            availableInstances: 1,
            agentTypes: [
                "x": AgentTypeStatus(
                    totalInstances: 2, healthyInstances: 1, availableInstances: 1,
                    capabilities: ["c"])
            ])
        let json = try Self.json(status)
        #expect(
            Self.names(json) == [
                "started", "total_agent_types", "total_instances", "healthy_instances",
                "available_instances", "agent_types",
            ])
        #expect(
            Self.names(json["agent_types"]?["x"]) == [
                "total_instances", "healthy_instances", "available_instances", "capabilities",
            ])
        let data = try JSONEncoder().encode(status)
        #expect(try JSONDecoder().decode(RegistryStatus.self, from: data) == status)
    }

    @Test func resultsAreReadBackAsTheyWere() throws {
        let data = try JSONEncoder().encode(Self.results)
        #expect(try JSONDecoder().decode(SessionResults.self, from: data) == Self.results)
    }

    @Test func confidenceHasThreeLevels() {
        #expect(ConfidenceLevel(1) == .high)
        #expect(ConfidenceLevel(0.8) == .high)
        #expect(ConfidenceLevel(0.799_999) == .medium)
        #expect(ConfidenceLevel(0.5) == .medium)
        #expect(ConfidenceLevel(0.499_999) == .low)
        #expect(ConfidenceLevel(.nan) == .low)
    }
}
