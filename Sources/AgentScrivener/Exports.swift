// What an application needs beside the orchestrator comes with it: the vocabulary of plans and results, and
// what an agent is made of.

@_exported public import ScrivenerAgentKit
@_exported public import ScrivenerModel
