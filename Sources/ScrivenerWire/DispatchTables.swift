// What the items of a dispatch share stands once: task types and the results of dependencies. A
// result that feeds a hundred tasks of a batch crosses the wire once, and is one buffer on the
// worker.

import ScrivenerModel

/// Gives each task type a number.
struct TypeTableBuilder {
    private(set) var types: [String] = []
    private var places: [String: Int32] = [:]

    mutating func place(of type: String) -> Int32 {
        // Neighbours mostly have the same type: no hashing then.
        if let last = types.last, last == type { return Int32(clamping: types.count - 1) }
        if let place = places[type] { return place }
        let place = Int32(clamping: types.count)
        types.append(type)
        places[type] = place
        return place
    }
}

/// Gives each input a number; equal inputs get the same.
struct InputTableBuilder {
    private(set) var inputs: [DispatchInput] = []
    /// The last input of each task. Task ids are unique only within a session, so what is found
    /// here is compared before it is taken.
    private var places: [String: Int] = [:]

    mutating func place(of input: DispatchInput) -> Int32 {
        if let place = places[input.taskID], inputs[place] == input {
            return Int32(clamping: place)
        }
        places[input.taskID] = inputs.count
        inputs.append(input)
        return Int32(clamping: inputs.count - 1)
    }
}

/// Looks places of a table up, trusting none.
struct Table<Row> {
    private let rows: [Row]

    init(_ rows: [Row]) { self.rows = rows }

    func row(_ place: Int32, _ field: WireField) throws(WireError) -> Row {
        guard place >= 0, Int(place) < rows.count else {
            throw .indexOutsideTable(field: field.text, count: rows.count, actual: Int(place))
        }
        return rows[Int(place)]
    }
}
