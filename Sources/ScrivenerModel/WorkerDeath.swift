// How a process of a worker died, as the next one tells the coordinator: what ran there may be what
// killed it.

/// A worker's process that died, and what it was doing.
public struct WorkerDeath: Sendable, Equatable {
    public enum Cause: Sendable, Equatable {
        case signal(Int32)
        case exit(status: Int32)
        /// Nothing was written down: SIGKILL, as from the kernel when memory ran out.
        case unknown

        /// What the process did, for people.
        public var text: String {
            switch self {
            case .signal(let number):
                "was killed by signal \(number)" + (Self.names[number].map { " (\($0))" } ?? "")
            case .exit(let status): "exited by itself with status \(status)"
            case .unknown:
                "ended without a word, as by SIGKILL, or when the kernel finds no memory"
            }
        }

        /// Those that a process can tell of, by their numbers on Linux.
        private static let names: [Int32: String] = [
            4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 11: "SIGSEGV",
        ]
    }

    /// The journal that the process last spoke with: its attempts are those of that journal.
    public var journalID: String
    public var incarnation: Int64
    public var cause: Cause
    /// What its agents were executing.
    public var attempts: [AttemptReference]
    /// What they and the worker logged last, oldest first.
    public var log: [LogLine]

    /// A line of a log.
    public struct LogLine: Sendable, Equatable {
        /// The longest text, in UTF-8.
        public static let maximumBytes = 448

        /// The attempt that logged it; `nil` when it was the worker itself.
        public var attempt: AttemptReference?
        public var text: String

        public init(attempt: AttemptReference? = nil, text: String) {
            self.attempt = attempt
            self.text = text
        }
    }

    public init(
        journalID: String, incarnation: Int64, cause: Cause, attempts: [AttemptReference],
        log: [LogLine] = []
    ) {
        self.journalID = journalID
        self.incarnation = incarnation
        self.cause = cause
        self.attempts = attempts
        self.log = log
    }
}
