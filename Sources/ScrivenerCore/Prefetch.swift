// The machine's columns are larger than a processor's caches, and what an event touches of them lies
// far apart: to wait for it would take longer than all that is done with it. So what will be looked at
// is named as soon as it is known, and fetched while other things are done. Nothing depends on it.

import CPrefetch

extension Array {
    /// Lets the processor fetch an element that will be asked for soon.
    ///
    /// - Parameter place: need not be one of the array.
    @inline(always)
    func anticipate(_ place: Int) {
        guard place >= 0, place < count else { return }
        // Told outside, so that the array need not be kept for it.
        let element = withUnsafeBufferPointer { elements in
            elements.baseAddress.map { UnsafeRawPointer($0 + place) }
        }
        scrivener_prefetch(element)
    }
}
