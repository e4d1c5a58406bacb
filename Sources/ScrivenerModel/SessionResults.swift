// What a session came to: every figure computed from the timeline of its executions and from the
// findings of its committed results. `docs/results.md` defines each.

/// The aggregated results of a session.
public struct SessionResults: Sendable, Equatable, Codable {
    public var session: ResearchSession
    public var sources: SourceSection
    public var analysis: AnalysisSection
    public var document: DocumentSection
    public var execution: ExecutionSection
    public var quality: QualitySection
    public var performance: PerformanceSection
    public var agentContributions: [AgentContribution]
    public var tasks: [TaskResult]

    public init(
        session: ResearchSession, sources: SourceSection, analysis: AnalysisSection,
        document: DocumentSection, execution: ExecutionSection, quality: QualitySection,
        performance: PerformanceSection = PerformanceSection(),
        agentContributions: [AgentContribution], tasks: [TaskResult]
    ) {
        self.session = session
        self.sources = sources
        self.analysis = analysis
        self.document = document
        self.execution = execution
        self.quality = quality
        self.performance = performance
        self.agentContributions = agentContributions
        self.tasks = tasks
    }

    enum CodingKeys: String, CodingKey {
        case session, sources, analysis, document, execution, quality, performance, tasks
        case agentContributions = "agent_contributions"
    }
}

/// A task and, where it completed, its payload.
public struct TaskResult: Sendable, Equatable, Codable {
    public var task: TaskRecord
    public var payload: RawJSON?
    public var findings: Findings?

    public init(task: TaskRecord, payload: RawJSON?, findings: Findings?) {
        self.task = task
        self.payload = payload
        self.findings = findings
    }
}

public struct SourceSection: Sendable, Equatable, Codable {
    public var totalSources: Int
    public var webArticles: Int
    public var academicPapers: Int
    /// Sources by kind. Kinds with none are absent.
    public var sourceTypes: [String: Int]
    public var items: [Source]

    public init(
        totalSources: Int, webArticles: Int, academicPapers: Int, sourceTypes: [String: Int],
        items: [Source]
    ) {
        self.totalSources = totalSources
        self.webArticles = webArticles
        self.academicPapers = academicPapers
        self.sourceTypes = sourceTypes
        self.items = items
    }

    enum CodingKeys: String, CodingKey {
        case items
        case totalSources = "total_sources"
        case webArticles = "web_articles"
        case academicPapers = "academic_papers"
        case sourceTypes = "source_types"
    }
}

public struct AnalysisSection: Sendable, Equatable, Codable {
    public var insightsGenerated: Int
    /// 0 when there is no insight.
    public var averageConfidence: Double
    public var confidenceDistribution: ConfidenceDistribution
    public var topicCoverage: [String]

    public init(
        insightsGenerated: Int, averageConfidence: Double,
        confidenceDistribution: ConfidenceDistribution = ConfidenceDistribution(),
        topicCoverage: [String]
    ) {
        self.insightsGenerated = insightsGenerated
        self.averageConfidence = averageConfidence
        self.confidenceDistribution = confidenceDistribution
        self.topicCoverage = topicCoverage
    }

    enum CodingKeys: String, CodingKey {
        case insightsGenerated = "insights_generated"
        case averageConfidence = "average_confidence"
        case confidenceDistribution = "confidence_distribution"
        case topicCoverage = "topic_coverage"
    }
}

/// Insights by how sure their agent is of them; see `ConfidenceLevel`.
public struct ConfidenceDistribution: Sendable, Equatable, Codable {
    public var high: Int
    public var medium: Int
    public var low: Int

    public init(high: Int = 0, medium: Int = 0, low: Int = 0) {
        self.high = high
        self.medium = medium
        self.low = low
    }
}

public struct DocumentSection: Sendable, Equatable, Codable {
    public var hasFinalDocument: Bool
    public var wordCount: Int
    public var citations: Int
    public var sections: [String]

    public init(hasFinalDocument: Bool, wordCount: Int, citations: Int, sections: [String]) {
        self.hasFinalDocument = hasFinalDocument
        self.wordCount = wordCount
        self.citations = citations
        self.sections = sections
    }

    enum CodingKeys: String, CodingKey {
        case citations, sections
        case hasFinalDocument = "has_final_document"
        case wordCount = "word_count"
    }
}

public struct ExecutionSection: Sendable, Equatable, Codable {
    public var totalTasks: Int
    public var completedTasks: Int
    public var failedTasks: Int
    public var cancelledTasks: Int
    public var skippedTasks: Int
    /// Tasks that ended in none of the ways above: nobody knows whether they were executed.
    public var lostTasks: Int
    /// Completed of all tasks, 0…1.
    public var successRate: Double
    public var totalExecutions: Int
    public var successfulExecutions: Int
    /// Failed, or lost with their worker.
    public var failedExecutions: Int
    /// Successful of all that succeeded or failed, 0…1.
    public var executionSuccessRate: Double
    /// Seconds, over successful executions; 0 when there is none.
    public var averageExecutionTime: Double
    /// Seconds.
    public var totalExecutionTime: Double
    /// Tasks by type.
    public var taskDistribution: [String: Int]
    /// Tokens that language models read for it, in all attempts, as their agents report.
    public var inputTokens: Int
    /// Tokens that they wrote.
    public var outputTokens: Int
    /// What it cost, in millionths of the currency unit that the pool accounts in.
    public var costMicros: Int

    public init(
        totalTasks: Int, completedTasks: Int, failedTasks: Int, cancelledTasks: Int,
        skippedTasks: Int, lostTasks: Int = 0, successRate: Double, totalExecutions: Int,
        successfulExecutions: Int,
        failedExecutions: Int, executionSuccessRate: Double, averageExecutionTime: Double,
        totalExecutionTime: Double, taskDistribution: [String: Int], inputTokens: Int = 0,
        outputTokens: Int = 0, costMicros: Int = 0
    ) {
        self.totalTasks = totalTasks
        self.completedTasks = completedTasks
        self.failedTasks = failedTasks
        self.cancelledTasks = cancelledTasks
        self.skippedTasks = skippedTasks
        self.lostTasks = lostTasks
        self.successRate = successRate
        self.totalExecutions = totalExecutions
        self.successfulExecutions = successfulExecutions
        self.failedExecutions = failedExecutions
        self.executionSuccessRate = executionSuccessRate
        self.averageExecutionTime = averageExecutionTime
        self.totalExecutionTime = totalExecutionTime
        self.taskDistribution = taskDistribution
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.costMicros = costMicros
    }

    enum CodingKeys: String, CodingKey {
        case totalTasks = "total_tasks"
        case completedTasks = "completed_tasks"
        case failedTasks = "failed_tasks"
        case cancelledTasks = "cancelled_tasks"
        case skippedTasks = "skipped_tasks"
        case lostTasks = "lost_tasks"
        case successRate = "success_rate"
        case totalExecutions = "total_executions"
        case successfulExecutions = "successful_executions"
        case failedExecutions = "failed_executions"
        case executionSuccessRate = "execution_success_rate"
        case averageExecutionTime = "average_execution_time"
        case totalExecutionTime = "total_execution_time"
        case taskDistribution = "task_distribution"
        case inputTokens = "input_tokens"
        case outputTokens = "output_tokens"
        case costMicros = "cost_micros"
    }
}
