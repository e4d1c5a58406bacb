// The requests that the commands make. Answers come back as the bytes that the coordinator sent, so
// that `--output json` and `results.json` are its words and not ours, and are decoded beside that.

import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix
import ScrivenerModel

/// A connection to one coordinator.
struct APIClient: Sendable {
    /// The largest answer that is taken.
    static let maximumAnswerBytes = 512 << 20
    /// How long a request may take altogether, other than the stream of events.
    static let requestTimeout = TimeAmount.seconds(120)
    static let connectTimeout = TimeAmount.seconds(10)
    /// How long a connection may be silent. Event streams are kept awake by comments.
    static let idleTimeout = TimeAmount.seconds(60)

    let address: CoordinatorAddress
    private let http: HTTPClient

    /// Connects for the time that `body` runs.
    static func connected<Result>(
        to address: CoordinatorAddress, _ body: (APIClient) async throws -> Result
    ) async throws -> Result {
        var configuration = HTTPClient.Configuration(
            timeout: .init(connect: connectTimeout, read: idleTimeout))
        configuration.httpVersion = .http1Only
        // Otherwise a refused connection is tried again, silently, until the timeout.
        configuration.connectionPool.retryConnectionEstablishment = false
        return try await HTTPClient.withHTTPClient(configuration: configuration) { http in
            try await body(APIClient(address: address, http: http))
        }
    }

    // MARK: Requests

    /// - Throws: `APIError`.
    func get(
        _ parts: [String], query: [(name: String, value: String)] = []
    ) async throws -> [UInt8] {
        try await send(HTTPClientRequest(url: address.url(parts, query: query)))
    }

    /// - Throws: `APIError`.
    func post(
        _ parts: [String], headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) async throws -> [UInt8] {
        var request = HTTPClientRequest(url: address.url(parts))
        request.method = .POST
        for header in headers { request.headers.add(name: header.name, value: header.value) }
        request.body = .bytes(ByteBuffer(bytes: body))
        return try await send(request)
    }

    /// Asks without a body: for the status, whatever it is, and for when the coordinator says it is.
    ///
    /// - Throws: `APIError`.
    func head(_ parts: [String]) async throws -> (status: Int, date: String?) {
        var request = HTTPClientRequest(url: address.url(parts))
        request.method = .HEAD
        do {
            let response = try await http.execute(
                request, deadline: .now() + Self.requestTimeout)
            return (Int(response.status.code), response.headers.first(name: "Date"))
        } catch {
            throw classified(error)
        }
    }

    /// Opens the stream of a session's progress. The answer's body has to be read or dropped.
    ///
    /// - Throws: `APIError`.
    func openEvents(
        session: String, lastEventID: String?
    ) async throws -> HTTPClientResponse.Body {
        try await openStream(
            ["v1", "sessions", session, "events"], query: [("events", "progress")],
            lastEventID: lastEventID)
    }

    /// Opens a stream of events. The answer's body has to be read or dropped.
    ///
    /// - Throws: `APIError`.
    func openStream(
        _ parts: [String], query: [(name: String, value: String)], lastEventID: String?
    ) async throws -> HTTPClientResponse.Body {
        var request = HTTPClientRequest(url: address.url(parts, query: query))
        request.headers.add(name: "Accept", value: "text/event-stream")
        if let lastEventID { request.headers.add(name: "Last-Event-ID", value: lastEventID) }
        let response = try await begin(request, deadline: .distantFuture)
        let type = response.headers.first(name: "Content-Type") ?? "nothing"
        guard type.lowercased().hasPrefix("text/event-stream") else {
            throw APIError.unreadable(
                request: Self.name(request, at: address), reason: "it is \(type), not a stream")
        }
        return response.body
    }

