// What is in a journal, for people.

import ScrivenerStore

extension Tables {
    static func journal(_ contents: JournalContents) -> String {
        var facts = TableRenderer(columns: [.init(title: "JOURNAL"), .init(title: "")])
        let pages = contents.pages * contents.pageBytes
        let free = contents.freePages * contents.pageBytes
        facts.add(["id", contents.identity.journalID])
        facts.add(["incarnation", String(contents.identity.incarnation)])
        facts.add(["schema", String(contents.schema)])
        facts.add(["last commit", String(contents.lastCommit)])
        facts.add(["compacted through", String(contents.compactedThrough)])
        facts.add(["database", "\(Readable.bytes(pages)), \(Readable.bytes(free)) of it free"])

        var tables = TableRenderer(columns: [
            .init(title: "TABLE"), .init(title: "ROWS", isRightAligned: true),
            .init(title: "SIZE", isRightAligned: true), .init(title: "HOLDS"),
        ])
        let rows = [
            ("journal", contents.commits, "facts of the latest commits"),
            ("kept", contents.kept, "facts of commits that were compacted"),
            ("payload", contents.payloads, "descriptions, parameters and results of tasks"),
            ("archive", contents.archives, "sessions that have ended"),
            ("plan", contents.plans, "their plans"),
            ("delivery", contents.deliveries, "messages to callbacks"),
        ]
        for (name, amount, what) in rows {
            tables.add([name, String(amount.rows), Readable.bytes(amount.bytes), what])
        }
        return facts.rendered() + "\n" + tables.rendered()
    }
}
