// `scrivener exec-bound`, which people do not call: becomes another program, bound to die with the
// process that started it. `cluster` starts its children through it, so that none is left when
// `scrivener` is killed with `kill -9`.
//
// PR_SET_PDEATHSIG survives `execve` of a program that is not set-user-id, and is not inherited by
// further children. Between fork and `prctl` the parent may already have gone, hence the look at
// the parent's id after it. Only Linux has it; elsewhere the program is run without the bond.

import ArgumentParser

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

struct BoundExecutionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec-bound", abstract: "Become a program that dies with its parent.",
        shouldDisplay: false)

    /// Exit codes of shells for a program that is not there, and one that cannot be executed.
    static let notFound: Int32 = 127
    static let notExecutable: Int32 = 126

    @Option var parent: Int32

    @Argument(parsing: .postTerminator)
    var command: [String]

    /// The command line that becomes `program`.
    static func arguments(parent: Int32, program: String, arguments: [String]) -> [String] {
        ["exec-bound", "--parent", String(parent), "--", program] + arguments
    }

    func run() throws {
        guard let program = command.first else { throw ExitCode(ExitStatus.usage.rawValue) }
        try bind()
        var arguments = command.map { strdup($0) }
        arguments.append(nil)
        execvp(program, arguments)
        let code = errno
        StandardStream.error.write("scrivener: \(program): \(SystemError.text(code))\n")
        throw ExitCode(code == ENOENT ? Self.notFound : Self.notExecutable)
    }

    private func bind() throws {
        #if os(Linux)
            // `prctl` takes a variable number of arguments, and Swift imports no such function.
            // Called through a pointer with five, which is what the system call takes: on the
            // platforms that Swift has for Linux, integers are passed alike either way.
            typealias Prctl =
                @convention(c) (CInt, CUnsignedLong, CUnsignedLong, CUnsignedLong, CUnsignedLong)
                -> CInt
            let parentDeathSignal: CInt = 1  // PR_SET_PDEATHSIG
            guard let symbol = dlsym(nil, "prctl") else {
                throw CommandFailure("prctl is missing: children could outlive this process")
            }
            let prctl = unsafeBitCast(symbol, to: Prctl.self)
            guard prctl(parentDeathSignal, CUnsignedLong(SIGKILL), 0, 0, 0) == 0 else {
                throw CommandFailure("prctl: \(SystemError.text(errno))")
            }
            guard getppid() == parent else { throw ExitCode(ExitStatus.error.rawValue) }
        #endif
    }
}
