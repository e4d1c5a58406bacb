// Certificates for tests, from `Tests/Certificates`.

import Foundation

/// A certificate with its key, as PEM.
struct TestCertificate {
    let certificate: String
    let key: String

    init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }

    private init(_ name: String) throws {
        self.init(
            certificate: try Repository.text("Tests/Certificates/\(name).pem"),
            key: try Repository.text("Tests/Certificates/\(name).key"))
    }

    static var one: TestCertificate { get throws { try TestCertificate("one") } }
    static var two: TestCertificate { get throws { try TestCertificate("two") } }
    /// Of whom the others are; it signs no more.
    static var authority: TestCertificate {
        get throws {
            TestCertificate(
                certificate: try Repository.text("Tests/Certificates/authority.pem"), key: "")
        }
    }
}
