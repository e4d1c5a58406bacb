// How a worker's process died, as its successor tells it in Register.

import ScrivenerModel

extension ProtoDeath {
    init(_ model: WorkerDeath) {
        self.init()
        journalID = model.journalID
        incarnation = model.incarnation
        switch model.cause {
        case .signal(let number): signal = number
        case .exit(let status):
            hasExited_p = true
            exitStatus = status
        case .unknown: break
        }
        if !model.attempts.isEmpty { attempts = ProtoAttempts(model.attempts) }
        logAttempts = model.log.map { line in
            let place = line.attempt.flatMap { model.attempts.firstIndex(of: $0) }
            return place.map { Int32(clamping: $0 + 1) } ?? 0
        }
        logLines = model.log.map(\.text)
    }

    func model(_ limits: WireLimits) throws(WireError) -> WorkerDeath {
        let references = try attempts.references(
            limit: limits.attemptReferences, "death.attempts")
        let rows = logLines.count
        try Check.size(rows, limit: limits.deathLogLines, "death.log_lines")
        let places = try Column(logAttempts, rows: rows, "death.log_attempts")
        var log: [WorkerDeath.LogLine] = []
        for row in 0..<rows {
            let place = Int(places[row])
            try Check.range(
                place, in: 0...references.count, WireField("death.log_attempts", row: row))
            log.append(
                WorkerDeath.LogLine(
                    attempt: place > 0 ? references[place - 1] : nil, text: logLines[row]))
        }
        return WorkerDeath(
            journalID: journalID, incarnation: incarnation, cause: cause, attempts: references,
            log: log)
    }

    private var cause: WorkerDeath.Cause {
        if hasExited_p { return .exit(status: exitStatus) }
        return signal > 0 ? .signal(signal) : .unknown
    }
}

extension WireCodec {
    static func check(_ death: WorkerDeath, _ limits: WireLimits) throws(WireError) {
        try Check.text(death.journalID, limit: limits.identifierBytes, "death.journal_id")
        try Check.natural(death.incarnation, "death.incarnation")
        switch death.cause {
        case .signal(let number): try Check.natural(number, "death.signal")
        case .exit(let status): try Check.natural(status, "death.exit_status")
        case .unknown: break
        }
        try Check.size(
            death.attempts.count, limit: limits.attemptReferences, "death.attempts")
        try Check.size(death.log.count, limit: limits.deathLogLines, "death.log_lines")
        for (row, line) in death.log.enumerated() {
            try Check.text(
                line.text, limit: WorkerDeath.LogLine.maximumBytes,
                WireField("death.log_lines", row: row))
        }
    }
}
