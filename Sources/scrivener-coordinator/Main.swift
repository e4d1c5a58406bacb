// `scrivener-coordinator`.

import ScrivenerCoordinatorProgram

@main
enum Main {
    static func main() async { await CoordinatorProgram.main() }
}
