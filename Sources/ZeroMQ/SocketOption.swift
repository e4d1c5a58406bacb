// Socket options with the type of their value in their key, so that a flag cannot be given a
// number or a time in the wrong unit. `SocketOptions.swift` lists them; this file turns the values
// into libzmq's bytes and back.

internal import CZeroMQ

/// The key of an option whose value is a `Value`.
package struct SocketOption<Value: SocketOptionValue>: Sendable {
    let code: Int32

    init(_ code: Int32) { self.code = code }
}

/// A type that options can have.
package protocol SocketOptionValue: Sendable {
    /// As libzmq takes it, or nil if it cannot be told to libzmq.
    var optionBytes: [UInt8]? { get }
    /// The most bytes that libzmq answers with.
    static var optionSize: Int { get }
    /// From what libzmq answered; nil if it makes no sense.
    init?(optionBytes: [UInt8])
}

extension Socket {
    /// Most options count only for the `bind` and `connect` calls that come after.
    ///
    /// - Throws: `invalidArgument` for a value that is out of range, `terminated`, `closed`.
    package func set<Value>(
        _ option: SocketOption<Value>, _ value: Value
    ) throws(ZeroMQError) {
        let handle = try open(for: .setOption)
        guard let bytes = value.optionBytes else {
            throw ZeroMQError(.invalidArgument, .setOption)
        }
        let failure = ErrorNumber.of {
            zmq_setsockopt(handle, option.code, bytes, bytes.count)
        }
        guard failure == ErrorNumber.none else { throw ZeroMQError(errno: failure, .setOption) }
    }

    /// - Throws: `invalidArgument` for an option that can only be set, `terminated`, `closed`.
    package func get<Value>(_ option: SocketOption<Value>) throws(ZeroMQError) -> Value {
        let handle = try open(for: .getOption)
        var bytes = [UInt8](repeating: 0, count: Value.optionSize)
        var size = bytes.count
        let failure = ErrorNumber.of { zmq_getsockopt(handle, option.code, &bytes, &size) }
        guard failure == ErrorNumber.none else { throw ZeroMQError(errno: failure, .getOption) }
        bytes.removeLast(bytes.count - min(size, bytes.count))
        guard let value = Value(optionBytes: bytes) else {
            throw ZeroMQError(.invalidArgument, .getOption)
        }
        return value
    }
}

extension SocketOptionValue where Self: FixedWidthInteger {
    package var optionBytes: [UInt8]? { withUnsafeBytes(of: self) { Array($0) } }

    package static var optionSize: Int { MemoryLayout<Self>.size }

    package init?(optionBytes: [UInt8]) {
        guard optionBytes.count == MemoryLayout<Self>.size else { return nil }
        self = optionBytes.withUnsafeBytes { $0.loadUnaligned(as: Self.self) }
    }
}

extension Int32: SocketOptionValue {}
extension Int64: SocketOptionValue {}

extension Bool: SocketOptionValue {
    package var optionBytes: [UInt8]? { Int32(self ? 1 : 0).optionBytes }

    package static var optionSize: Int { Int32.optionSize }

    package init?(optionBytes: [UInt8]) {
        guard let number = Int32(optionBytes: optionBytes) else { return nil }
        self = number != 0
    }
}

/// In whole milliseconds, rounded up.
extension Duration: SocketOptionValue {
    package var optionBytes: [UInt8]? {
        guard self >= .zero, self <= .milliseconds(Int32.max) else { return nil }
        return wholeMilliseconds.optionBytes
    }

    package static var optionSize: Int { Int32.optionSize }

    package init?(optionBytes: [UInt8]) {
        guard let number = Int32(optionBytes: optionBytes), number >= 0 else { return nil }
        self = .milliseconds(number)
    }

    /// Rounded up, so that no wait is shorter than asked for, and clamped to 0 and `Int32.max`.
    var wholeMilliseconds: Int32 {
        if self <= .zero { return 0 }
        if self >= .milliseconds(Int32.max) { return Int32.max }
        let (seconds, attoseconds) = components
        let milliseconds = attoseconds / 1_000_000_000_000_000
        let remainder: Int64 = attoseconds % 1_000_000_000_000_000 > 0 ? 1 : 0
        return Int32(clamping: seconds * 1000 + milliseconds + remainder)
    }
}

/// libzmq's -1 is `nil`; each option says what that means to it.
extension Optional: SocketOptionValue where Wrapped: SocketOptionValue & MinusOneIsAbsent {
    package var optionBytes: [UInt8]? {
        guard let value = self else { return Int32(-1).optionBytes }
        return value.optionBytes
    }

    package static var optionSize: Int { Wrapped.optionSize }

    package init?(optionBytes: [UInt8]) {
        if Int32(optionBytes: optionBytes) == -1 {
            self = .none
        } else if let value = Wrapped(optionBytes: optionBytes) {
            self = .some(value)
        } else {
            return nil
        }
    }
}

/// A type whose values leave room for -1 beside them.
package protocol MinusOneIsAbsent {}
extension Bool: MinusOneIsAbsent {}
extension Duration: MinusOneIsAbsent {}

/// Without an inner NUL, and at most 255 bytes.
extension String: SocketOptionValue {
    package var optionBytes: [UInt8]? {
        utf8.contains(0) || utf8.count > 255 ? nil : Array(utf8)
    }

    package static var optionSize: Int { 1024 }

    package init?(optionBytes: [UInt8]) {
        self.init(decoding: optionBytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}

/// At most 255 bytes.
extension Array: SocketOptionValue where Element == UInt8 {
    package var optionBytes: [UInt8]? { count > 255 ? nil : self }

    package static var optionSize: Int { 256 }

    package init?(optionBytes: [UInt8]) { self = optionBytes }
}