    /// Asks for something that is described by the head of the answer.
    ///
    /// - Throws: `APIError`.
    func getWithHeaders(
        _ parts: [String], query: [(name: String, value: String)]
    ) async throws -> (headers: HTTPHeaders, body: [UInt8]) {
        let response = try await begin(
            HTTPClientRequest(url: address.url(parts, query: query)),
            deadline: .now() + Self.requestTimeout)
        return (
            response.headers, try await collect(response, limit: Self.maximumAnswerBytes)
        )
    }

    private func send(_ request: HTTPClientRequest) async throws -> [UInt8] {
        let response = try await begin(request, deadline: .now() + Self.requestTimeout)
        return try await collect(response, limit: Self.maximumAnswerBytes)
    }

    /// Sends the request and reads the head of the answer. Error answers are thrown.
    private func begin(
        _ original: HTTPClientRequest, deadline: NIODeadline
    ) async throws -> HTTPClientResponse {
        var request = original
        request.headers.add(name: "User-Agent", value: "scrivener/\(Scrivener.version)")
        let response: HTTPClientResponse
        do {
            response = try await http.execute(request, deadline: deadline)
        } catch {
            throw classified(error)
        }
        guard !(200..<300).contains(response.status.code) else { return response }
        let body = try await collect(response, limit: 1 << 20)
        throw APIError.problem(
            .read(status: Int(response.status.code), body: body),
            request: Self.name(request, at: address))
    }

    private func collect(_ response: HTTPClientResponse, limit: Int) async throws -> [UInt8] {
        do {
            let buffer = try await response.body.collect(upTo: limit)
            return Array(buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw APIError.broken(address, reason: "it is larger than \(limit >> 20) MiB")
        } catch {
            throw classified(error)
        }
    }

    // MARK: Errors

    /// Cancellation stays what it is; everything else becomes an `APIError`.
    func classified(_ error: any Error) -> any Error {
        if error is CancellationError || error is APIError { return error }
        if Task.isCancelled { return CancellationError() }
        if let error = error as? NIOConnectionError {
            if let failure = error.connectionErrors.first {
                return classified(failure.error)
            }
            let reason = error.dnsAError ?? error.dnsAAAAError
            return APIError.unresolved(
                address, reason: reason.map { "\($0)" } ?? "no address")
        }
        if let error = error as? IOError {
            return error.errnoCode == ECONNREFUSED
                ? APIError.refused(address) : APIError.broken(address, reason: "\(error)")
        }
        switch error as? HTTPClientError {
        case .connectTimeout?:
            return APIError.broken(address, reason: "no connection within 10 s")
        case .readTimeout?, .deadlineExceeded?:
            return APIError.broken(address, reason: "no answer in time")
        case .remoteConnectionClosed?:
            return APIError.broken(address, reason: "the connection was closed")
        default:
            return APIError.broken(address, reason: "\(error)")
        }
    }

    static func name(_ request: HTTPClientRequest, at address: CoordinatorAddress) -> String {
        "\(request.method.rawValue) \(request.url.dropFirst(address.base.count))"
    }
}

/// Reading what the API answers.
enum APIAnswer {
    /// - Throws: `APIError.unreadable`.
    static func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: [UInt8], of request: String
    ) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw APIError.unreadable(request: request, reason: reason(error))
        }
    }

    /// - Throws: `APIError.unreadable`.
    static func value(_ bytes: [UInt8], of request: String) throws -> JSONValue {
        do {
            return try RawJSON(bytes).value()
        } catch {
            throw APIError.unreadable(
                request: request, reason: "\(error.reason.rawValue) at byte \(error.offset)")
        }
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        let context: DecodingError.Context
        var missing = ""
        switch error {
        case .keyNotFound(let key, let found):
            context = found
            missing = "\(key.stringValue) is missing"
        case .typeMismatch(_, let found), .valueNotFound(_, let found),
            .dataCorrupted(let found):
            context = found
        @unknown default: return "\(error)"
        }
        let path = context.codingPath.map { "/\($0.intValue.map(String.init) ?? $0.stringValue)" }
        return (path.isEmpty ? "" : path.joined() + ": ")
            + (missing.isEmpty ? context.debugDescription : missing)
    }
}
