// The log of a cluster: the lines of all its processes, each with the name of who said it.

import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Puts names before lines. Pure.
struct LogPrefix: Sendable, Equatable {
    private static let colours: [TerminalStyle.Colour] = [
        .cyan, .green, .yellow, .blue, .magenta, .red,
    ]

    private let width: Int
    private let style: TerminalStyle

    init(names: [String], style: TerminalStyle) {
        width = names.map(TerminalText.width).max() ?? 0
        self.style = style
    }

    /// - Parameter number: Chooses the colour; `nil` is grey.
    func line(_ text: String, name: String, number: Int?) -> String {
        let colour = number.map { Self.colours[$0 % Self.colours.count] } ?? .grey
        let bar = style.hasUnicode ? "│" : "|"
        return style.coloured("\(TerminalText.padded(name, to: width)) \(bar)", colour) + " "
            + TerminalText.cleaned(text) + "\n"
    }
}

/// Where the log goes: stderr, or a file.
final class ClusterLog: Sendable {
    /// How many lines are kept to be shown when something goes wrong.
    static let tailLength = 12
    static let tailWidth = 500

    /// The name of the cluster's own lines.
    static let ownName = "cluster"

    /// The log's file, where it has one.
    let file: String?
    private let descriptor: Int32
    private let prefix: LogPrefix
    private let tail = Mutex<[String]>([])

    /// - Throws: `CommandFailure` when the file cannot be opened.
    init(file: String?, names: [String]) throws {
        self.file = file
        prefix = LogPrefix(
            names: names + [Self.ownName], style: file == nil ? .of(.error) : .plain)
        guard let file else {
            descriptor = StandardStream.error.rawValue
            return
        }
        descriptor = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw CommandFailure("\(file) cannot be opened: \(SystemError.text(errno))")
        }
    }

    deinit {
        if file != nil { close(descriptor) }
    }

    /// Writes a line with one system call, so that lines of different processes do not mix. A log
    /// that nobody reads any more stops nothing.
    func write(_ text: String, name: String, number: Int?) {
        let line = prefix.line(text, name: name, number: number)
        _ = FileWriter.write(Array(line.utf8), to: descriptor)
        guard file != nil else { return }
        tail.withLock { lines in
            if lines.count >= Self.tailLength { lines.removeFirst() }
            lines.append(TerminalText.truncated(line, to: Self.tailWidth))
        }
    }

    func writeOwn(_ text: String) {
        write(text, name: Self.ownName, number: nil)
    }

    /// The last lines, where they have not been on stderr.
    var lastLines: String { tail.withLock { $0.map { $0.filter { $0 != "\n" } + "\n" }.joined() } }
}
