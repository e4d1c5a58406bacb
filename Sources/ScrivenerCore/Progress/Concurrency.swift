// How many of some intervals overlap at each moment: one sweep over their ends, and then every
// question is a look-up.

/// The number of open intervals as a function of time.
struct Concurrency {
    /// Moments at which the number changes, in order.
    private var times: [Double] = []
    /// The number from each of these moments to the next.
    private var levels: [Int] = []
    /// The largest number; 1 at least if there is an interval, however short.
    private(set) var peak = 0

    init(_ intervals: some Sequence<(began: Double, ended: Double)>) {
        var begins: [Double] = []
        var ends: [Double] = []
        for interval in intervals {
            begins.append(interval.began)
            ends.append(max(interval.began, interval.ended))
        }
        begins.sort()
        ends.sort()
        peak = begins.isEmpty ? 0 : 1
        var (opened, closed) = (0, 0)
        while closed < ends.count {
            let time = opened < begins.count ? min(begins[opened], ends[closed]) : ends[closed]
            while opened < begins.count, begins[opened] == time { opened += 1 }
            while closed < ends.count, ends[closed] == time { closed += 1 }
            times.append(time)
            levels.append(opened - closed)
            peak = max(peak, opened - closed)
        }
    }

    /// How long at least `level` intervals were open, all told.
    func seconds(atLeast level: Int) -> Double { Saturation(self, level).total }

    /// How long at least so many intervals were open, up to any moment.
    struct Saturation {
        private let times: [Double]
        private var sums: [Double] = []
        private let isFull: [Bool]

        init(_ concurrency: Concurrency, _ level: Int) {
            times = concurrency.times
            isFull = concurrency.levels.map { $0 >= level }
            var sum = 0.0
            for index in times.indices {
                if index > 0, isFull[index - 1] { sum += times[index] - times[index - 1] }
                sums.append(sum)
            }
        }

        var total: Double { sums.last ?? 0 }

        func seconds(until time: Double) -> Double {
            var (low, high) = (0, times.count)
            while low < high {
                let middle = (low + high) / 2
                if times[middle] <= time { low = middle + 1 } else { high = middle }
            }
            guard low > 0 else { return 0 }
            return sums[low - 1] + (isFull[low - 1] ? max(0, time - times[low - 1]) : 0)
        }

        func seconds(from begin: Double, until end: Double) -> Double {
            max(0, seconds(until: end) - seconds(until: begin))
        }
    }
}
