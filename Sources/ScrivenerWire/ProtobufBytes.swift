// SwiftProtobuf keeps `bytes` fields in Foundation's `Data`; the rest of the code keeps bytes in
// arrays. This is the only file that knows both.

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension ProtoDispatch {
    var arenaBytes: [UInt8] {
        get { [UInt8](arena) }
        set { arena = Data(newValue) }
    }
}

extension ProtoResults {
    var arenaBytes: [UInt8] {
        get { [UInt8](arena) }
        set { arena = Data(newValue) }
    }
}

extension ProtoHeartbeat {
    var progressArenaBytes: [UInt8] {
        get { [UInt8](progressArena) }
        set { progressArena = Data(newValue) }
    }
}

extension ProtoHealthTable {
    var arenaBytes: [UInt8] {
        get { [UInt8](arena) }
        set { arena = Data(newValue) }
    }
}

extension ProtoCheckpoints {
    var arenaBytes: [UInt8] {
        get { [UInt8](arena) }
        set { arena = Data(newValue) }
    }
}

extension ProtoOutput {
    var arenaBytes: [UInt8] {
        get { [UInt8](arena) }
        set { arena = Data(newValue) }
    }
}

extension ProtoAnnex {
    var proposedTasksBytes: [UInt8] {
        get { [UInt8](proposedTasks) }
        set { proposedTasks = Data(newValue) }
    }
}

extension ProtoWelcome {
    var redialKeyBytes: [UInt8] {
        get { [UInt8](redialKey) }
        set { redialKey = Data(newValue) }
    }
}

extension ProtoEnrol {
    var tokenBytes: [UInt8] {
        get { [UInt8](token) }
        set { token = Data(newValue) }
    }
}
