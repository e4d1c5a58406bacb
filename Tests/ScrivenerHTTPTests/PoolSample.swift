// The values about the pool that the double answers with.

import ScrivenerModel

extension Sample {
    private static var instance: InstanceMetrics {
        var instance = InstanceMetrics(agent: "search", workerID: "w1")
        instance.host = "h"
        instance.version = "1"
        instance.capabilities = ["web_search"]
        instance.tags = ["gpu"]
        instance.state = "busy"
        instance.currentExecutions = 1
        instance.maxConcurrentExecutions = 4
        instance.totalExecutions = 3
        instance.successfulExecutions = 2
        instance.failedExecutions = 1
        instance.successRate = 0.5
        instance.errorRate = 0.5
        instance.averageExecutionTime = 1.5
        instance.p50ExecutionTime = 1
        instance.lastError = "no route"
        instance.lastErrorAt = time
        instance.registeredAt = time
        return instance
    }

    static let agent = AgentRecord(
        agent: "search", capabilities: ["web_search"], instances: [instance])

    static func metrics(of name: String) -> AgentMetrics {
        AgentMetrics(
            agent: name, instances: [],
            history: [
                AgentMetrics.Step(
                    from: time, seconds: 60, completed: 2, failed: 1, lost: 0, busyTime: 4.5)
            ])
    }

    static let status = OrchestratorStatus(
        activeSessions: 1,
        loadBalancing: LoadBalancingStatus(
            activeExecutions: 1, availableSlots: 3, queueSize: 2, agentMetrics: [:]),
        sessionStates: [
            "s-1": SessionActivity(
                status: .inProgress, sessionState: .paused, progressPercentage: 12.5,
                totalTasks: 4, openTasks: 3, runningTasks: 1)
        ], counters: OrchestratorCounters())

    static let registry = RegistryStatus(
        started: true, totalAgentTypes: 1, totalInstances: 2, healthyInstances: 1,
        availableInstances: 0,
        agentTypes: [
            "search": AgentTypeStatus(
                totalInstances: 2, healthyInstances: 1, availableInstances: 0,
                capabilities: ["web_search"])
        ])

    static let diagnostics = SessionDiagnostics(
        sessionID: id, status: .inProgress, sessionState: .researching,
        dependencyGraph: DependencyGraph(
            tasks: [
                TaskNode(
                    taskID: "a", taskType: "web_search", status: .ready, reason: .unplaceable,
                    message: "no worker offers it", wakes: "a worker registers",
                    dependencies: [], attempts: 0, isOnCriticalPath: false)
            ], edges: 0, tasksByStatus: ["ready": 1]),
        issues: [
            DiagnosticIssue(
                kind: .unplaceable, message: "no worker offers it", count: 1, tasks: ["a"])
        ],
        performance: DiagnosticPerformance(), agentUtilization: [], bottlenecks: [])
}
