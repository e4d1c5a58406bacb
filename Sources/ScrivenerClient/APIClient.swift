// The requests that programs make of a coordinator. Answers come back as the bytes that it sent, so that
// whoever shows or keeps them shows its words and not ours, and are decoded beside that.

package import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOPosix
import NIOSSL
import ScrivenerOutbound
import ScrivenerSecurity

/// A connection to one coordinator.
package struct APIClient: Sendable {
    /// The largest answer that is taken.
    static let maximumAnswerBytes = 512 << 20
    /// How long a request may take altogether, other than the stream of events.
    static let requestTimeout = TimeAmount.seconds(120)
    static let connectTimeout = TimeAmount.seconds(10)
    /// How long a connection may be silent. Event streams are kept awake by comments.
    static let idleTimeout = TimeAmount.seconds(60)

    package let address: CoordinatorAddress
    private let program: String
    private let access: ClientAccess
    private let http: HTTPClient

    /// Connects for the time that `body` runs.
    ///
    /// - Parameters:
    ///   - program: who asks, as `name/version`.
    ///   - access: what is shown to the coordinator, and whom it is taken for.
    ///   - connections: how many there may be at once. Each stream of events holds one; requests that find none
    ///     wait.
    package static func connected<Result>(
        to address: CoordinatorAddress, as program: String, access: ClientAccess = .anonymous,
        connections: Int = 8,
        _ body: (APIClient) async throws -> Result
    ) async throws -> Result {
        var configuration = HTTPClient.Configuration(
            timeout: .init(connect: connectTimeout, read: idleTimeout))
        configuration.httpVersion = .http1Only
        configuration.tlsConfiguration = access.tlsConfiguration
        // A coordinator sends nobody elsewhere; whoever does would get the token as well.
        configuration.redirectConfiguration = .disallow
        // Otherwise a refused connection is tried again, silently, until the timeout.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connections
        // Within a host bytes cost less than the time that it takes to have fewer.
        if !address.isLoopback {
            configuration.decompression = .enabled(limit: .size(maximumAnswerBytes))
        }
        return try await HTTPClient.withHTTPClient(configuration: configuration) { http in
            try await body(
                APIClient(address: address, program: program, access: access, http: http))
        }
    }

    // MARK: Requests

    /// - Throws: `APIError`.
    package func get(
        _ parts: [String], query: [(name: String, value: String)] = []
    ) async throws -> [UInt8] {
        try await send(HTTPClientRequest(url: address.url(parts, query: query)))
    }

    /// - Throws: `APIError`.
    package func post(
        _ parts: [String], query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) async throws -> [UInt8] {
        var request = HTTPClientRequest(url: address.url(parts, query: query))
        request.method = .POST
        for header in headers { request.headers.add(name: header.name, value: header.value) }
        request.body = .bytes(ByteBuffer(bytes: body))
        return try await send(request)
    }

    /// Asks without a body: for the status, whatever it is, and for when the coordinator says it is.
    ///
    /// - Throws: `APIError`.
    package func head(_ parts: [String]) async throws -> (status: Int, date: String?) {
        var request = HTTPClientRequest(url: address.url(parts))
        request.method = .HEAD
        authorize(&request)
        do {
            let response = try await http.execute(
                request, deadline: .now() + Self.requestTimeout)
            return (Int(response.status.code), response.headers.first(name: "Date"))
        } catch {
            throw classified(error)
        }
    }

    /// Opens a stream of events. The answer's body has to be read or dropped.
    ///
    /// - Throws: `APIError`.
    package func openEvents(
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

    /// Sends a message of another protocol. Its answer may be a stream, which lasts as long as it does.
    ///
    /// - Parameter hear: gets the data of each event of a stream.
    /// - Returns: an answer that is no stream, whatever its status; `nil` after a stream.
    /// - Throws: `APIError`.
    package func exchange(
        _ parts: [String], headers: [(name: String, value: String)], body: [UInt8],
        hear: @Sendable (String) async -> Void
    ) async throws -> (status: Int, body: [UInt8])? {
        var request = HTTPClientRequest(url: address.url(parts))
        request.method = .POST
        for header in headers { request.headers.add(name: header.name, value: header.value) }
        request.headers.add(name: "User-Agent", value: program)
        authorize(&request)
        request.body = .bytes(ByteBuffer(bytes: body))
        do {
            let response = try await http.execute(request, deadline: .distantFuture)
            let type = response.headers.first(name: "Content-Type")?.lowercased() ?? ""
            guard type.hasPrefix("text/event-stream") else {
                let body = try await collect(response, limit: Self.maximumAnswerBytes)
                return (Int(response.status.code), body)
            }
            var parser = EventStreamParser()
            for try await piece in response.body {
                for event in try parser.append(piece.readableBytesView)
                where event.name == "message" {
                    await hear(event.data)
                }
            }
            return nil
        } catch {
            throw classified(error)
        }
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
        request.headers.add(name: "User-Agent", value: program)
        authorize(&request)
        let response: HTTPClientResponse
        do {
            response = try await http.execute(request, deadline: deadline)
        } catch {
            throw classified(error)
        }
        guard !(200..<300).contains(response.status.code) else { return response }
        let body = try await collect(response, limit: 1 << 20)
        var problem = APIProblem.read(status: Int(response.status.code), body: body)
        problem.retryAfterSeconds = response.headers.first(name: "Retry-After")
            .flatMap { Int($0) }
        throw APIError.problem(problem, request: Self.name(request, at: address))
    }

    private func authorize(_ request: inout HTTPClientRequest) {
        guard let token = access.token else { return }
        request.headers.add(name: "Authorization", value: "Bearer \(token.text)")
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
    package func classified(_ error: any Error) -> any Error {
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
        if error is NIOSSLError || error is NIOSSLExtraError || error is BoringSSLError {
            return APIError.untrusted(address, reason: "\(error)")
        }
        switch error as? HTTPClientError {
        case .connectTimeout?:
            return APIError.broken(address, reason: "no connection within 10 s")
        case .readTimeout?, .deadlineExceeded?:
            return APIError.broken(address, reason: "no answer in time")
        case .remoteConnectionClosed?:
            return APIError.broken(address, reason: "the connection was closed")
        case .alreadyShutdown?, .cancelled?: return APIError.closed(address)
        default:
            return APIError.broken(address, reason: "\(error)")
        }
    }

    private static func name(
        _ request: HTTPClientRequest, at address: CoordinatorAddress
    ) -> String {
        "\(request.method.rawValue) \(request.url.dropFirst(address.base.count))"
    }
}
