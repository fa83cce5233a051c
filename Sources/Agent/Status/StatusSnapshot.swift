import Compute
import Outbox
import Synchronization
import Telemetry

/// The state that an agent shows, at one moment. The agent publishes it; the status page's thread makes pages of it.
struct StatusSnapshot: Sendable {
    var report: StatusReport
    /// Conditions that hold, by name.
    var conditions: [String: String] = [:]
    /// Tells whether polls are completed; `nil` before the agent polls.
    var polls: PollWatch?
    /// What Nova, Keystone and Glance do not answer, by topic: no fault of the agent's.
    var cloud: [String: String] = [:]
    /// The instances as of the last cycle of each polling task.
    var instances = InstanceList([:])

    init(_ report: StatusReport) {
        self.report = report
    }

    /// The problems at a moment, by the condition's name; empty if all is well. The request asks for them, so a problem
    /// that time alone makes belongs here.
    func problems(at now: ContinuousClock.Instant) -> [String: String] {
        var problems = conditions
        if let problem = polls?.problem { problems[StatusCondition.polling] = problem }
        if let problem = report.configuration?.problem { problems[StatusCondition.reload] = problem }
        return problems
    }

    /// The body of `/status` at a moment, in parts: the instances' part is shared by all answers.
    func json(queues: [QueueSnapshot], at now: ContinuousClock.Instant) -> [[UInt8]] {
        var report = report
        report.problems = problems(at: now)
        report.cloud = cloud
        // The instances go before the brace that ends the report.
        let head = report.json(queues: queues.map(\.json)).dropLast() + Array(#", "instances": "#.utf8)
        return [Array(head), instances.json, Array("}\n".utf8)]
    }
}

/// The last state that an agent published, for any thread. The lock is held for a few assignments only.
final class PublishedStatus: Sendable {
    private let snapshot: Mutex<StatusSnapshot>

    init(_ report: StatusReport) {
        snapshot = Mutex(StatusSnapshot(report))
    }

    /// The last state.
    var current: StatusSnapshot { snapshot.withLock { $0 } }

    func change(_ body: (inout StatusSnapshot) -> Void) {
        // The old state can be large, so it is released outside of the lock.
        let old = snapshot.withLock { snapshot in
            let old = snapshot
            body(&snapshot)
            return old
        }
        _ = consume old
    }
}

/// The instances as of the last cycle of each polling task, and their JSON. The first request makes the JSON, for all
/// clients; it lives as long as the list. For 5,000 instances it takes about 10 MB.
final class InstanceList: Sendable {
    private let byTask: [Int: [InstanceReport]]
    private let encoded = Mutex<[UInt8]?>(nil)

    init(_ byTask: [Int: [InstanceReport]]) {
        self.byTask = byTask
    }

    /// A JSON array of all instances.
    var json: [UInt8] {
        encoded.withLock { encoded in
            if let encoded { return encoded }
            var writer = JSONWriter()
            writer.list(merged()) { writer, instance in writer.instance(instance) }
            encoded = writer.bytes
            return writer.bytes
        }
    }

    /// Every task sees the same instances; their reports are merged.
    private func merged() -> [InstanceReport] {
        guard byTask.count != 1 else { return byTask.values.first ?? [] }
        var order: [String] = []
        var byUUID: [String: InstanceReport] = [:]
        for (_, reports) in byTask.sorted(by: { $0.key < $1.key }) {
            for report in reports {
                if let first = byUUID[report.uuid] {
                    byUUID[report.uuid] = first.adding(report)
                } else {
                    order.append(report.uuid)
                    byUUID[report.uuid] = report
                }
            }
        }
        return order.compactMap { byUUID[$0] }
    }
}

/// Without `MetadataValue`, which takes a second for thousands of instances.
extension JSONWriter {
    fileprivate mutating func list<Element>(_ elements: [Element], _ write: (inout JSONWriter, Element) -> Void) {
        raw("[")
        for (index, element) in elements.enumerated() {
            if index > 0 { raw(", ") }
            write(&self, element)
        }
        raw("]")
    }

    fileprivate mutating func instance(_ instance: InstanceReport) {
        raw(#"{"uuid": "#)
        string(instance.uuid)
        raw(#", "name": "#)
        string(instance.name.displayName)
        raw(#", "libvirt_name": "#)
        string(instance.name.libvirtName)
        raw(#", "project_id": "#)
        string(instance.projectID)
        raw(#", "samples": "#)
        integer(Int64(instance.samples))
        raw(#", "missing": "#)
        list(instance.missing) { writer, missing in
            writer.raw(#"{"meter": "#)
            writer.string(missing.meter)
            writer.raw(#", "device": "#)
            writer.string(missing.device)
            writer.raw(#", "reason": "#)
            writer.string(instance.explanation(of: missing))
            writer.raw("}")
        }
        raw("}")
    }
}
