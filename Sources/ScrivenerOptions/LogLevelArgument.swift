// Levels of logging as values of an option. The imports are public because the types are.

public import ArgumentParser
public import Logging

extension Logger.Level: @retroactive ExpressibleByArgument {}
