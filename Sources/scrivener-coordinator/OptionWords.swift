// The words of options that choose between a few things.

package import ArgumentParser
package import ScrivenerCore
package import ScrivenerStore

extension Durability: ExpressibleByArgument {}
extension PlacementStrategy: ExpressibleByArgument {}
extension TaskOrdering: ExpressibleByArgument {}
