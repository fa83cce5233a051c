/// What a soak came to: a table, and what is not as it must be.
struct SoakReport {
    private(set) var lines: [String] = []
    private(set) var problems: [String] = []

    /// Memory and disk may grow by this factor and this much from the middle third of a life to its last.
    private static let factor = 1.15
    private static let slack = 4096.0
    /// A shorter life shows nothing of growth, in seconds.
    private static let shortestLife = 90.0
    /// How many more threads and files an idle agent may have at the end than at the beginning: a second connection to
    /// libvirtd that is kept after a guest hung is a socket and an eventfd, and libdispatch keeps threads of a pool that has
    /// a bound.
    private static let idleSlack = 4

    var table: String { lines.joined(separator: "\n") }

    init(_ soak: Soak) async throws {
        let lives = await soak.agent.lives
        let ends = await soak.agent.ownEnds
        let breaks = await lives.count - 1 + soak.agent.reloads
        lines.append(
            "SOAK seed \(soak.seed): \(lives.count) lives of the agent, \(breaks) ends and reloads, of which by itself: "
                + "\(ends)")
        try deliveries(soak, breaks: breaks)
        growth(lives)
        idle(lives)
    }

    private mutating func deliveries(_ soak: Soak, breaks: Int) throws {
        let all = [soak.witness] + soak.collectors
        var seen: Set<String> = []
        var order: [String] = []
        for sample in soak.witness.taken.lazy.flatMap(\.samples) where seen.insert(sample.id).inserted {
            order.append(sample.id)
        }
        // What anybody has seen must be everywhere.
        let expected = all.reduce(into: try WitnessFile(soak.folder.path("witness")).ids) { ids, collector in
            ids.formUnion(collector.takenIDs)
        }
        lines.append("queue      requests   samples  lost  doubled  of these not answered")
        for (index, collector) in all.enumerated() {
            let name = index == 0 ? "witness" : "queue \(index - 1)"
            let verdict = DeliveryVerdict(expected: order, taken: collector.taken)
            let lost = expected.subtracting(collector.takenIDs).count
            lines.append(
                row(
                    [
                        name, "\(collector.requests.count)", "\(expected.count)", "\(lost)", "\(verdict.doubled)",
                        "\(verdict.unheard)",
                    ], [8, 10, 9, 5, 8, 22]))
            if lost > 0 { problems.append("\(name) lost \(lost) samples") }
            if !verdict.isInOrder { problems.append("\(name) is out of order") }
            // What an agent has not heard of, as its answer was lost, comes again; of what it has heard only what was under
            // way when it ended.
            let largest = collector.taken.map(\.samples.count).max() ?? 0
            if verdict.doubled - verdict.unheard > breaks * largest {
                problems.append("\(name) got \(verdict.doubled - verdict.unheard) samples again that it had answered")
            }
            if collector.malformed > 0 { problems.append("\(name) got bodies that are no samples") }
            if index == 0 {
                let retraces = Retraces(of: collector.taken, starts: [])
                if retraces.doubled > breaks { problems.append("the witness got \(retraces.doubled) payloads again") }
                // A cycle a second, but for libvirtd's absences.
                let seconds = (ContinuousClock.now - soak.start) / .seconds(1)
                if Double(collector.taken.count) < seconds / 2 { problems.append("the witness missed most cycles") }
            }
        }
    }

    private mutating func growth(_ lives: [SupervisedAgent.Life]) {
        lines.append(
            "life   seconds   memory KiB: middle, last third   disk KiB: middle, last third   most threads, files")
        for (index, life) in lives.enumerated() {
            let all = life.footprints
            guard let last = all.last else { continue }
            let seconds = (last.at - life.start) / .seconds(1)
            let middle = all[(all.count / 3)..<(all.count * 2 / 3)]
            let end = all[(all.count * 2 / 3)...]
            let memory = (median(middle.map(\.memory)), median(end.map(\.memory)))
            let disk = (median(middle.map(\.disk)), median(end.map(\.disk)))
            lines.append(
                row(
                    [
                        "\(index)", "\(Int(seconds))", "\(memory.0)", "\(memory.1)", "\(disk.0)", "\(disk.1)",
                        "\(all.map(\.threads).max() ?? 0)", "\(all.map(\.files).max() ?? 0)",
                    ], [4, 9, 19, 13, 18, 13, 14, 8]))
            guard seconds >= Self.shortestLife else { continue }
            for (name, (before, after)) in [("memory", memory), ("disk", disk)]
            where Double(after) > Double(before) * Self.factor + Self.slack {
                problems.append("life \(index): \(name) grew from \(before) to \(after) KiB")
            }
        }
    }

    private mutating func idle(_ lives: [SupervisedAgent.Life]) {
        guard let first = lives.first, let last = lives.last, let end = last.footprints.last?.at else {
            return problems.append("the agent was never seen")
        }
        // The least, as a poll may be under way; and not before the agent has started everything that it needs.
        let before = first.footprints.filter { $0.at - first.start > .seconds(8) && $0.at - first.start < Soak.quiet }
        let after = last.footprints.filter { end - $0.at < Soak.quiet }
        for (name, value) in [("threads", \Footprint.threads), ("files", \Footprint.files)] {
            let (least, now) = (
                before.map { $0[keyPath: value] }.min() ?? 0, after.map { $0[keyPath: value] }.min() ?? 0
            )
            lines.append("\(name) when idle: \(least) at first, \(now) at last")
            if now > least + Self.idleSlack { problems.append("\(name) when idle: \(least), later \(now)") }
        }
        if let least = before.min(by: { $0.files < $1.files }), let now = after.min(by: { $0.files < $1.files }) {
            // A number alone does not tell a connection that is kept from a descriptor that is lost.
            let changed = Set(least.kinds.keys).union(now.kinds.keys).sorted().compactMap { kind -> String? in
                let (was, later) = (least.kinds[kind] ?? 0, now.kinds[kind] ?? 0)
                return was == later ? nil : "\(kind) \(was) to \(later)"
            }
            lines.append("open files that changed: \(changed.isEmpty ? "none" : changed.joined(separator: ", "))")
        }
        let memory = (median(before.map(\.memory)), median(after.map(\.memory)))
        lines.append("memory when idle: \(memory.0) KiB at first, \(memory.1) KiB at last")
    }

    private func median(_ values: [Int]) -> Int {
        values.isEmpty ? 0 : values.sorted()[values.count / 2]
    }

    /// Right-aligned columns; the first is left-aligned.
    private func row(_ cells: [String], _ widths: [Int]) -> String {
        zip(cells, widths).enumerated().map { index, cell in
            let pad = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
            return index == 0 ? cell.0 + pad : pad + cell.0
        }.joined(separator: " ")
    }
}
