// The words of options that choose between a few things.

import ArgumentParser
package import ScrivenerCoordinator
package import ScrivenerCore
package import ScrivenerStore

extension Durability: ExpressibleByArgument {}
extension PlacementStrategy: ExpressibleByArgument {}
extension TaskOrdering: ExpressibleByArgument {}
extension WebhookReach: ExpressibleByArgument {}
