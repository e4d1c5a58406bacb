// What people do wrong on command lines, and what they are told: scripts and service managers act
// on the exit codes.

import Foundation
import Testing

extension ClusterTests {
    @Suite struct CommandLines {}
}

/// A command line, how it has to end, and what it has to say.
struct BadCommandLine: Sendable, CustomTestStringConvertible {
    var program: Program
    /// `FOLDER` stands for the test's folder, `EMPTY` for an empty argument.
    var arguments: String
    var code: Int32
    var says: [String]

    init(_ program: Program, _ arguments: String, exits code: Int32, saying says: String...) {
        self.program = program
        self.arguments = arguments
        self.code = code
        self.says = says
    }

    var testDescription: String { "\(program.rawValue) \(arguments)" }

    func run(in folder: TemporaryFolder) async throws -> CommandOutcome {
        let words = arguments.split(separator: " ").map { word in
            word == "EMPTY" ? "" : String(word).replacing("FOLDER", with: folder.path)
        }
        return try await CommandOutcome.run(
            try program.path, words,
            environment: [
                "XDG_CACHE_HOME": folder.path + "/cache",
                // Nobody listens on port 1.
                "SCRIVENER_COORDINATOR": "http://127.0.0.1:1",
            ])
    }
}

extension ClusterTests.CommandLines {
    /// A service manager starts a program again and again unless the code says that only a person
    /// can help, and the person needs to know with what.
    @Test(arguments: coordinatorLines + workerLines + commandLines + benchLines + topologyLines)
    func `A bad command line is refused with its code`(line: BadCommandLine) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try folder.write("not a folder\n", to: "file")
        try folder.write("not a journal\n", to: "broken/journal.sqlite")

        let outcome = try await line.run(in: folder)

        #expect(outcome.code == line.code, "\(outcome)")
        #expect(outcome.output == "")
        for text in line.says { #expect(outcome.error.contains(text), "\(outcome)") }
    }

    /// A container's image has one file for both programs, and starts either by its name.
    @Test
    func `Called by the coordinator's name, the command line is the coordinator`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let link = folder.path + "/scrivener-coordinator"
        try FileManager.default.createSymbolicLink(
            atPath: link, withDestinationPath: try Program.scrivener.path)

        for arguments in [["--help"], ["--data", "d", "--show-config"], ["--no-such-option"]] {
            let linked = try await CommandOutcome.run(link, arguments)
            let program = try await CommandOutcome.run(try Program.coordinator.path, arguments)

            #expect(linked.code == program.code)
            #expect(linked.output == program.output)
            #expect(linked.error == program.error)
        }
    }

    /// `cluster run` stands for what it ran, and scripts see its code.
    @Test(arguments: [("exit 7", Int32(7)), ("kill -KILL $$", 137)])
    func `The code of a command with a cluster is the command's`(
        script: String, code: Int32
    ) async throws {
        try await Cluster.run { cluster in
            let outcome = try await cluster.scrivener(
                "cluster", "run", "--workers", "0", "--http-port", "0", "--zmq-port", "0",
                "--data", cluster.folder.path + "/data", "--", "sh", "-c", script)

            #expect(outcome.code == code, "\(outcome)")
        }
    }

    /// Somebody presses Ctrl-C, or has waited long enough: the command ends, the session does not.
    @Test func `Who stops waiting does not stop the session`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            try await cluster.startWorker("w1")
            let session = try await cluster.submit(.of([.echo("runs", sleeping: 3)]))
            let watcher = try cluster.start(
                .scrivener, name: "watcher", ["session", "watch", session, "--output", "jsonl"])
            try await watcher.line(containing: "\"runs\"")

            let impatient = try await cluster.scrivener(
                "session", "watch", session, "--timeout", "0.2")
            try await watcher.send(SIGINT)

            #expect(impatient.code == 124, "\(impatient)")
            #expect(try await watcher.ending() == .exited(130))
            #expect(try await cluster.waitForEnd(of: session).code == 0)
        }
    }
}

private let data = "--data FOLDER/data --http-port 0 --bind tcp://127.0.0.1:*"

