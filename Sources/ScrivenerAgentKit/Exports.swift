// Whoever writes an agent imports this module alone: tasks, results and failures are its vocabulary.

@_exported public import ScrivenerModel
