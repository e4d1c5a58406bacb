// An agent that is a shell script, and tasks for it.

import Foundation
import ScrivenerModel

extension ResearchTask {
    /// A task for the agent of `Cluster.startWorker(_:running:)`.
    static func program(
        _ id: String, after dependencies: [String] = [], told description: String = ""
    ) -> ResearchTask {
        ResearchTask(
            taskID: id, taskType: "script", description: description, dependencies: dependencies,
            assignedAgent: "script")
    }
}

extension Cluster {
    /// Starts a worker whose agent `script` is a shell script, and which tells what that says.
    @discardableResult
    func startWorker(
        _ id: String, running script: String, grace seconds: Double = 60
    ) async throws -> RunningProcess {
        let path = folder.path + "/agents/script.sh"
        try folder.write("#!/bin/sh\n" + script + "\n", to: "agents/script.sh")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        try folder.write(
            """
            agents:
              - name: script
                command: ["\(path)"]
                termination_grace_seconds: \(seconds)
            """, to: "agents/agents.yaml")
        return try await startWorker(
            id,
            options: [
                "--agents-file", folder.path + "/agents/agents.yaml", "--log-level", "debug",
            ])
    }
}
