/// Where a collector got a payload again, compared with what is allowed: the payload that was under way at a death comes
/// again, first thing and with the same bytes. All others come once, oldest first.
struct Retraces {
    /// How many payloads came again.
    private(set) var doubled = 0
    /// What is not allowed.
    private(set) var faults: [String] = []

    /// Goes through what a collector took in the lives of an agent, which began at `starts`.
    init(of taken: [ReceivedPayload], starts: [ContinuousClock.Instant]) {
        var seen: Set<String> = []
        var newest = ""
        var last: ReceivedPayload?
        for (number, payload) in taken.enumerated() {
            let again = payload.samples.count { seen.contains($0.id) }
            if again > 0 {
                doubled += 1
                if again < payload.samples.count { faults.append("payload \(number) is old in part") }
                if payload.fingerprint != last?.fingerprint { faults.append("payload \(number) is not the last one") }
                if let last, !starts.contains(where: { $0 > last.arrived && $0 < payload.arrived }) {
                    faults.append("payload \(number) came again without a death")
                }
            } else {
                let times = payload.samples.map(\.timestamp)
                if times.contains(where: { $0 < newest }) { faults.append("payload \(number) is late") }
                newest = max(newest, times.max() ?? "")
            }
            seen.formUnion(payload.samples.map(\.id))
            last = payload
        }
    }
}
