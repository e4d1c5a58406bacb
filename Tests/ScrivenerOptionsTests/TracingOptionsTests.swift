// Where spans go, as options: what is wrong with them is said before anything starts.

import ArgumentParser
import ScrivenerOptions
import Testing

@Suite struct TracingOptionsTests {
    @Test(arguments: [
        ["--trace-endpoint", "collector:4318"], ["--trace-endpoint", "ftp://collector"],
        ["--trace-ratio", "2"], ["--trace-ratio=-0.5"], ["--trace-ratio", "some"],
    ])
    func whatCannotBeIsRefused(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try TracingOptions.parse(arguments) }
    }

    @Test func whatCanBeIsTaken() throws {
        let options = try TracingOptions.parse([
            "--trace-endpoint", "https://collector/v1/traces", "--trace-ratio", "0.25",
        ])
        #expect(options.traceEndpoint == "https://collector/v1/traces")
        #expect(options.traceRatio == 0.25)
        #expect(try TracingOptions.parse([]).traceEndpoint == nil)
    }
}
