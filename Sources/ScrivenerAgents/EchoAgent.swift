// Does as it is told and hands its parameters back: for trying out a pool, its limits and its
// failures without any real work.

import Logging
import ScrivenerAgentKit
import ScrivenerModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What is wrong with an echo agent, whatever it is given.
public struct EchoManners: Sendable {
    /// It sleeps so many times as long as it is told to.
    public var slowdown: Double
    /// So many of a hundred attempts fail, with class `transient`.
    public var failurePercent: Double

    public init(slowdown: Double = 1, failurePercent: Double = 0) {
        self.slowdown = slowdown
        self.failurePercent = failurePercent
    }
}

/// Returns its parameters as its payload.
///
/// Parameters, all optional: `emit` (a text to emit before anything else, in which `{attempt}` stands for
/// the number of the attempt), `sleep_seconds` (how long to take), `fail` (a failure class to fail
/// with), `fail_attempts` (fail only the first so many attempts), `stubborn` (true: ignores
/// cancellation while it sleeps), `crash` (after that takes the worker's process with it: `SIGSEGV`,
/// `SIGKILL`, `abort`, `trap` or `exit:` and a status), `log` (a line to log), `add` (an integer: the payload is `{"sum": …}` instead, this and
/// the sums of its inputs: so a graph has a result that can be known beforehand). Anything else is
/// only echoed.
struct EchoAgent: BaseAgent {
    let name = "echo"
    let capabilities = ["noop"]
    private let manners: EchoManners

    init(_ manners: EchoManners = EchoManners()) { self.manners = manners }

    func execute(_ task: AgentTask, context: AgentContext) async throws -> AgentResult {
        // The common case, an object with nothing to obey, costs no more than the look.
        guard task.parameters != .emptyObject || manners.failurePercent > 0 else {
            return AgentResult(payload: task.parameters)
        }
        let parameters: JSONValue
        do throws(JSONError) {
            parameters = try task.parameters.value()
        } catch {
            throw AgentFailure(
                .invalidInput, code: "undecodable_json", message: error.reason.rawValue)
        }
        if let text = parameters["emit"]?.stringValue {
            context.emit(text.replacing("{attempt}", with: "\(context.attempt)"))
        }
        if let seconds = parameters["sleep_seconds"]?.doubleValue, seconds > 0 {
            try await sleep(
                min(seconds * manners.slowdown, 86_400),
                stubbornly: parameters["stubborn"]?.boolValue == true,
                context: context)
        }
        if let line = parameters["log"]?.stringValue { context.logger.info("\(line)") }
        if let way = parameters["crash"]?.stringValue { throw Self.crash(way) }
        if let failure = failure(parameters, attempt: context.attempt) { throw failure }
        if Double.random(in: 0..<100) < manners.failurePercent {
            throw AgentFailure(.transient, code: "asked_for", message: "fails now and then")
        }
        guard let own = parameters["add"]?.integerValue else {
            return AgentResult(payload: task.parameters)
        }
        let sum = try task.inputs.reduce(own) { try $0 &+ Self.sum($1) }
        return AgentResult(payload: RawJSON(.object([(key: "sum", value: .integer(sum))])))
    }

    /// Ends the process; what comes back is that it was not told how.
    private static func crash(_ way: String) -> AgentFailure {
        switch way {
        // A fault, and not a signal that somebody sends: a handler could go on after that.
        case "SIGSEGV": UnsafeMutablePointer<Int>(bitPattern: 8)?.pointee = 0
        case "SIGKILL": kill(getpid(), SIGKILL)
        case "abort": abort()
        case "trap": fatalError("asked to trap")
        default:
            if way.hasPrefix("exit:"), let status = CInt(way.dropFirst(5)) { exit(status) }
        }
        return AgentFailure(
            .invalidInput, code: "unknown_crash", message: "no way to crash is called \(way)")
    }

    private static func sum(_ input: AgentInput) throws -> Int64 {
        guard let sum = try? input.payload.value()["sum"]?.integerValue else {
            throw AgentFailure(
                .invalidInput, code: "no_sum", message: "\(input.taskID) has no sum to add")
        }
        return sum
    }

    private func sleep(
        _ seconds: Double, stubbornly: Bool, context: AgentContext
    ) async throws {
        let end = ContinuousClock.now.advanced(by: .seconds(seconds))
        while ContinuousClock.now < end {
            let left = end - ContinuousClock.now
            do {
                try await Task.sleep(for: min(left, .milliseconds(500)))
            } catch {
                guard stubbornly else { throw error }
                // A cancelled task's sleep returns at once; yielding keeps the pool usable.
                await Task.yield()
            }
            context.progress(1 - max(0, (end - ContinuousClock.now) / .seconds(seconds)))
        }
    }

    private func failure(_ parameters: JSONValue, attempt: Int) -> AgentFailure? {
        guard let name = parameters["fail"]?.stringValue else { return nil }
        guard let failure = FailureClass(name: name) else {
            return AgentFailure(
                .invalidInput, code: "unknown_failure_class", message: "no failure class \(name)")
        }
        if let attempts = parameters["fail_attempts"]?.integerValue, attempt > attempts {
            return nil
        }
        return AgentFailure(failure, code: "asked_for", message: "failed as asked")
    }
}
