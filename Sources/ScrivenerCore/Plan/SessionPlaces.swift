// Where what belongs to a session lies in an array, without hashing: sessions are numbered in order,
// so the open ones lie in a window, and an array over the window says which place is whose.

/// Places by session number.
struct SessionPlaces: Sendable {
    /// Place of number `base + index`, or -1.
    private var places: [Int32] = []
    private var base: Int64 = 1
    private(set) var count = 0

    /// The numbers that have a place, in order.
    var numbers: [Int64] {
        places.indices.filter { places[$0] >= 0 }.map { base + Int64($0) }
    }

    /// The largest number that has, or had, a place in the window.
    var latest: Int64 { base + Int64(places.count) - 1 }

    @inline(always)
    subscript(number: Int64) -> Int? {
        let (index, overflow) = number.subtractingReportingOverflow(base)
        guard !overflow, index >= 0, index < places.count, places[Int(index)] >= 0 else {
            return nil
        }
        return Int(places[Int(index)])
    }

    mutating func insert(_ number: Int64, at place: Int) {
        precondition(self[number] == nil, "session \(number) has a place already")
        if places.isEmpty { base = number }
        if number < base {
            places.insert(contentsOf: repeatElement(-1, count: Int(base - number)), at: 0)
            base = number
        }
        while latest < number { places.append(-1) }
        places[Int(number - base)] = Int32(place)
        count += 1
    }

    /// - Returns: the place that is vacant now.
    @discardableResult
    mutating func remove(_ number: Int64) -> Int? {
        guard let place = self[number] else { return nil }
        places[Int(number - base)] = -1
        count -= 1
        trim()
        return place
    }

    /// Lets the window begin at the oldest open session, now and then.
    private mutating func trim() {
        if count == 0 {
            base += Int64(places.count)
            places.removeAll(keepingCapacity: true)
            return
        }
        guard places.count > 1_024, let first = places.firstIndex(where: { $0 >= 0 }),
            first > places.count / 2
        else { return }
        places.removeFirst(first)
        base += Int64(first)
    }
}
