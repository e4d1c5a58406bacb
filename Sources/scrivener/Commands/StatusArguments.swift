// States as arguments, whose words shells complete. The imports are public because the types are.

public import ArgumentParser
public import ScrivenerModel

extension SessionStatus: ExpressibleByArgument {}
extension TaskStatus: ExpressibleByArgument {}