private let coordinatorLines = [
    BadCommandLine(.coordinator, "", exits: 64, saying: "--data"),
    BadCommandLine(.coordinator, data + " --surplus", exits: 64, saying: "--surplus"),
    BadCommandLine(.coordinator, data + " --durability most", exits: 64, saying: "in_memory"),
    BadCommandLine(.coordinator, data + " --lease-seconds 0", exits: 64, saying: "1…3600"),
    BadCommandLine(.coordinator, data + " --http-port 65536", exits: 64, saying: "0…65535"),
    BadCommandLine(.coordinator, data + " --strict-agents", exits: 64, saying: "--catalogue"),
    BadCommandLine(.coordinator, data + " --log-level loud", exits: 64, saying: "loud"),
    BadCommandLine(.coordinator, data + " --placement best", exits: 64, saying: "least_loaded"),
    BadCommandLine(.coordinator, data + " --ordering lifo", exits: 64, saying: "critical_path"),
    BadCommandLine(.coordinator, data + " --max-running-tasks 0", exits: 64, saying: "1…1000000"),
    BadCommandLine(.coordinator, data + " --agent-limit echo", exits: 64, saying: "NAME=NUMBER"),
    BadCommandLine(
        .coordinator, data + " --agent-limit echo=1 --agent-limit echo=2", exits: 64,
        saying: "twice", "echo"),
    BadCommandLine(.coordinator, data + " --type-weight t=16", exits: 64, saying: "0…15"),
    BadCommandLine(.coordinator, data + " --hedging-percent 101", exits: 64, saying: "0…100"),
    // Both mistakes at once.
    BadCommandLine(
        .coordinator, "--data FOLDER/data --bind tcp://0.0.0.0:* --http-host 0.0.0.0", exits: 78,
        saying: "configuration_invalid", "bind", "http-host", "scrivener keys init",
        "scrivener keys api-token", "--keys", "--insecure"),
    BadCommandLine(
        .coordinator, data + " --http-host 0.0.0.0 --keys FOLDER/nowhere", exits: 78,
        saying: "configuration_invalid", "keys", "nowhere", "scrivener keys init"),
    BadCommandLine(
        .coordinator, data + " --http-host 0.0.0.0 --keys FOLDER", exits: 78,
        saying: "configuration_invalid", "http-host", "scrivener keys api-token"),
    BadCommandLine(
        .coordinator, data + " --tls-certificate FOLDER/file", exits: 78,
        saying: "configuration_invalid", "--tls-key"),
    BadCommandLine(
        .coordinator, data + " --tls-certificate FOLDER/file --tls-key FOLDER/nowhere", exits: 78,
        saying: "configuration_invalid", "nowhere", "cannot be read"),
    BadCommandLine(
        .coordinator, data + " --allowed-host http://hub", exits: 78,
        saying: "configuration_invalid", "allowed-host", "without scheme"),
    BadCommandLine(
        .coordinator, "--data FOLDER/data --bind localhost", exits: 78,
        saying: "configuration_invalid", "bind", "tcp://"),
    BadCommandLine(
        .coordinator, "--data FOLDER/file/data --http-port 0 --bind tcp://127.0.0.1:*", exits: 78,
        saying: "journal_unwritable"),
    BadCommandLine(
        .coordinator, "--data FOLDER/broken --http-port 0 --bind tcp://127.0.0.1:*", exits: 78,
        saying: "journal_corrupt"),
]

private let benchLines = [
    BadCommandLine(
        .scrivener, "bench noop --runs 1 --folder FOLDER/nowhere", exits: 1, saying: "nowhere"),
    BadCommandLine(.scrivener, "bench noop --durability most", exits: 64, saying: "in_memory"),
    BadCommandLine(.scrivener, "bench noop --bytes 0", exits: 64, saying: "1…1,048,576"),
    BadCommandLine(.scrivener, "bench latency --tasks 0", exits: 64, saying: "1…1,000,000"),
    BadCommandLine(.scrivener, "bench fan --tasks 2", exits: 64, saying: "3…65,000"),
    BadCommandLine(.scrivener, "bench sessions --clients 0", exits: 64, saying: "1…1,000"),
    BadCommandLine(
        .scrivener, "bench dag --dag FOLDER/nowhere.json", exits: 1, saying: "nowhere.json"),
]

private let topologyLines = [
    BadCommandLine(
        .scrivener, "cluster up --topology FOLDER/nowhere.yaml", exits: 1, saying: "nowhere.yaml"),
    BadCommandLine(
        .scrivener, "cluster up --topology t.yaml --workers 3", exits: 64, saying: "--workers"),
    BadCommandLine(
        .scrivener, "topology render --to compose --check t.yaml", exits: 64, saying: "--output"),
    BadCommandLine(
        .scrivener, "topology render --to systemd --build . t.yaml", exits: 64, saying: "--build"),
    BadCommandLine(
        .scrivener, "topology render --to nomad t.yaml", exits: 64, saying: "kubernetes"),
    BadCommandLine(.scrivener, "topology show FOLDER/file", exits: 1, saying: "must be an object"),
    BadCommandLine(
        .scrivener, "simulate --seed 1 --topology FOLDER/nowhere.yaml", exits: 1,
        saying: "nowhere.yaml"),
    BadCommandLine(
        .coordinator, data + " --topology FOLDER/file", exits: 78, saying: "must be an object"),
    BadCommandLine(.worker, "--id w --drain-seconds 86401", exits: 64, saying: "0…86400"),
]

