// A recorded workflow: a graph with run times. `Benchmarks/dags` has some, and its README the
// format.

package import ScrivenerModel

/// A graph with run times.
package struct WorkflowGraph: Sendable {
    package struct Task: Sendable {
        package var id: String
        package var type: String
        package var dependencies: [String]
        /// As recorded.
        package var runTime: TimeSpan
    }

    package var name: String
    package var tasks: [Task]

    /// Reads the JSON of `Benchmarks/dags`, also where it is compressed with gzip.
    package init(bytes: [UInt8]) throws(WorkflowError) {
        let json = bytes.starts(with: [0x1F, 0x8B]) ? try Gunzip.decompress(bytes) : bytes
        let document: JSONValue
        do throws(JSONError) {
            var reader = JSONReader(json)
            document = try reader.readDocument()
        } catch {
            throw .notJSON(error)
        }
        guard let tasks = document["tasks"]?.arrayValue else { throw .missing("tasks") }
        name = document["name"]?.stringValue ?? "workflow"
        self.tasks = []
        var known: Set<String> = []
        for task in tasks {
            let read = try Self.task(task)
            for dependency in read.dependencies where !known.contains(dependency) {
                throw .unknownDependency(dependency, of: read.id)
            }
            guard known.insert(read.id).inserted else { throw .repeated(read.id) }
            self.tasks.append(read)
        }
    }

    private static func task(_ value: JSONValue) throws(WorkflowError) -> Task {
        guard let id = value["id"]?.stringValue else { throw .missing("id") }
        guard let type = value["type"]?.stringValue else { throw .missing("type of \(id)") }
        guard let seconds = value["runtime"]?.doubleValue, seconds >= 0 else {
            throw .missing("runtime of \(id)")
        }
        let dependencies = (value["deps"]?.arrayValue ?? []).compactMap(\.stringValue)
        return Task(id: id, type: type, dependencies: dependencies, runTime: .seconds(seconds))
    }
}

/// Why a workflow cannot be read.
package enum WorkflowError: Error, Sendable, Equatable {
    case notGzip(String)
    case notJSON(JSONError)
    case missing(String)
    /// Tasks have to stand after those that they depend on.
    case unknownDependency(String, of: String)
    case repeated(String)
}

extension WorkflowError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notGzip(let reason): "not a gzip file: \(reason)"
        case .notJSON(let error): "\(error.reason.rawValue) at byte \(error.offset)"
        case .missing(let name): "\(name) is missing or of the wrong type"
        case .unknownDependency(let dependency, let task):
            "\(task) depends on \(dependency), which does not stand before it"
        case .repeated(let id): "the id \(id) occurs twice"
        }
    }
}
