// The plans that benchmarks submit, written as bytes: a million tasks are no time for an encoder.

import ScrivenerModel

/// Writes a plan of tasks that do nothing.
struct BenchPlan {
    private var bytes: [UInt8]
    private var count = 0

    /// - Parameters:
    ///   - tasks: how many are expected.
    ///   - taskBytes: how large each is.
    init(tasks: Int, taskBytes: Int) {
        bytes = []
        bytes.reserveCapacity(tasks * (taskBytes + 96) + 256)
        append(
            #"{"query":"benchmark","config":{"max_concurrent_tasks":100000},"tasks":["#)
    }

    var document: PlanDocument { PlanDocument(bytes: bytes + Array("]}".utf8), format: .json) }

    /// Adds a task whose parameters, and so its result, have so many bytes.
    mutating func add(
        _ id: String, parameterBytes: Int, dependencies: [String] = []
    ) {
        append(count == 0 ? "{" : ",{")
        append(#""task_id":""#)
        append(id)
        append(#"","task_type":"noop""#)
        if parameterBytes > 0 {
            append(#","parameters":{"text":""#)
            // With what stands around it.
            bytes.append(
                contentsOf: repeatElement(
                    UInt8(ascii: "x"), count: max(0, parameterBytes - Self.frameBytes)))
            append(#""}"#)
        }
        if !dependencies.isEmpty {
            append(#","dependencies":[""#)
            append(dependencies.joined(separator: #"",""#))
            append(#""]"#)
        }
        append("}")
        count += 1
    }

    /// Of `{"text":""}`.
    private static let frameBytes = 11

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// How many tasks of a size a coordinator takes in one plan.
    static func mostTasks(of bytes: Int) -> Int { min(100_000, max(1, (60 << 20) / (bytes + 96))) }

    // MARK: Shapes

    static func independent(_ tasks: Int, parameterBytes: Int) -> PlanDocument {
        var plan = BenchPlan(tasks: tasks, taskBytes: parameterBytes)
        for number in 0..<tasks { plan.add("t\(number)", parameterBytes: parameterBytes) }
        return plan.document
    }

    static func chain(_ tasks: Int, parameterBytes: Int) -> PlanDocument {
        var plan = BenchPlan(tasks: tasks, taskBytes: parameterBytes)
        for number in 0..<tasks {
            plan.add(
                "t\(number)", parameterBytes: parameterBytes,
                dependencies: number == 0 ? [] : ["t\(number - 1)"])
        }
        return plan.document
    }

    /// One, then all but two of them, then one that depends on these.
    static func fan(_ tasks: Int, parameterBytes: Int) -> PlanDocument {
        var plan = BenchPlan(tasks: tasks, taskBytes: parameterBytes)
        plan.add("first", parameterBytes: parameterBytes)
        let middle = (0..<max(0, tasks - 2)).map { "t\($0)" }
        for id in middle { plan.add(id, parameterBytes: parameterBytes, dependencies: ["first"]) }
        plan.add("last", parameterBytes: parameterBytes, dependencies: middle)
        return plan.document
    }
}