private let workerLines = [
    BadCommandLine(.worker, "", exits: 64, saying: "--id"),
    BadCommandLine(.worker, "--id w --surplus", exits: 64, saying: "--surplus"),
    BadCommandLine(
        .worker, "--id w --agents echo,ecko", exits: 78, saying: "configuration_invalid", "ecko",
        "planner"),
    BadCommandLine(
        .worker, "--id w --agents research", exits: 78, saying: "configuration_invalid",
        "--corpus"),
    BadCommandLine(
        .worker, "--id w --corpus FOLDER/nowhere", exits: 78, saying: "corpus_missing", "nowhere"),
    BadCommandLine(
        .worker, "--id a/b/c --slots 0 --coordinator http://localhost --agents echo", exits: 78,
        saying: "configuration_invalid", "id:", "slots:", "coordinator:"),
    BadCommandLine(
        .worker, "--id w --orphan-grace-seconds nan", exits: 64, saying: "1…86400"),
    BadCommandLine(
        .worker, "--id w --health-check-seconds 0", exits: 64, saying: "1…86400"),
    BadCommandLine(.worker, "--id w --resource gpu", exits: 64, saying: "name=amount"),
    BadCommandLine(
        .worker,
        "--id w --agents echo --tag a/b --resource gpu=0 --resource gpu=1 --resource slots=2",
        exits: 78, saying: "a/b", "gpu=0", "twice", "slots have"),
    BadCommandLine(
        .worker, "--id w --agents echo --data FOLDER/file", exits: 78,
        saying: "configuration_invalid", "/file"),
    BadCommandLine(
        .worker, "--id w --agents-file FOLDER/nowhere", exits: 78, saying: "configuration_invalid",
        "/nowhere", "cannot be read"),
]

private let commandLines = [
    BadCommandLine(.scrivener, "--surplus", exits: 64, saying: "--surplus"),
    BadCommandLine(.scrivener, "session watch", exits: 64, saying: "<id>"),
    BadCommandLine(.scrivener, "session watch s --timeout 0", exits: 64, saying: "--timeout"),
    BadCommandLine(
        .scrivener, "session list --coordinator ftp://nowhere", exits: 64, saying: "not a URL"),
    BadCommandLine(
        .scrivener, "session submit - --idempotency-key ä", exits: 64, saying: "ASCII"),
    BadCommandLine(.scrivener, "session prioritize s 11", exits: 64, saying: "1…10"),
    BadCommandLine(.scrivener, "session prioritize s", exits: 64, saying: "<priority>"),
    BadCommandLine(.scrivener, "task logs s t --attempt 0", exits: 64, saying: "--attempt"),
    BadCommandLine(
        .scrivener, "task logs s t -f --output json", exits: 64, saying: "--output jsonl"),
    BadCommandLine(.scrivener, "task logs s t", exits: 1, saying: "no coordinator answers"),
    BadCommandLine(.scrivener, "task logs s t -f", exits: 1, saying: "no coordinator answers"),
    BadCommandLine(.scrivener, "agent metrics a --since soon", exits: 64, saying: "15m"),
    BadCommandLine(.scrivener, "agent metrics a --since -1", exits: 64, saying: "--since"),
    BadCommandLine(.scrivener, "agent metrics a --step 2d", exits: 64, saying: "1…86400"),
    BadCommandLine(.scrivener, "worker drain EMPTY", exits: 64, saying: "not empty"),
    BadCommandLine(.scrivener, "status", exits: 1, saying: "127.0.0.1:1"),
    BadCommandLine(.scrivener, "research EMPTY", exits: 64, saying: "The question is empty."),
    BadCommandLine(.scrivener, "research q --max-sources 3", exits: 64, saying: "4…24"),
    BadCommandLine(.scrivener, "research q --max-sources 25", exits: 64, saying: "4…24"),
    BadCommandLine(.scrivener, "research q --model a/b", exits: 64, saying: "name of an agent"),
    BadCommandLine(.scrivener, "cluster run", exits: 64, saying: "no command"),
    BadCommandLine(.scrivener, "cluster up --workers 257", exits: 64, saying: "0…256"),
    BadCommandLine(.scrivener, "session submit plan.txt", exits: 64, saying: ".yaml"),
    BadCommandLine(.scrivener, "session submit FOLDER/nowhere.yaml", exits: 1, saying: "No such"),
    BadCommandLine(.scrivener, "session list", exits: 1, saying: "127.0.0.1:1"),
    BadCommandLine(
        .scrivener, "cluster up --data FOLDER/data --corpus FOLDER/nowhere", exits: 1,
        saying: "--corpus", "No such"),
    BadCommandLine(
        .scrivener,
        "cluster run --workers 0 --data FOLDER/data --http-port 0 --zmq-port 0 -- "
            + "FOLDER/nothing", exits: 127, saying: "nothing"),
]
