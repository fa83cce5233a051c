/// A piece of the agent's work that can be repeated: what the benchmarks time and `instructions.sh` counts.
public struct Scenario: Sendable {
    /// One repetition. Gives how many bytes it made; 0 where it makes none.
    public typealias Repetition = @Sendable () async throws -> Int

    /// Its name, such as `json`.
    public let name: String
    /// How many things one repetition deals with.
    public let count: Int
    /// What they are, such as `sample`.
    public let unit: String
    /// Makes everything that a repetition needs and that is not to be measured.
    public let prepare: @Sendable () async throws -> Repetition
}
