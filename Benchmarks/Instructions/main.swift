// scrivener-instructions: parts of the software for `scripts/bench-check`, which runs this under callgrind. Seconds
// tell little on a machine that does other things as well; instructions are the same in each run.
//
//     scrivener-instructions
//
// Prints what is counted, a line each: its name and how many times it was done. Under callgrind the counts
// are in a dump of that name each. Synchronous, as an asynchronous `main` does not survive valgrind.

import CCallgrind

/// Where callgrind counts, and what.
enum Counted {
    private static nonisolated(unsafe) var isCounting = false

    static func start() {
        precondition(!isCounting, "one thing at a time is counted")
        isCounting = true
        scrivener_callgrind_toggle()
    }

    static func stop() {
        scrivener_callgrind_toggle()
        isCounting = false
    }

    /// - Parameter times: what the count is to be divided by.
    static func end(_ name: String, times: Int) {
        scrivener_callgrind_dump(name)
        print(name, times)
    }
}

guard scrivener_callgrind_is_known != 0 else {
    fatalError("built without valgrind/callgrind.h: install valgrind, and build from scratch")
}
CountedCore.run()
let recording = try Recording(tasks: 10_000, bytes: 200)
try CountedCodec.run(recording)
try CountedPlan.run(recording)
try CountedLoop.run(recording)
