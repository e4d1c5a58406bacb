// What agents say while they run, on its way from the socket to those who look on: past the machine, since it
// is no fact. The machine is only asked whose it is.

import ScrivenerCore
import ScrivenerHTTP
import ScrivenerModel

/// Takes output in.
struct OutputIntake {
    let tails: OutputTails

    /// What an attempt says that is not live on its worker, or is over, is nobody's.
    func take(
        _ said: [AttemptOutput], from connection: ConnectionID, epoch: Int64,
        core: OrchestratorCore
    ) {
        tails.append(
            said.compactMap { each in
                core.task(of: each.attempt, on: connection, epoch: epoch).map { task in
                    OutputPiece(
                        origin: OutputOrigin(
                            sessionID: task.sessionID, taskID: task.taskID,
                            attempt: Int(each.attempt.attempt)),
                        session: each.attempt.session, text: each.text,
                        droppedBytes: each.droppedBytes)
                }
            })
    }
}
