// Signatures against what others compute.

import Testing

@testable import ScrivenerCoordinator

struct WebhookSignatureTests {
    /// The example of the Standard Webhooks libraries. Whoever verifies with one of them finds our
    /// messages genuine.
    @Test func theSignatureIsThatOfTheSpecification() {
        let header = WebhookSignature.header(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330,
            body: Array(#"{"test": 2432232314}"#.utf8), key: "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        #expect(header == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }
}
