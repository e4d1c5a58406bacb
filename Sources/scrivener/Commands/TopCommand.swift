// `scrivener top`: the pool as it works, drawn again and again.

import ArgumentParser
import ScrivenerClient
import ScrivenerModel
import UnixSignals

struct TopCommand: AsyncParsableCommand {
    static let intervals = 0.2...3_600.0

    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "Watch the pool: workers, slots, the queue, sessions.",
        discussion: """
            q or Ctrl-C ends it. Without a terminal, and with --once, prints the pool as it is and
            ends. Of the five sessions with the most open tasks, four waiting tasks each are
            explained.
            """)

    @Flag(help: "Print the pool as it is, once.")
    var once = false

    @Option(help: ArgumentHelp("How long to wait between two looks.", valueName: "seconds"))
    var interval = 2.0

    @OptionGroup var options: CoordinatorOptions

    func validate() throws {
        guard Self.intervals.contains(interval) else {
            throw ValidationError("--interval is 0.2…3600.")
        }
    }

    mutating func run() async throws {
        let (happenings, source) = AsyncStream<PoolWatch.Happening>.makeStream(
            bufferingPolicy: .bufferingNewest(256))
        let isLive = !once && options.output == .table
        try await options.withClient { client in
            guard isLive, let screen = Screen(onKey: { source.yield(.key($0)) }) else {
                let snapshot = try await PoolSnapshot.take(from: client)
                return try options.data.write(document: snapshot.document, request: "top") {
                    PoolView(snapshot: snapshot).text(columns: options.data.columns)
                }
            }
            // What cannot be reached at all is an error, and not a picture.
            let first = try await PoolSnapshot.take(from: client)
            await PoolWatch(client: client, interval: .seconds(interval), first: first)
                .run(on: screen, happenings, source)
        }
    }
}

/// Draws the pool until somebody has seen enough.
struct PoolWatch: Sendable {
    enum Happening: Sendable {
        case snapshot(PoolSnapshot)
        /// It could not be asked; why.
        case silence(String)
        case key(UInt8)
        case resized
        case stop
    }

    let client: APIClient
    let interval: Duration
    let first: PoolSnapshot

    func run(
        on screen: Screen, _ happenings: AsyncStream<Happening>,
        _ source: AsyncStream<Happening>.Continuation
    ) async {
        async let asking: Void = ask { source.yield($0) }
        async let listening: Void = listen { source.yield($0) }
        let start = ContinuousClock.now
        var view = PoolView(snapshot: first)
        var last = (completed: first.completed, at: Duration.zero)
        var trouble: String?
        draw(view, trouble, on: screen)
        for await happening in happenings {
            switch happening {
            case .snapshot(let snapshot):
                let now = ContinuousClock.now - start
                let rate = PoolView.Rate(from: last, to: snapshot.completed, at: now)
                view = PoolView(snapshot: snapshot, rate: rate)
                last = (snapshot.completed, now)
                trouble = nil
            case .silence(let reason): trouble = reason
            case .key(let byte): if byte == UInt8(ascii: "q") { return }
            case .resized: break
            case .stop: return
            }
            draw(view, trouble, on: screen)
        }
        // Both end with this scope.
        _ = await (asking, listening)
    }

    private func draw(_ view: PoolView, _ trouble: String?, on screen: Screen) {
        let columns = StandardStream.output.columns
        let head = trouble ?? "\(client.address)  every \(Readable.seconds(interval / .seconds(1)))"
        let style = TerminalStyle.of(.output)
        let title = TerminalText.truncated(
            TerminalText.cleaned("scrivener top  " + head), to: columns)
        let lines = view.lines(columns: columns, rows: StandardStream.output.rows - 2)
        screen.draw([style.coloured(title, trouble == nil ? .cyan : .red), ""] + lines)
    }

    private func ask(_ yield: (Happening) -> Void) async {
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: interval)
                yield(.snapshot(try await PoolSnapshot.take(from: client)))
            } catch let error as APIError {
                yield(.silence(error.failure.message))
            } catch { return }
        }
    }

    private func listen(_ yield: (Happening) -> Void) async {
        let signals = await UnixSignalsSequence(
            trapping: .sigint, .sigterm, .sighup, .sigwinch)
        for await signal in signals { yield(signal == .sigwinch ? .resized : .stop) }
    }
}
