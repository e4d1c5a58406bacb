// The coordinator as a program, for whoever starts it: `scrivener-coordinator`, and `scrivener` where it goes by
// that name.

import ScrivenerOptions

package enum CoordinatorProgram {
    package static let name = "scrivener-coordinator"

    /// Whether this process was started by that name. Containers have one file for both programs: each has all
    /// of the coordinator in it, and the Swift runtime.
    package static var isCalled: Bool {
        CommandLine.arguments.first?.split(separator: "/").last.map(String.init) == name
    }

    /// Reads the process's options, runs, and ends the process with its code where that fails.
    package static func main() async {
        await LayeredProgram.main(ScrivenerCoordinatorCommand.self, program: "coordinator")
    }
}
