// Plans for the agent `echo`, which does as its parameters say.

import Foundation
import ScrivenerModel

extension ResearchPlan {
    /// A plan that reports progress often and tries again soon.
    static func of(
        _ tasks: [ResearchTask], sessionID: String? = nil, retries: Int = 3
    ) -> ResearchPlan {
        ResearchPlan(
            query: "end to end", sessionID: sessionID, tasks: tasks,
            config: OrchestrationConfig(
                progressUpdateIntervalSeconds: 0.02, maxRetryAttempts: retries,
                retryDelaySeconds: 0.05))
    }

    var json: String {
        get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
    }
}

extension ResearchTask {
    /// How many times as long tasks take as the tests say. Under a sanitizer the programs start so slowly
    /// that a task would be over before anybody could look at it.
    static let pace =
        ProcessInfo.processInfo.environment["SCRIVENER_TEST_PACE"].flatMap(Double.init) ?? 1

    /// A task for `echo`.
    static func echo(
        _ id: String, after dependencies: [String] = [], sleeping seconds: Double? = nil,
        failing failure: String? = nil, attempts: Int? = nil, stubbornly isStubborn: Bool = false,
        timeout: Double? = nil, crashing way: String? = nil, saying text: String? = nil
    ) -> ResearchTask {
        var parameters: [(key: String, value: JSONValue)] = [("id", .string(id))]
        if let seconds { parameters.append(("sleep_seconds", .number(seconds * pace))) }
        if let text { parameters.append(("emit", .string(text))) }
        if let failure { parameters.append(("fail", .string(failure))) }
        if let attempts { parameters.append(("fail_attempts", .integer(Int64(attempts)))) }
        if let way {
            parameters.append(("crash", .string(way)))
            parameters.append(("log", .string("\(id) is about to crash")))
        }
        if isStubborn { parameters.append(("stubborn", .bool(true))) }
        return ResearchTask(
            taskID: id, taskType: "noop", parameters: RawJSON(.object(parameters)),
            dependencies: dependencies, timeoutSeconds: timeout)
    }

    /// Tasks that may all run at the same time.
    static func echoes(
        _ count: Int, named name: String = "task", sleeping seconds: Double
    ) -> [ResearchTask] {
        (1...count).map { .echo("\(name)\($0)", sleeping: seconds) }
    }
}
