// The cluster end to end: coordinator, workers and command line as real processes that are killed,
// stopped and started again. What the other tests show of machines, stores and wires, these show of
// the programs that people run.
//
// The programs are taken from the environment's SCRIVENER_BIN_DIR, otherwise from beside the test
// bundle, where the build puts them. The logs of a test's processes are attached to it:
// `swift test --filter ClusterTests --attachments-path DIRECTORY` keeps them.

import ScrivenerModel
import Testing

/// One at a time: each test has several processes, and its machine few cores. Under a sanitizer they take their
/// time.
@Suite(.serialized, .timeLimit(.minutes(ResearchTask.pace > 1 ? 5 : 1)))
enum ClusterTests {}
