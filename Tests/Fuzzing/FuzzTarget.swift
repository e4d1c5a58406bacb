// Entry points for libFuzzer: what reads bytes that others wrote. Each demands more than that nothing
// traps: whatever was understood has to mean the same after it was written and read again.
//
// Built by `scripts/fuzz` only, with coverage and the address sanitizer. What is found becomes a test
// of the part that it was found in.

import ScrivenerCore
import ScrivenerModel
import ScrivenerStore
import ScrivenerWire
import ScrivenerYAML

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// What is fuzzed, chosen by the environment variable `SCRIVENER_FUZZ_TARGET`.
private enum FuzzTarget: String {
    case wire, plan, journal, configuration

    static let chosen: FuzzTarget = {
        let name = getenv("SCRIVENER_FUZZ_TARGET").map { String(cString: $0) } ?? ""
        guard let target = FuzzTarget(rawValue: name) else {
            fatalError("SCRIVENER_FUZZ_TARGET is \(name): no such target")
        }
        return target
    }()

    func take(_ bytes: [UInt8]) {
        switch self {
        case .wire: Self.wire(bytes)
        case .plan: Self.plan(bytes)
        case .journal: Self.journal(bytes)
        case .configuration: Self.configuration(bytes)
        }
    }

    private static func wire(_ bytes: [UInt8]) {
        if let message = try? WireCodec.decode(worker: bytes) {
            let again = try? WireCodec.decode(worker: WireCodec.encode(message))
            precondition(again == message, "a worker's message changed")
        }
        if let plain = WireCodec.plainResults(bytes.span.bytes) {
            guard case .results(let batch)? = try? WireCodec.decode(worker: bytes) else {
                preconditionFailure("plain results that are no message")
            }
            precondition(items(of: plain) == batch.items && plain.epoch == batch.epoch)
        }
        if let message = try? WireCodec.decode(coordinator: bytes) {
            let again = try? WireCodec.decode(coordinator: WireCodec.encode(message))
            precondition(again == message, "a coordinator's message changed")
        }
        if let request = try? WireCodec.decode(enrolment: bytes.span.bytes) {
            let said = WireCodec.encode(request)
            let again = try? WireCodec.decode(enrolment: said.span.bytes)
            precondition(again == request, "an enrolment changed")
        }
        if let answer = try? WireCodec.decode(enrolmentAnswer: bytes.span.bytes) {
            let said = WireCodec.encode(answer)
            let again = try? WireCodec.decode(enrolmentAnswer: said.span.bytes)
            precondition(again == answer, "an answer to an enrolment changed")
        }
    }

    private static func items(of plain: PlainResults) -> [AttemptResult] {
        var items: [AttemptResult] = []
        plain.forEach { attempt, runTime, payload in
            var result = AgentResult()
            result.payload = payload.isEmpty ? .null : RawJSON(Array(payload))
            items.append(AttemptResult(attempt: attempt, runTime: runTime, result: result))
        }
        return items
    }

    private static func plan(_ bytes: [UInt8]) {
        let json = bytes.first == UInt8(ascii: "{") ? bytes : (try? json(fromYAML: bytes)) ?? bytes
        guard let plan = try? PlanParser.plan(fromJSON: json) else { return }
        let (compiled, payload) = PlanCompiler.compile(
            plan, sessionID: "s", defaults: OrchestrationConfig())
        precondition(compiled.tasks.count == plan.tasks.count && payload.count <= json.count)
    }

    private static func journal(_ bytes: [UInt8]) {
        // As bytes: a number that is none does not equal itself.
        if let facts = try? FactCodec.decode(bytes) {
            let written = FactCodec.encode(facts)
            let again = try? FactCodec.decode(written)
            precondition(again.map(FactCodec.encode) == written, "facts changed")
        }
        if let session = try? SnapshotCodec.decodeSession(bytes) {
            let written = SnapshotCodec.encode(session)
            let again = try? SnapshotCodec.decodeSession(written)
            precondition(again.map(SnapshotCodec.encode) == written, "an archived session changed")
        }
        if let tasks = try? SnapshotCodec.decodeTasks(bytes) {
            let written = SnapshotCodec.encode(tasks)
            let again = try? SnapshotCodec.decodeTasks(written)
            precondition(again.map(SnapshotCodec.encode) == written, "archived tasks changed")
        }
    }

    private static func configuration(_ bytes: [UInt8]) {
        if let json = try? json(fromYAML: bytes) {
            precondition((try? RawJSON(json).value()) != nil, "YAML became what is no JSON")
        }
        if let span = TimeSpan(text: String(decoding: bytes.prefix(64), as: UTF8.self)) {
            precondition(span >= .zero, "a time is negative")
        }
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    FuzzTarget.chosen.take(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ testOneInput: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// The package manager lets `main` be what bears this name, where libFuzzer would bring one of its own.
@_cdecl("scrivener_fuzz_main")
public func main(
    _ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
    var (count, arguments) = (count, arguments)
    return runFuzzer(&count, &arguments, testOneInput)
}
