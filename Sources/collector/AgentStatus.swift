/// What the table needs of the answer of the agent's status endpoint (`GET /status`). Further keys are ignored.
struct AgentStatus: Decodable, Hashable {
    /// The instances that the agent knows.
    var instances: [Instance]?

    /// An instance, and what it did not publish of it in its newest cycle.
    struct Instance: Decodable, Hashable {
        var uuid: String
        var name: String?
        var project: String?
        var missing: [Missing]?

        /// Why a meter is missing; `nil` if it is not.
        func reason(_ meter: String) -> String? { missing?.first { $0.meter == meter }?.reason }
    }

    /// A meter without a sample.
    struct Missing: Decodable, Hashable {
        var meter: String
        var reason: String
    }
}
