// `scrivener keys list`: who may join.

import ArgumentParser
import FoundationEssentials
import ScrivenerModel
import ScrivenerSecurity
import ZeroMQ

struct KeysListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List keys and pool tokens.",
        discussion: "Public keys, and when tokens were made; no secrets.")

    @Option(help: "The form of the data on stdout: table, json or jsonl.")
    var output: OutputFormat = .table

    @OptionGroup var options: KeyFolderOptions

    mutating func run() throws {
        let keys: CoordinatorKeys
        do throws(ScrivenerError) {
            keys = try options.folder.read()
        } catch { throw CommandFailure(error) }
        let data = DataOutput(format: output)
        let list = ListedKeys(keys)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try data.write(document: Array(try encoder.encode(list)), request: "keys list") {
            Tables.keys(list, columns: data.columns)
        }
    }
}

/// A key folder as it is listed.
struct ListedKeys: Encodable {
    struct Coordinator: Encodable {
        var key: String
        /// While it is being introduced.
        var next: String?
    }

    struct Worker: Encodable {
        var worker: String
        var key: String
    }

    struct Token: Encodable {
        var pool: String
        /// The beginning of its hash.
        var token: String
        var created: WallTime
        var replicas: Int
    }

    struct Replica: Encodable {
        var worker: String
        var key: String
        var token: String
        var created: WallTime
    }

    var coordinator: Coordinator
    var workers: [Worker]
    var poolTokens: [Token]
    var replicas: [Replica]

    private enum CodingKeys: String, CodingKey {
        case coordinator, workers, replicas
        case poolTokens = "pool_tokens"
    }

    init(_ keys: CoordinatorKeys) {
        coordinator = Coordinator(
            key: keys.current.publicKey.z85, next: keys.next?.publicKey.z85)
        workers = keys.named.map { Worker(worker: $0.worker.description, key: $0.key.z85) }
        poolTokens = keys.tokens.map { token in
            Token(
                pool: token.pool, token: token.digest.short, created: token.created,
                replicas: keys.enrolled.count { $0.token == token.digest })
        }
        // Others may still be in the file, and do not count.
        let tokens = Set(keys.tokens.map(\.digest))
        replicas = keys.enrolled.filter { tokens.contains($0.token) }.map {
            Replica(
                worker: $0.worker.description, key: $0.key.z85, token: $0.token.short,
                created: $0.created)
        }
    }
}

extension Tables {
    static func keys(_ keys: ListedKeys, columns: Int?) -> String {
        var table = TableRenderer(columns: [
            .init(title: "KIND"), .init(title: "NAME", isFlexible: true),
            .init(title: "KEY OR TOKEN"), .init(title: "CREATED"),
        ])
        table.add(["coordinator", "", keys.coordinator.key])
        if let next = keys.coordinator.next { table.add(["coordinator", "(next)", next]) }
        for worker in keys.workers { table.add(["worker", worker.worker, worker.key]) }
        for token in keys.poolTokens {
            let name = "\(token.pool) (\(token.replicas) replicas)"
            table.add(["pool token", name, token.token + "…", "\(token.created)"])
        }
        for replica in keys.replicas {
            table.add(["replica", replica.worker, replica.key, "\(replica.created)"])
        }
        return table.rendered(width: columns)
    }
}
