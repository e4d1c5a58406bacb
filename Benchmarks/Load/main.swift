// scrivener-load: the other end of what `scrivener bench` measures, in processes of its own.
//
//     scrivener-load idle ENDPOINT FIRST COUNT [--unanswered]   workers that register and heartbeat
//     scrivener-load wire WORKERS TASKS BYTES OUTSTANDING GROUP  dispatches and results over our own layer
//     scrivener-load wire-peer ENDPOINT                         a worker of that
//
// `idle` runs until it is killed; `wire` prints one JSON object.

import ScrivenerShell

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes a line, at once: `print` would wait for more, where it writes to a pipe.
func say(_ line: String, to file: Int32 = STDOUT_FILENO) {
    let bytes = Array((line + "\n").utf8)
    _ = write(file, bytes, bytes.count)
}

/// - Returns: whether the arguments make sense.
func run(_ what: String, _ rest: [String]) throws -> Bool {
    switch what {
    case "idle":
        guard (3...4).contains(rest.count), let first = Int(rest[1]), let count = Int(rest[2]),
            first >= 0, (1...100_000).contains(count),
            rest.dropFirst(3).allSatisfy({ $0 == "--unanswered" })
        else { return false }
        var workers = try IdleWorkers(
            of: rest[0], first: first, count: count, isAnswered: rest.count == 3)
        try workers.run()
    case "wire":
        let numbers = rest.compactMap(Int.init).filter { $0 > 0 }
        guard rest.count == 5, numbers.count == 5 else { return false }
        try WireRouter(
            workers: numbers[0], tasks: numbers[1], bytes: numbers[2], outstanding: numbers[3],
            group: numbers[4]
        ).run()
    case "wire-peer":
        guard rest.count == 1 else { return false }
        try WirePeer.run(rest[0])
    default: return false
    }
    return true
}

OpenFiles.raiseLimit()
do {
    let words = CommandLine.arguments.dropFirst()
    guard try run(words.first ?? "", Array(words.dropFirst())) else {
        say("usage: scrivener-load idle|wire …", to: STDERR_FILENO)
        exit(64)
    }
} catch {
    say("scrivener-load: \(error)", to: STDERR_FILENO)
    exit(1)
}
