// HTTP over TLS: whom clients find there, and what becomes of a certificate that is renewed.

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import ScrivenerModel
import Testing

@testable import ScrivenerHTTP

@Suite(.timeLimit(.minutes(1)))
struct TLSTests {
    private static func write(_ certificate: TestCertificate, to folder: TokenFolder) throws {
        for (name, text) in [("tls.pem", certificate.certificate), ("tls.key", certificate.key)] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path(name)))
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o600], ofItemAtPath: folder.path(name))
        }
    }

    private static func identity(_ folder: TokenFolder) throws -> TLSIdentity {
        try TLSIdentity(certificate: folder.path("tls.pem"), key: folder.path("tls.key"))
    }

    /// A client that trusts the certificate that it wants to see, and no other.
    private static func status(
        trusting certificate: TestCertificate, _ server: TestServer, host: String = "localhost",
        headers: [String: String] = [:], change: (inout TLSConfiguration) -> Void = { _ in }
    ) async throws -> UInt {
        var configuration = HTTPClient.Configuration()
        configuration.httpVersion = .http1Only
        var tls = TLSConfiguration.makeClientConfiguration()
        let bytes = Array(certificate.certificate.utf8)
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(bytes))
        change(&tls)
        configuration.tlsConfiguration = tls
        configuration.connectionPool.retryConnectionEstablishment = false
        return try await HTTPClient.withHTTPClient(configuration: configuration) { http in
            var request = HTTPClientRequest(url: "https://\(host):\(server.port)/v1/status")
            for (name, value) in headers { request.headers.add(name: name, value: value) }
            let response = try await http.execute(request, timeout: .seconds(30))
            _ = try await response.body.collect(upTo: 1 << 20)
            return response.status.code
        }
    }

    @Test func theAPIIsServedWithItsCertificate() async throws {
        let folder = try TokenFolder()
        try Self.write(TestCertificate.one, to: folder)
        var security = try folder.security()
        security.identity = try Self.identity(folder)
        try await TestServer.run(security: security) { server in
            for host in ["localhost", "127.0.0.1"] {
                let status = try await Self.status(
                    trusting: TestCertificate.authority, server, host: host,
                    headers: folder.header("read"))
                #expect(status == 200)
            }
            let stranger = try await Self.status(trusting: TestCertificate.authority, server)
            #expect(stranger == 401)
        }
    }

    @Test func oldVersionsAndStrangersAreRefused() async throws {
        let folder = try TokenFolder()
        try Self.write(TestCertificate.one, to: folder)
        let security = HTTPSecurity(identity: try Self.identity(folder))
        try await TestServer.run(security: security) { server in
            await #expect(throws: (any Error).self) {
                try await Self.status(trusting: TestCertificate.authority, server) {
                    $0.minimumTLSVersion = .tlsv1
                    $0.maximumTLSVersion = .tlsv11
                }
            }
            await #expect(throws: (any Error).self) {
                try await Self.status(trusting: TestCertificate.two, server)
            }
            let status = try await Self.status(trusting: TestCertificate.authority, server) {
                $0.maximumTLSVersion = .tlsv12
            }
            #expect(status == 200)
            // Clear text is no beginning of TLS.
            let answer = try? await server.get("/healthz")
            #expect(answer == nil)
        }
    }

    /// A certificate is renewed in place, and nobody restarts the coordinator.
    @Test func aRenewedCertificateIsTaken() async throws {
        let folder = try TokenFolder()
        try Self.write(TestCertificate.one, to: folder)
        let identity = try Self.identity(folder)
        let one = try Self.certificate(TestCertificate.one)
        let two = try Self.certificate(TestCertificate.two)
        try await TestServer.run(security: HTTPSecurity(identity: identity)) { server in
            let first = try await Self.seen(server)
            #expect(first == one)
            let hasChanged = try identity.reload()
            #expect(!hasChanged)
            try Self.write(TestCertificate.two, to: folder)
            _ = try identity.reload()
            let second = try await Self.seen(server)
            #expect(second == two)
            // Half of a renewal is none.
            try Data(TestCertificate.one.certificate.utf8)
                .write(to: URL(fileURLWithPath: folder.path("tls.pem")))
            #expect(throws: ScrivenerError.self) { try identity.reload() }
            let third = try await Self.seen(server)
            #expect(third == two)
        }
    }

    /// The certificate that a client sees who trusts everybody.
    private static func seen(_ server: TestServer) async throws -> NIOSSLCertificate? {
        let (certificates, teller) = AsyncStream.makeStream(of: NIOSSLCertificate.self)
        let context = try NIOSSLContext(configuration: .makeClientConfiguration())
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(
                            context: context, serverHostname: "localhost",
                            customVerificationCallback: { chain, promise in
                                if let first = chain.first { teller.yield(first) }
                                promise.succeed(.certificateVerified)
                            }))
                }
            }.connect(host: "127.0.0.1", port: server.port).get()
        let first = await certificates.first { _ in true }
        try? await channel.close()
        return first
    }

    private static func certificate(_ test: TestCertificate) throws -> NIOSSLCertificate? {
        try NIOSSLCertificate.fromPEMBytes(Array(test.certificate.utf8)).first
    }

    @Test func filesThatCannotBeUsedAreToldBeforeAnythingBinds() throws {
        let folder = try TokenFolder()
        #expect(throws: ScrivenerError.self) { try Self.identity(folder) }
        try Self.write(
            TestCertificate(
                certificate: TestCertificate.one.certificate, key: TestCertificate.two.key),
            to: folder)
        let mixed = #expect(throws: ScrivenerError.self) { try Self.identity(folder) }
        #expect(mixed?.mistakes.first?.path == "tls-key")
        try Self.write(TestCertificate(certificate: "no", key: TestCertificate.one.key), to: folder)
        let none = #expect(throws: ScrivenerError.self) { try Self.identity(folder) }
        #expect(none?.mistakes.first?.path == "tls-certificate")
        try Self.write(TestCertificate.one, to: folder)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o640], ofItemAtPath: folder.path("tls.key"))
        let open = #expect(throws: ScrivenerError.self) { try Self.identity(folder) }
        #expect(open?.message.contains("chmod 600") == true)
    }

    /// Who connects and says nothing does not keep the connection.
    @Test func aClientThatBeginsNoHandshakeIsClosed() async throws {
        let folder = try TokenFolder()
        try Self.write(TestCertificate.one, to: folder)
        let configuration = HTTPConfiguration(idleTimeout: .milliseconds(200))
        let security = HTTPSecurity(identity: try Self.identity(folder))
        try await TestServer.run(configuration, security: security) { server in
            try await RawClient.connect(port: server.port) { connection in
                _ = try? await connection.readToEnd()
            }
        }
    }
}
