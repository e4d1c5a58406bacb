// Lets requests in, or says why not: who has a token of the coordinator's, in the request or behind a log-in,
// and whether its scope is enough for the route. Whoever is refused learns what is missing and nothing of
// what there is.

import Hummingbird
import Logging
import NIOCore
import ScrivenerModel
import ScrivenerSecurity
import ScrivenerShell
import Synchronization

/// Decides about requests. From any thread.
final class AccessGuard: Sendable {
    private struct State: Sendable {
        var failures = FailedAttempts()
        var logins = LoginSessions()
    }

    private let tokens: APITokenBook?
    private let metrics: any MetricsSource
    private let logger: Logger
    private let clock: @Sendable () -> Moment
    private let state = Mutex(State())

    let cookie: LoginCookie

    init(
        tokens: APITokenBook?, cookie: LoginCookie, metrics: any MetricsSource, logger: Logger,
        clock: @escaping @Sendable () -> Moment = {
            Moment(instant: BootClock.now, wall: BootClock.wall)
        }
    ) {
        self.tokens = tokens
        self.cookie = cookie
        self.metrics = metrics
        self.logger = logger
        self.clock = clock
    }

    /// Whether anybody needs a token here.
    var isRequired: Bool { tokens?.isRequired ?? false }

    /// - Returns: who asks; `nil` where that does not matter.
    func admit(
        _ request: Request, to access: RouteAccess, from address: SocketAddress?
    ) throws(ScrivenerError) -> Caller? {
        guard let scope = access.scope, let tokens, tokens.isRequired else { return nil }
        let caller: Caller
        switch RequestCredentials(request, cookies: cookie.names) {
        case .token(let text)?: caller = try bearer(text, tokens, from: address)
        case .login(let id)?: caller = try login(TokenDigest(of: id.utf8), tokens)
        case nil:
            throw refusal(.tokenMissing, "this needs an API token: Authorization: Bearer scr_…")
        }
        try require(scope, of: caller)
        return caller
    }

    /// - Parameter caller: `nil` where nobody needs a token.
    func allows(_ scope: TokenScope, _ caller: Caller?) -> Bool {
        caller.map { $0.token.scope >= scope } ?? true
    }

    /// What a route asks of a caller that it has let in: some do more for some.
    ///
    /// - Parameter caller: `nil` where nobody needs a token.
    func require(_ scope: TokenScope, of caller: Caller?) throws(ScrivenerError) {
        guard let token = caller?.token, !allows(scope, caller) else { return }
        throw refusal(
            .scopeMissing,
            "the token \(token.name) has the scope \(token.scope.rawValue), and this needs "
                + scope.rawValue, limit: scope.rawValue, actual: token.scope.rawValue)
    }

    // MARK: Tokens

    private func bearer(
        _ text: String, _ tokens: APITokenBook, from address: SocketAddress?
    ) throws(ScrivenerError) -> Caller {
        let record = try accepted(text, tokens, from: address)
        return Caller(token: record, loginEnds: nil) { [clock] in
            Self.current(record.hash, tokens, at: clock()) != nil
        }
    }

    private func accepted(
        _ text: String, _ tokens: APITokenBook, from address: SocketAddress?
    ) throws(ScrivenerError) -> APITokenRecord {
        let now = clock()
        guard let record = APIToken(text).flatMap({ tokens.record(of: $0.hash) }) else {
            throw failure("there is no such token; it may have been revoked", from: address, now)
        }
        guard !record.hasExpired(at: now.wall) else {
            throw failure("the token \(record.name) has expired", from: address, now)
        }
        return record
    }

    private static func current(
        _ hash: TokenDigest, _ tokens: APITokenBook, at now: Moment
    ) -> APITokenRecord? {
        tokens.record(of: hash).flatMap { $0.hasExpired(at: now.wall) ? nil : $0 }
    }

    // MARK: Log-ins

    /// - Returns: what the cookie is to hold; `nil` where nobody needs a token.
    /// - Throws: `token_invalid`, or `too_many_failures`.
    func logIn(
        _ token: String, from address: SocketAddress?
    ) throws(ScrivenerError) -> (id: String, caller: Caller)? {
        guard let tokens, tokens.isRequired else { return nil }
        let record = try accepted(token, tokens, from: address)
        let (id, login) = state.withLock { $0.logins.begin(with: record.hash, at: clock()) }
        logger.info(
            "somebody has logged in",
            metadata: ["token": "\(record.name)", "address": "\(address?.ipAddress ?? "-")"])
        return (id, caller(login, record, tokens))
    }

    func logOut(_ request: Request) {
        guard case .login(let id)? = RequestCredentials(request, cookies: cookie.names) else {
            return
        }
        state.withLock { $0.logins.end(TokenDigest(of: id.utf8)) }
    }

    private func login(
        _ id: TokenDigest, _ tokens: APITokenBook
    ) throws(ScrivenerError) -> Caller {
        guard let (login, record) = current(login: id, tokens) else {
            // Not counted as a failure: browsers that were left open ask again and again.
            throw refusal(.tokenInvalid, "the log-in has ended; log in again")
        }
        return caller(login, record, tokens)
    }

    private func caller(
        _ login: LoginSessions.Login, _ record: APITokenRecord, _ tokens: APITokenBook
    ) -> Caller {
        Caller(token: record, loginEnds: login.endsWall) { [weak self] in
            self?.current(login: login.id, tokens) != nil
        }
    }

    private func current(
        login id: TokenDigest, _ tokens: APITokenBook
    ) -> (LoginSessions.Login, APITokenRecord)? {
        let now = clock()
        guard let login = state.withLock({ $0.logins.login(id, at: now.instant) }),
            let record = Self.current(login.token, tokens, at: now)
        else { return nil }
        return (login, record)
    }

    // MARK: Refusals

    private func failure(
        _ message: String, from address: SocketAddress?, _ now: Moment
    ) -> ScrivenerError {
        switch state.withLock({ $0.failures.fail(address, at: now.instant) }) {
        case .counted(let isLast):
            if isLast {
                logger.warning(
                    "an address sends tokens that are not valid, and gets no more answers to that",
                    metadata: ["address": "\(address?.ipAddress ?? "-")"])
            }
            return refusal(.tokenInvalid, message)
        case .tooMany(let seconds):
            return refusal(
                .tooManyFailures, "too many tokens that are not valid came from this address",
                retryAfterSeconds: seconds)
        }
    }

    private func refusal(
        _ code: ErrorCode, _ message: String, limit: String? = nil, actual: String? = nil,
        retryAfterSeconds: Int? = nil
    ) -> ScrivenerError {
        metrics.requestRefused(code)
        let mistake = Mistake(code, at: "Authorization", message, limit: limit, actual: actual)
        return ScrivenerError(
            code, message, mistakes: [mistake], retryAfterSeconds: retryAfterSeconds)
    }
}
