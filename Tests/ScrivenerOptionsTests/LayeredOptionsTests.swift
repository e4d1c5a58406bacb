// Options of a program from its command line, its environment and a file: which of them counts, and what
// is told when one makes no sense.

import ArgumentParser
import ScrivenerModel
import Testing

@testable import ScrivenerOptions

private struct Sample: ParsableCommand {
    @Option var data: String
    @Option var httpPort = 7411
    @Option var tag: [String] = []
    @Option var catalogue: String?
    @Option var agentLimit: [String] = []
    @Flag var insecure = false
    @OptionGroup var layers: LayerOptions
}

struct LayeredOptionsTests {
    private func layers(
        _ arguments: [String] = [], environment: [String: String] = [:], file: String? = nil
    ) throws -> LayeredOptions {
        try LayeredOptions(
            of: Sample.self, program: "sample",
            arguments: arguments + (file == nil ? [] : ["--config", "options.yaml"]),
            environment: environment
        ) { path throws(ScrivenerError) in
            guard let file, path == "options.yaml" else {
                throw ScrivenerError(
                    .configurationInvalid, path,
                    mistakes: [Mistake(.configurationInvalid, at: "", "the file cannot be read")])
            }
            return Array(file.utf8)
        }
    }

    private func setting(_ option: String, in layers: LayeredOptions) throws -> [String] {
        let found = try #require(layers.settings.first { $0.option == option })
        return [found.origin.rawValue, found.place ?? "-"] + found.values
    }

    /// Somebody overrides the file of a fleet for one host, and the host for one try.
    @Test func theNearestPlaceCounts() throws {
        let file = "data: /file\nhttp_port: 1\ncatalogue: [a, b]\n"
        let environment = ["SCRIVENER_SAMPLE_DATA": "/variable", "SCRIVENER_SAMPLE_HTTP_PORT": "2"]
        let all = try layers(["--http-port", "3"], environment: environment, file: file)
        #expect(try setting("http-port", in: all) == ["flag", "-", "3"])
        #expect(
            try setting("data", in: all) == ["environment", "SCRIVENER_SAMPLE_DATA", "/variable"])
        #expect(try setting("catalogue", in: all) == ["file", "options.yaml", "a,b"])
        #expect(try setting("insecure", in: all) == ["default", "-", "false"])
        let parsed = try Sample.parse(all.arguments)
        #expect(parsed.data == "/variable")
        #expect(parsed.httpPort == 3)
        #expect(parsed.catalogue == "a,b")
        #expect(!parsed.insecure)
    }

    /// Nothing is a value as well: `agents: []` is a worker without agents of its own.
    @Test func anEmptyListOfAFileIsAnEmptyValue() throws {
        let all = try layers(file: "data: d\ncatalogue: []\n")
        #expect(try setting("catalogue", in: all) == ["file", "options.yaml", ""])
        let parsed = try Sample.parse(all.arguments)
        #expect(parsed.catalogue == "")
    }

    /// Without any of it the parser gets what was typed, and nothing else.
    @Test func whatWasTypedIsLeftAlone() throws {
        let typed = try layers(["--data=-x", "--tag", "a", "--tag", "b", "--insecure"])
        #expect(typed.arguments == ["--data=-x", "--tag", "a", "--tag", "b", "--insecure"])
        #expect(!typed.hasLowerLayers)
        #expect(try setting("data", in: typed) == ["flag", "-", "-x"])
        #expect(try setting("tag", in: typed) == ["flag", "-", "a", "b"])
        #expect(try setting("insecure", in: typed) == ["flag", "-", "true"])
        #expect(try setting("http-port", in: typed) == ["default", "-", "7411"])
    }

    /// Lists, tables and flags, and values that look like options.
    @Test func everyKindOfValue() throws {
        let file = "data: --odd\ntag: [a, 7]\nagent_limit: {research: 4, echo: 1}\ninsecure: true\n"
        let parsed = try Sample.parse(try layers(file: file).arguments)
        #expect(parsed.data == "--odd")
        #expect(parsed.tag == ["a", "7"])
        #expect(parsed.agentLimit == ["research=4", "echo=1"])
        #expect(parsed.insecure)
        let environment = [
            "SCRIVENER_SAMPLE_TAG": "x,y", "SCRIVENER_SAMPLE_INSECURE": "no",
            "SCRIVENER_SAMPLE_CATALOGUE": "",
        ]
        let nearer = try Sample.parse(try layers(environment: environment, file: file).arguments)
        #expect(nearer.tag == ["x", "y"])
        #expect(!nearer.insecure)
        #expect(nearer.catalogue == nil)
    }

    /// All that is wrong is told at once, each with its place; an option that is not there with what may
    /// have been meant.
    @Test func everyMistakeIsTold() throws {
        let environment = ["SCRIVENER_SAMPLE_INSECURE": "perhaps"]
        let error = #expect(throws: ScrivenerError.self) {
            try layers(
                environment: environment, file: "http_prot: 1\ndata: {a: b}\ntag: null\nconfig: x\n"
            )
        }
        #expect(error?.code == .configurationInvalid)
        #expect(
            error?.mistakes.map { "\($0.path): \($0.message)" } == [
                "options.yaml/http_prot: there is no such option; did you mean http_port?",
                "options.yaml/data: must be one value",
                "options.yaml/tag: must be a text or a number",
                "options.yaml/config: there is no such option",
                "SCRIVENER_SAMPLE_INSECURE: is neither true nor false",
            ])
    }

    @Test(arguments: [
        "- a\n", "a: [\n", "a: 1\na: 2\n", String(repeating: "#", count: 1 << 20 + 1),
    ])
    func aFileThatIsNone(text: String) throws {
        let error = #expect(throws: ScrivenerError.self) { try layers(file: text) }
        #expect(error?.mistakes.count == 1)
        #expect(error?.mistakes.first?.path.hasPrefix("options.yaml") == true)
    }

    @Test(arguments: ["", "# nothing yet\n"])
    func aFileThatSetsNothing(text: String) throws {
        #expect(try layers(file: text).hasLowerLayers == false)
    }

    @Test func aFileThatIsNotThere() throws {
        let error = #expect(throws: ScrivenerError.self) {
            try layers(environment: ["SCRIVENER_SAMPLE_CONFIG": "/nowhere"])
        }
        #expect(error?.mistakes.map(\.path) == ["/nowhere"])
    }
}
