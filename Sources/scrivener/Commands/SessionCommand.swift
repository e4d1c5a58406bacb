// `scrivener session …`: the commands about sessions.

import ArgumentParser

struct SessionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session", abstract: "Submit, watch, steer, read and cancel sessions.",
        subcommands: [
            SessionSubmitCommand.self, SessionRerunCommand.self, SessionWatchCommand.self,
            SessionListCommand.self, SessionGetCommand.self, SessionResultsCommand.self,
            SessionTasksCommand.self, SessionExplainCommand.self, SessionDiagnoseCommand.self,
            SessionCallbacksCommand.self, SessionPauseCommand.self, SessionResumeCommand.self,
            SessionPrioritizeCommand.self, SessionCancelCommand.self,
        ])
}
