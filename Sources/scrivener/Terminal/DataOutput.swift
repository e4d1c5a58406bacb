// Data on stdout, in the form that was asked for. A document in JSON is what the coordinator sent,
// byte for byte, unless a terminal would show it: then what could steer the terminal is taken out.

import ArgumentParser
import ScrivenerClient
import ScrivenerModel

/// The form of what a command prints on stdout.
enum OutputFormat: String, Sendable, CaseIterable, ExpressibleByArgument {
    /// For people.
    case table
    /// One document.
    case json
    /// One document a line: an item of a list, an event of a stream.
    case jsonl
}

/// Where a command's data goes.
struct DataOutput: Sendable {
    let format: OutputFormat
    private let isTerminal = StandardStream.output.isTerminal

    init(format: OutputFormat) { self.format = format }

    /// The width that tables are laid out to.
    var columns: Int? { isTerminal ? StandardStream.output.columns : nil }

    /// Prints one document.
    func write(document: [UInt8], request: String, table: () -> String) throws {
        switch format {
        case .table: writeText(table())
        case .json: writeLine(document)
        case .jsonl: writeLine(try Self.onOneLine(document, request: request))
        }
    }

    /// Prints a list, made of those in all `documents`: one array, or an item a line.
    func write(documents: [[UInt8]], request: String, table: () -> String) throws {
        guard format != .table else { return writeText(table()) }
        let items = try documents.flatMap { document in
            ListKey.items(in: try APIAnswer.value(document, of: request))
        }
        if format == .json { return writeLine(RawJSON(.array(items)).bytes) }
        for item in items { writeLine(RawJSON(item).bytes) }
    }

    /// Prints one event of a stream, if events are what was asked for.
    func writeEvent(_ json: String) {
        guard format == .jsonl else { return }
        let bytes = Array(json.utf8)
        writeLine((try? Self.onOneLine(bytes, request: "events")) ?? bytes)
    }

    private func writeText(_ text: String) {
        StandardStream.output.write(text)
    }

    private func writeLine(_ bytes: [UInt8]) {
        var line = bytes
        while line.last == 0x0A || line.last == 0x0D { line.removeLast() }
        if isTerminal {
            let text = String(decoding: line, as: UTF8.self)
            line = Array(TerminalText.cleaned(text, keepingLineBreaks: true).utf8)
        }
        StandardStream.output.write(line + [0x0A])
    }

    /// JSON without line breaks between its tokens. Inside strings there are none.
    static func onOneLine(_ document: [UInt8], request: String) throws -> [UInt8] {
        guard document.dropLast().contains(where: { $0 == 0x0A || $0 == 0x0D }) else {
            return document
        }
        return RawJSON(try APIAnswer.value(document, of: request)).bytes
    }
}
