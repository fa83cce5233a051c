import Telemetry

/// What the collector knows: the table, and what the agent said last of itself.
actor Collector {
    private var table = InstanceTable()
    private var bodies = 0
    private var status: AgentStatus?

    /// Takes over the samples of a body.
    func take(_ samples: [ReceivedSample]) {
        bodies += 1
        for sample in samples { table.record(sample) }
    }

    /// Takes over what the agent says of itself; `nil` if it could not be asked.
    func take(_ status: AgentStatus?) {
        self.status = status
    }

    /// How many bodies and samples were received.
    var received: (bodies: Int, samples: Int) { (bodies, table.samples) }

    /// The rows at a moment.
    func rows(at now: Timestamp) -> [InstanceRow] { table.rows(status: status, at: now) }
}
