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

    init(limit: Int) { self.limit = limit }

    /// Reads to the end.
    ///
    /// - Parameter onExcess: called once, when there is more than may be. The rest is read and thrown
    ///   away, so that the child can end.
    mutating func read(_ stream: SubprocessOutputSequence, onExcess: () -> Void) async {
        await stream.forEach { bytes in
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

/// A child's standard error: every line goes to the log at debug and to whoever looks on, the last are
/// kept.
struct ChildErrorTail: Sendable {
    static let maximumLines = 200
    static let maximumLineBytes = 4 << 10

    private(set) var lines: [String] = []
    private var size = 0
    private var line: [UInt8] = []
    private let maximumBytes: Int
    private let logger: Logger
    private let emit: (@Sendable (String) -> Void)?

    init(maximumBytes: Int, logger: Logger, emit: (@Sendable (String) -> Void)? = nil) {
        self.maximumBytes = maximumBytes
        self.logger = logger
        self.emit = emit
    }

    /// Reads to the end.
    mutating func read(_ stream: SubprocessOutputSequence) async {
        await stream.forEach { append($0) }
        finish()
    }

    /// A line that is too long is taken in pieces.
    mutating func append(_ bytes: [UInt8]) {
        for byte in bytes {
            if byte != 0x0A { line.append(byte) }
            if byte == 0x0A || line.count >= Self.maximumLineBytes { keepLine() }
        }
    }

    /// Takes what stands after the last line break.
    mutating func finish() {
        if !line.isEmpty { keepLine() }
    }

    private mutating func keepLine() {
        if line.last == 0x0D { line.removeLast() }
        let text = String(decoding: line, as: UTF8.self)
        line.removeAll(keepingCapacity: true)
        logger.debug("\(text)", metadata: ["stream": "stderr"])
        emit?(text + "\n")
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
    fileprivate func forEach(_ use: ([UInt8]) -> Void) async {
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
