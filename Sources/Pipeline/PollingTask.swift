/// What is polled together: all meters that the sources of one interval select.
public struct PollingTask: Sendable, Hashable {
    /// Seconds between polls.
    public let interval: Int
    /// The sources' names, in their order.
    public let sources: [String]
    /// The meters, each once, in the order of the sources and, within one, of the known meters.
    public let meters: [String]

    /// One task for each distinct interval, in the order of the sources. A source that matches no known meter makes no
    /// task (ceilometer.polling.manager, `AgentManager.setup_polling_tasks`).
    public static func plan(_ definition: PollingDefinition, knownMeters: PollableMeters) -> [PollingTask] {
        var tasks: [PollingTask] = []
        for source in definition.sources {
            let meters = knownMeters.selected(by: source.meters)
            guard !meters.isEmpty else { continue }
            if let index = tasks.firstIndex(where: { $0.interval == source.interval }) {
                let known = Set(tasks[index].meters)
                tasks[index] = PollingTask(
                    interval: source.interval, sources: tasks[index].sources + [source.name],
                    meters: tasks[index].meters + meters.filter { !known.contains($0) })
            } else {
                tasks.append(PollingTask(interval: source.interval, sources: [source.name], meters: meters))
            }
        }
        return tasks
    }
}
