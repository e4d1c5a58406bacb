// What comes out of a child: its output up to a limit, and the last lines of what it says beside.

import Logging
import Subprocess

/// A child's standard output.
struct ChildOutput: Sendable {
    private(set) var bytes: [UInt8] = []
    /// All that came, kept or not.
    private(set) var count = 0
    let limit: Int

    var isTooLarge: Bool { count > limit }

    init(count: Int = 0, limit: Int) {
        self.count = count
        self.limit = limit
    }

    /// Reads to the end.
    ///
    /// - Parameter onExcess: called once, when there is more than may be. The rest is read and thrown
    ///   away, so that the child can end.
    mutating func read(_ stream: SubprocessOutputSequence, onExcess: () -> Void) async {
        await stream.forEachChunk { bytes in
            let wasTooLarge = isTooLarge
            count += bytes.count
            if !isTooLarge { self.bytes.append(contentsOf: bytes) }
            if isTooLarge, !wasTooLarge {
                self.bytes = []
                onExcess()
            }
        }
    }
}

/// Who hears a child's standard error while it runs.
struct ChildErrorListener: Sendable {
    /// Gets every line, with its end.
    var emit: (@Sendable (String) -> Void)?
    /// Is shown a line that begins with a brace, before all others. Whether it takes it: then it is for nobody else.
    var hear: (@Sendable ([UInt8]) -> Bool)?
}

/// A child's standard error: every line goes to the log at debug and to whoever looks on, the last are
/// kept.
struct ChildErrorTail: Sendable {
    static let maximumLines = 200
    static let maximumLineBytes = 4 << 10
    /// Of a line that may be for somebody who hears.
    static let maximumHeardBytes = 64 << 10

    private(set) var lines: [String] = []
    private var size = 0
    private var line: [UInt8] = []
    /// Whether the line is the rest of one that was too long.
    private var isRest = false
    private let maximumBytes: Int
    private let logger: Logger
    private let listener: ChildErrorListener

    init(
        maximumBytes: Int, logger: Logger, listener: ChildErrorListener = ChildErrorListener()
    ) {
        self.maximumBytes = maximumBytes
        self.logger = logger
        self.listener = listener
    }

    /// Reads to the end.
    mutating func read(_ stream: SubprocessOutputSequence) async {
        await stream.forEachChunk { append($0) }
        finish()
    }

    /// A line that is too long is taken in pieces.
    mutating func append(_ bytes: [UInt8]) {
        for byte in bytes {
            if byte != 0x0A { line.append(byte) }
            if byte == 0x0A || line.count >= maximumBytesOfLine {
                endLine()
                isRest = byte != 0x0A
            }
        }
    }

    private var maximumBytesOfLine: Int {
        mayBeHeard ? Self.maximumHeardBytes : Self.maximumLineBytes
    }

    /// Not the rest of a line: a program may repeat there what somebody else has told it.
    private var mayBeHeard: Bool {
        !isRest && listener.hear != nil && line.first == UInt8(ascii: "{")
    }

    /// Takes what stands after the last line break.
    mutating func finish() {
        if !line.isEmpty { endLine() }
    }

    private mutating func endLine() {
        if line.last == 0x0D { line.removeLast() }
        defer { line.removeAll(keepingCapacity: true) }
        if mayBeHeard, listener.hear?(line) == true { return }
        // What might have been heard may be longer than lines are.
        var rest = line[...]
        repeat {
            keep(rest.prefix(Self.maximumLineBytes))
            rest = rest.dropFirst(Self.maximumLineBytes)
        } while !rest.isEmpty
    }

    private mutating func keep(_ line: ArraySlice<UInt8>) {
        let text = String(decoding: line, as: UTF8.self)
        logger.debug("\(text)", metadata: ["stream": "stderr"])
        listener.emit?(text + "\n")
        lines.append(text)
        size += text.utf8.count
        while !lines.isEmpty, size > maximumBytes || lines.count > Self.maximumLines {
            size -= lines.removeFirst().utf8.count
        }
    }
}

extension SubprocessOutputSequence {
    /// What may lie in a pipe, at most, when its writers are dead.
    private static let maximumPipeBytes = 1 << 20

    /// Hands on what comes until the stream ends. When the task is cancelled what lies in the pipe is
    /// still handed on, but nobody who goes on writing keeps it open.
    func forEachChunk(_ use: ([UInt8]) -> Void) async {
        var leftBehind = 0
        do {
            for try await buffer in self {
                let bytes = buffer.withUnsafeBytes { Array($0) }
                if Task.isCancelled { leftBehind += bytes.count }
                guard leftBehind <= Self.maximumPipeBytes else { return }
                use(bytes)
            }
        } catch {
            // A stream that cannot be read has ended.
        }
    }
}
