// `scrivener keys api-tokens`: which tokens there are.

import ArgumentParser
import FoundationEssentials
import ScrivenerModel
import ScrivenerSecurity
import ScrivenerShell

struct KeysAPITokensCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api-tokens", abstract: "List the tokens for the HTTP API.",
        discussion: "Their names and what they allow. The tokens themselves are not kept.")

    @Option(help: "The form of the data on stdout: table, json or jsonl.")
    var output: OutputFormat = .table

    @OptionGroup var folder: KeyFolderOptions

    mutating func run() throws {
        let records: [APITokenRecord]
        do throws(ScrivenerError) {
            records = try APITokenFile(in: folder.keys).read()?.records ?? []
        } catch { throw CommandFailure(error) }
        let now = BootClock.wall
        let rows = records.map { ListedToken($0, at: now) }
        let data = DataOutput(format: output)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let document = Array(try encoder.encode(["tokens": rows]))
        try data.write(document: document, request: "keys api-tokens") {
            Tables.tokens(rows, columns: data.columns)
        }
    }
}

/// A token as it is listed.
struct ListedToken: Encodable {
    var name: String
    var scope: TokenScope
    var created: WallTime
    var expires: WallTime?
    var expired: Bool

    init(_ record: APITokenRecord, at now: WallTime) {
        name = record.name
        scope = record.scope
        created = record.created
        expires = record.expires
        expired = record.hasExpired(at: now)
    }
}

extension Tables {
    static func tokens(_ tokens: [ListedToken], columns: Int?) -> String {
        var table = TableRenderer(columns: [
            .init(title: "TOKEN", isFlexible: true), .init(title: "SCOPE"),
            .init(title: "CREATED"), .init(title: "EXPIRES"),
        ])
        for token in tokens {
            let end = token.expires.map { "\($0)" } ?? "never"
            table.add([
                token.name, token.scope.rawValue, "\(token.created)",
                token.expired ? end + " (over)" : end,
            ])
        }
        return table.rendered(width: columns)
    }
}
