// `scrivener research "QUESTION"`: from a question to a report in files, with one command.

import ArgumentParser
import FoundationEssentials
import ScrivenerClient
import ScrivenerModel

struct ResearchCommand: AsyncParsableCommand {
    /// How much longer than the session may take this waits for it to end in good order.
    static let graceSeconds = 15.0
    /// How many sources the planner takes.
    static let sourceCounts = 4...24

    static let configuration = CommandConfiguration(
        commandName: "research", abstract: "Research a question and write a report.",
        discussion: """
            Writes report.md, report.html and results.json into a directory, and a summary to \
            stdout. The session has one task at first, of the planner, who adds the others.
            """)

    @Argument(help: ArgumentHelp("What to find out.", valueName: "question"))
    var question: String

    @Option(help: ArgumentHelp("How many sources to use at most.", valueName: "count"))
    var maxSources = 12

    @Option(
        help: ArgumentHelp(
            "The language model that the research agents use, by its agent's name, or none: only workers "
                + "that have it take part (default: what each worker has).",
            valueName: "name"))
    var model: String?

    @Option(
        help: ArgumentHelp(
            "The directory for the files (default: research-SESSION).", valueName: "directory"),
        completion: .directory)
    var out: String?

    @Option(
        help: ArgumentHelp(
            "How long the research may take. When it has passed, the coordinator cancels what is "
                + "left, and this exits with 124.",
            valueName: "seconds"))
    var timeout: Double?

    @Option(
        help: ArgumentHelp(
            "Exit with 2 when no worker offers what the session's tasks require for this long.",
            valueName: "seconds"))
    var unplaceableAfter = 30.0

    @OptionGroup var options: CoordinatorOptions

    func validate() throws {
        guard question.contains(where: { !$0.isWhitespace }) else {
            throw ValidationError("The question is empty.")
        }
        guard Self.sourceCounts.contains(maxSources) else {
            throw ValidationError(
                "--max-sources is \(Self.sourceCounts.lowerBound)…"
                    + "\(Self.sourceCounts.upperBound).")
        }
        if let model, model.isEmpty || !PlanName.isValid(Self.modelTag(model)) {
            throw ValidationError(
                "--model is the name of an agent: 1…122 characters of a–z A–Z 0–9 _ - . :")
        }
        guard out?.isEmpty != true else { throw ValidationError("--out is empty.") }
        try WaitOptions.check(timeout, "--timeout")
        try WaitOptions.check(unplaceableAfter, "--unplaceable-after")
    }

    mutating func run() async throws {
        if let out { try AtomicFile.makeDirectory(out) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let plan = PlanDocument(bytes: Array(try encoder.encode(self.plan)), format: .json)
        try await options.withClient { client in
            let session = try await client.submit(plan).value
            let waiting = SessionWaiting(
                client: client, sessionID: session.sessionID, limits: limits,
                data: options.data)
            SessionWaiting.announce(session.sessionID)
            let report = try await waiting.waitForEnd()
            let outcome = try await collect(session.sessionID, client: client)
            try options.data.write(
                document: RawJSON(outcome.json).bytes, request: "summary"
            ) { outcome.table }
            try throwIfTimedOut(outcome.overview.session)
            try await waiting.conclude(report)
        }
    }

    private var plan: ResearchPlan {
        var parameters: [(key: String, value: JSONValue)] = [
            ("question", .string(question)), ("max_sources", .integer(Int64(maxSources))),
        ]
        if let model { parameters.append(("model", .string(model))) }
        let isPinned = model != nil && model != Self.noModel
        let planning = ResearchTask(
            taskID: "plan", taskType: "planning", description: "Plan the research.",
            parameters: RawJSON(.object(parameters)), assignedAgent: "planner",
            extendsSession: true, tags: isPinned ? model.map { [Self.modelTag($0)] } ?? [] : [])
        return ResearchPlan(query: question, tasks: [planning], timeoutSeconds: timeout)
    }

    /// The plan's word for no model at all.
    private static let noModel = "none"

    /// What the research agents of a worker offer that has the model.
    private static func modelTag(_ model: String) -> String { "model:" + model }

    private var limits: WatchMachine.Limits {
        .init(
            timeout: timeout.map { .seconds($0 + Self.graceSeconds) },
            unplaceableAfter: .seconds(unplaceableAfter))
    }

    /// Fetches the results and writes the files.
    private func collect(_ id: String, client: APIClient) async throws -> ResearchOutcome {
        let request = "GET /v1/sessions/\(id)/results"
        let bytes = try await client.results(id)
        let overview = try APIAnswer.decode(ResultsOverview.self, from: bytes, of: request)
        guard let report = FinalReport.find(in: try APIAnswer.value(bytes, of: request)) else {
            try throwIfTimedOut(overview.session)
            throw noReport(overview)
        }
        let directory = out ?? "research-\(id)"
        try AtomicFile.makeDirectory(directory)
        let outcome = ResearchOutcome(
            report: report, overview: overview, directory: directory)
        try outcome.write(results: bytes)
        return outcome
    }

    /// A session that did not complete and took all of its time has timed out.
    private func throwIfTimedOut(_ session: ResearchSession) throws {
        guard let timeout, session.sessionState != .completed, let seconds = session.seconds,
            seconds >= timeout
        else { return }
        throw CommandFailure(
            "the research did not end within \(Readable.seconds(timeout)); what was left of "
                + "session \(session.sessionID) has been cancelled",
            hint: "What there is: scrivener session results \(session.sessionID)",
            status: .timedOut)
    }

    private func noReport(_ overview: ResultsOverview) -> CommandFailure {
        let id = overview.session.sessionID
        let ended = ExitStatus(ended: overview.session.progress) ?? .error
        let reason = overview.session.reason.map { ": \($0)" } ?? ""
        let lines = TaskFailures.lines(overview.tasks.map(\.task))
            .map { "\n  " + $0 }.joined()
        return CommandFailure(
            "session \(id) ended as \(overview.session.sessionState.rawValue) without a report"
                + reason + lines,
            hint: "All of it: scrivener session results \(id) --output json",
            status: ended == .success ? .error : ended)
    }
}
