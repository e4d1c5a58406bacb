// What can go wrong with an open journal, by what the coordinator has to do about it. SQLite has
// some eighty result codes; the coordinator has five things that it can do.

internal import GRDB
package import ScrivenerModel

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Why a journal did not do what it was asked.
package enum JournalError: Error, Sendable, Equatable {
    /// Somebody else has written or opened the journal, or the caller's view of it is wrong. What
    /// the caller believes to be the present is not: end the process.
    case conflict(String)
    /// The disk failed. After a failed fsync nobody knows which pages it holds, and asking again
    /// gets the wrong answer "all is well": end the process, and let the next one read what is
    /// there.
    case io(String)
    /// No room. Nothing was written; try the same batch again later.
    case full
    /// What is on disk is not what was written. The sequence number where it belongs to a commit.
    case corrupt(sequence: Int64?, String)
    /// A payload or an archived session is larger than a row can be. Nothing was written.
    case tooLarge(limit: Int, actual: Int)
}

extension JournalError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .conflict(let what): "journal conflict: \(what)"
        case .io(let what): "journal I/O error: \(what)"
        case .full: "no room for the journal"
        case .corrupt(let sequence?, let what): "journal corrupt at commit \(sequence): \(what)"
        case .corrupt(nil, let what): "journal corrupt: \(what)"
        case .tooLarge(let limit, let actual):
            "\(actual) bytes for the journal in one piece; the limit is \(limit)"
        }
    }
}

extension JournalError {
    /// The catalogued error for people, as it is when the error stops a coordinator from starting.
    package var scrivenerError: ScrivenerError {
        switch self {
        case .conflict: ScrivenerError(.journalLocked, description)
        case .io: ScrivenerError(.journalUnwritable, description)
        case .full: ScrivenerError(.storageFull, description, retryAfterSeconds: 10)
        case .corrupt: ScrivenerError(.journalCorrupt, description)
        case .tooLarge: ScrivenerError(.internalError, description)
        }
    }

    /// - Parameter systemError: `errno` of the call that failed, where SQLite kept it.
    init(_ error: DatabaseError, systemError: CInt = 0) {
        let text = error.message ?? "SQLite result \(error.extendedResultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_FULL: self = .full
        // A disk quota is a full disk by another name; SQLite takes it for a failing one.
        case .SQLITE_IOERR where systemError == EDQUOT: self = .full
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_MISMATCH, .SQLITE_SCHEMA:
            self = .corrupt(sequence: nil, text)
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_CONSTRAINT: self = .conflict(text)
        default: self = .io("\(text) (SQLite \(error.extendedResultCode.rawValue))")
        }
    }
}
