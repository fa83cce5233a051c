import Keystone

/// Something that holds or no longer holds between the agent and the cloud.
public struct CloudCondition: Sendable, Hashable {
    /// What it is about: a condition of its own each.
    public let topic: String
    /// What is wrong and what to do, in one line; `nil`: it is over, or never was.
    public let problem: String?

    init(_ condition: ServiceCondition) {
        topic = condition.topic.rawValue
        problem = condition.problem
    }
}
