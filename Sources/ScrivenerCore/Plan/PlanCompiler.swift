// Turns a validated plan into columns. The caller has had the plan checked by `PlanParser`.

package import ScrivenerModel

/// Compiles plans, and the tasks that a running session gains.
package enum PlanCompiler {
    /// - Parameters:
    ///   - plan: as `PlanParser` accepts it.
    ///   - sessionID: the plan's own, or one made for it.
    ///   - defaults: what holds where the plan has no `config`.
    /// - Returns: the columns, and the bytes that their specifications are slices of. The caller
    ///   keeps the bytes and puts their handle into `tasks.specificationPayload`.
    package static func compile(
        _ plan: ResearchPlan, sessionID: String, defaults: OrchestrationConfig
    ) -> (plan: CompiledPlan, payload: [UInt8]) {
        let config = plan.config ?? defaults
        let (tasks, payload) = columns(plan.tasks, following: StringArena(), config: config)
        let compiled = CompiledPlan(
            sessionID: sessionID, query: plan.query, config: config,
            timeout: plan.timeoutSeconds.map(TimeSpan.seconds),
            weight: Int32(clamping: plan.weight), tasks: tasks)
        return (compiled, payload)
    }

    /// Compiles tasks that may depend on those of `existing` as well as on each other.
    package static func columns(
        _ tasks: [ResearchTask], following existing: StringArena, config: OrchestrationConfig
    ) -> (tasks: TaskColumns, payload: [UInt8]) {
        var columns = TaskColumns()
        var payload: [UInt8] = []
        var numbers: [String: Int32] = [:]
        var classes: [TaskClass: Int32] = [:]
        numbers.reserveCapacity(existing.count + tasks.count)
        for index in 0..<existing.count { numbers[existing[index]] = Int32(index) }
        for (index, task) in tasks.enumerated() {
            numbers[task.taskID] = Int32(existing.count + index)
        }
        var last: (task: ResearchTask, kind: Int32)?
        for task in tasks {
            columns.ids.append(task.taskID)
            // Mostly it is like the one before.
            let number: Int32
            if let last, task.isExecuted(like: last.task) {
                number = last.kind
            } else {
                let kind = taskClass(of: task, config: config)
                number = classes[kind] ?? Int32(columns.classes.count)
                if classes.updateValue(number, forKey: kind) == nil { columns.classes.append(kind) }
                last = (task, number)
            }
            columns.classOf.append(number)
            for dependency in task.dependencies {
                guard let number = numbers[dependency] else {
                    preconditionFailure("the parser let an unknown dependency through")
                }
                columns.dependencies.append(number)
            }
            columns.dependencyEnds.append(Int32(columns.dependencies.count))
            columns.specifications.append(append(task, to: &payload))
        }
        if tasks.contains(where: { $0.expectedSeconds != nil }) {
            columns.expected = tasks.map {
                $0.expectedSeconds.map { TimeSpan.seconds($0).nanoseconds } ?? 0
            }
        }
        columns.specificationPayload.length = UInt32(payload.count)
        return (columns, payload)
    }

    private static func taskClass(
        of task: ResearchTask, config: OrchestrationConfig
    ) -> TaskClass {
        let slots = task.resources.first { $0.name == ResourceAmount.slotsName }?.amount ?? 1
        return TaskClass(
            taskType: task.taskType, assignedAgent: task.assignedAgent,
            timeout: .seconds(task.timeoutSeconds ?? config.taskTimeoutSeconds),
            progressTimeout: task.progressTimeoutSeconds.map(TimeSpan.seconds) ?? .zero,
            onDependencyFailure: task.onDependencyFailure,
            join: task.needs.map {
                CompiledJoin(
                    atLeast: Int32(clamping: $0.atLeast),
                    within: .seconds($0.withinSeconds ?? 0), rest: $0.rest)
            },
            extendsSession: task.extendsSession, priority: UInt8(clamping: task.priority),
            retry: retry(task.retry ?? RetryRule(), config: config), delivery: task.delivery,
            isIdempotent: task.idempotent, isExclusive: task.exclusive,
            requires: task.requires.sorted(), tags: task.tags.sorted(),
            slots: Int32(clamping: slots),
            resources: task.resources.filter { $0.name != ResourceAmount.slotsName }.sorted(),
            fallbackAgents: task.fallbackAgents)
    }

    private static func retry(
        _ rule: RetryRule, config: OrchestrationConfig
    ) -> CompiledRetry {
        CompiledRetry(
            maximumRetries: Int32(
                clamping: min(
                    rule.maxRetryAttempts ?? config.maxRetryAttempts, RetryPolicy.maximumRetries)),
            base: .seconds(rule.delaySeconds ?? config.retryDelaySeconds),
            factorPermille: Int64(((rule.factor ?? 2) * 1_000).rounded()),
            cap: rule.maxDelaySeconds.map(TimeSpan.seconds) ?? RetryPolicy.maximumDelay)
    }

    private static func append(
        _ task: ResearchTask, to payload: inout [UInt8]
    ) -> SpecificationSlice {
        let offset = payload.count
        payload.append(contentsOf: task.description.utf8)
        let descriptionLength = payload.count - offset
        payload.append(contentsOf: task.parameters.bytes)
        precondition(payload.count <= UInt32.max, "the parser let a plan of over 4 GiB through")
        return SpecificationSlice(
            offset: UInt32(offset), descriptionLength: UInt32(descriptionLength),
            parametersLength: UInt32(payload.count - offset - descriptionLength))
    }
}

extension ResearchTask {
    /// Whether it is of the same class as another: all but what it is, what it is told, and what it
    /// depends on.
    fileprivate func isExecuted(like other: ResearchTask) -> Bool {
        var same = self
        same.taskID = other.taskID
        same.description = other.description
        same.parameters = other.parameters
        same.dependencies = other.dependencies
        return same == other
    }
}
