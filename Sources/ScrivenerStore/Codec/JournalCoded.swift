// The numbers that stand for enumeration cases in the journal. They are written out here, and never
// derived from the order of the cases, because a journal outlives the software that wrote it: a
// number is never changed and never used again.

package import ScrivenerCore
package import ScrivenerModel

/// An enumeration that the journal writes as one byte.
package protocol JournalCoded: CaseIterable, Equatable, Sendable {
    var journalCode: UInt8 { get }
}

extension ByteWriter {
    package mutating func coded(_ value: some JournalCoded) {
        byte(value.journalCode)
    }
}

extension ByteReader {
    package mutating func coded<Value: JournalCoded>(
        _: Value.Type = Value.self
    ) throws(JournalDecodingError) -> Value {
        let code = try byte()
        return try self.case(of: Value.self, code)
    }

    /// The case that `code` stands for.
    package func `case`<Value: JournalCoded>(
        of _: Value.Type = Value.self, _ code: UInt8
    ) throws(JournalDecodingError) -> Value {
        for value in Value.allCases where value.journalCode == code { return value }
        throw error(.unknownCase(of: "\(Value.self)", UInt64(code)))
    }
}

extension CancelCause: JournalCoded {
    package var journalCode: UInt8 { rawValue }
}

extension FailureClass: JournalCoded {
    package var journalCode: UInt8 { rawValue }
}

extension DeathVerdict: JournalCoded {
    package var journalCode: UInt8 { rawValue }
}

extension PauseMode: JournalCoded {
    package var journalCode: UInt8 { rawValue }
}

extension Delivery: JournalCoded {
    package var journalCode: UInt8 {
        switch self {
        case .atLeastOnce: 1
        case .atMostOnce: 2
        }
    }
}

extension JoinRule.Rest: JournalCoded {
    package var journalCode: UInt8 {
        switch self {
        case .finish: 1
        case .cancel: 2
        }
    }
}

extension DependencyFailurePolicy: JournalCoded {
    package var journalCode: UInt8 {
        switch self {
        case .skip: 1
        case .continue: 2
        }
    }
}

extension SessionStatus: JournalCoded {
    package var journalCode: UInt8 {
        switch self {
        case .pending: 1
        case .inProgress: 2
        case .cancelling: 3
        case .completed: 4
        case .failed: 5
        case .cancelled: 6
        }
    }
}

extension SessionState: JournalCoded {
    package var journalCode: UInt8 {
        switch self {
        case .initializing: 1
        case .planning: 2
        case .researching: 3
        case .analyzing: 4
        case .drafting: 5
        case .reviewing: 6
        case .paused: 7
        case .completed: 8
        case .partial: 9
        case .failed: 10
        case .cancelled: 11
        }
    }
}

extension TaskStatus: JournalCoded {
    package var journalCode: UInt8 {
        switch self {
        case .waiting: 1
        case .ready: 2
        case .running: 3
        case .backingOff: 4
        case .cancelling: 5
        case .completed: 6
        case .failed: 7
        case .cancelled: 8
        case .skipped: 9
        case .held: 10
        case .lost: 11
        }
    }
}

extension ExecutionOutcome: JournalCoded {
    package var journalCode: UInt8 {
        switch self {
        case .running: 1
        case .completed: 2
        case .failed: 3
        case .cancelled: 4
        case .lost: 5
        case .superseded: 6
        }
    }
}
