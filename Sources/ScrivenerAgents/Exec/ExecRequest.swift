// What a program is asked: the task, as one JSON object.

import ScrivenerAgentKit
import ScrivenerModel

enum ExecRequest {
    /// Parameters and payloads stand in it as the bytes that they are: no number loses a digit.
    static func bytes(of task: AgentTask, _ context: AgentContext) -> [UInt8] {
        let inputs = task.inputs.map { input in
            object([
                ("task_id", text(input.taskID)), ("task_type", text(input.taskType)),
                ("payload", input.payload.bytes),
            ])
        }
        var members = [
            ("session_id", text(task.sessionID)),
            ("query", text(task.query)),
            ("task_id", text(task.taskID)),
            ("task_type", text(task.taskType)),
            ("description", text(task.description)),
            ("parameters", task.parameters.bytes),
            ("inputs", joined(inputs, between: "[", "]")),
            ("attempt", text(context.attempt)),
            ("idempotency_key", text(context.idempotencyKey)),
        ]
        if let deadline = context.deadline {
            let left = max(.zero, ContinuousClock.now.duration(to: deadline))
            members.append(("seconds_left", text((left / .milliseconds(1)).rounded() / 1_000)))
        }
        if let checkpoint = checkpoint(context) { members.append(("checkpoint", checkpoint)) }
        // Of what stands in it as it came some may be laid out over lines. In texts no line break is bare.
        return object(members).map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }
    }

    /// `nil` for what no program has kept: they keep JSON.
    private static func checkpoint(_ context: AgentContext) -> [UInt8]? {
        guard let bytes = context.previousCheckpoint,
            (try? JSONReader.validate(bytes)) != nil
        else { return nil }
        return bytes
    }

    private static func text(_ value: Double) -> [UInt8] { RawJSON(.number(value)).bytes }

    static func text(_ value: String) -> [UInt8] { RawJSON(.string(value)).bytes }

    private static func text(_ value: Int) -> [UInt8] { Array(String(value).utf8) }

    static func object(_ members: [(String, [UInt8])]) -> [UInt8] {
        joined(members.map { text($0.0) + Array(":".utf8) + $0.1 }, between: "{", "}")
    }

    private static func joined(
        _ elements: [[UInt8]], between opening: String, _ closing: String
    ) -> [UInt8] {
        Array(opening.utf8) + elements.joined(separator: ",".utf8) + Array(closing.utf8)
    }
}
