// `scrivener journal …`: the coordinator's journal, looked at while no coordinator has it open, and
// copied while one has.

import ArgumentParser
import FoundationEssentials
import ScrivenerClient
import ScrivenerCoordinator
import ScrivenerModel
import ScrivenerStore

struct JournalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "Look into a coordinator's journal, and copy it.",
        subcommands: [
            JournalVerifyCommand.self, JournalStatsCommand.self, JournalExportCommand.self,
            JournalBackupCommand.self,
        ])
}

/// A journal that no coordinator has open.
struct JournalDirectoryOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The coordinator's data directory.", valueName: "directory"))
    var directory: String

    func withJournal(_ body: (JournalTool) throws -> Void) throws {
        do {
            let journal = try JournalTool(directory: directory)
            defer { journal.close() }
            try body(journal)
        } catch let error as ScrivenerError {
            throw CommandFailure("\(error.code.rawValue): \(error.message)")
        }
    }
}

struct JournalVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check every row of a journal.",
        discussion: """
            Computes every checksum again and decodes every row. Exits with 1 when something is \
            wrong. The coordinator must not be running; nothing is changed.
            """)

    @OptionGroup var options: JournalDirectoryOptions

    mutating func run() throws {
        try options.withJournal { journal in
            let mistakes = journal.mistakes()
            guard mistakes.isEmpty else {
                throw CommandFailure(
                    "the journal is damaged:\n" + mistakes.joined(separator: "\n"),
                    hint: "Put back a backup of the whole directory, and keep the damaged one.")
            }
            let contents = try journal.contents()
            StandardStream.output.write(
                "sound: \(contents.lastCommit) commits, \(contents.archives.rows) sessions "
                    + "that have ended\n")
        }
    }
}

struct JournalStatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Show what is in a journal, and how much room it takes.",
        discussion: "The coordinator must not be running; nothing is changed.")

    @OptionGroup var options: JournalDirectoryOptions

    mutating func run() throws {
        try options.withJournal { journal in
            StandardStream.output.write(Tables.journal(try journal.contents()))
        }
    }
}

struct JournalExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Print the results of every session, one JSON a line.",
        discussion: """
            The form is that of GET /v1/sessions/{session}/results. Sessions that have ended come \
            first, the newest before the others, then those that are open, as far as they have \
            come. The coordinator must not be running; nothing is changed.
            """)

    @OptionGroup var options: JournalDirectoryOptions

    mutating func run() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try options.withJournal { journal in
            try journal.visitSessions { results in
                let line = String(decoding: try encoder.encode(results), as: UTF8.self)
                StandardStream.output.write(line + "\n")
            }
        }
    }
}

struct JournalBackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Have a running coordinator copy its journal.",
        discussion: """
            The copy lies on the coordinator's host, in the folder `backups` of its data \
            directory. Nothing new is committed while it is made.
            """)

    @OptionGroup var options: CoordinatorOptions

    mutating func run() async throws {
        try await options.withClient { client in
            let backup = try await client.backUp()
            try options.data.write(
                document: backup.bytes, request: "POST /v1/journal/backups"
            ) { backup.value.path + "\n" }
        }
    }
}
