// What workers and clients say, in the log.

import Testing

@testable import ScrivenerShell

@Suite struct LogStreamTests {
    @Test(arguments: [
        ("2026-01-01 info: worker=w1 joined\n", "2026-01-01 info: worker=w1 joined\n"),
        ("tabs\tand ünïcödé 😀\n", "tabs\tand ünïcödé 😀\n"),
        // Errors with several mistakes have a line for each.
        ("wrong\n  at keys: missing\n", "wrong\n  at keys: missing\n"),
        ("id=x\n2026-01-01 info: all is well\n", "id=x\n 2026-01-01 info: all is well\n"),
        ("a\n\n\nb\n", "a\n \n \n b\n"), ("a\r\nb\n", "a\\u{d}\n b\n"),
        ("\u{1B}[2J\u{7}\u{0}\n", "\\u{1b}[2J\\u{7}\\u{0}\n"), ("\u{9B}2J\n", "\\u{9b}2J\n"),
        ("", ""),
    ])
    func nobodyWritesWhatLooksLikeAnotherEvent(event: String, line: String) {
        #expect(LogStream.harmless(event) == line)
    }
}
