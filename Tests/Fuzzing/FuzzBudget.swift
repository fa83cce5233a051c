import Foundation

/// How long a fuzzer runs, and from which seed.
///
/// Ordinarily a number of tries from one seed, always the same ones. With `AEROSTAT_TEST_FULL` minutes from a seed of
/// chance. `AEROSTAT_FUZZ_SEED` and `AEROSTAT_FUZZ_SECONDS` set both otherwise; `AEROSTAT_FUZZ_INPUT` names a file that
/// is tried alone.
public struct FuzzBudget: Sendable {
    /// The seed that all mutations follow from.
    public var seed: Int
    /// The number of mutated inputs; `nil` if time decides.
    public var tries: Int?
    /// How long, if `tries` does not decide.
    public var seconds: Int
    /// The input that is tried alone.
    public var input: String?

    /// As the environment says: so many tries, or so many minutes.
    public init(tries: Int, minutes: Double) {
        let environment = ProcessInfo.processInfo.environment
        let isFull = environment["AEROSTAT_TEST_FULL"] != nil
        let seconds = environment["AEROSTAT_FUZZ_SECONDS"].flatMap { Int($0) }
        seed = environment["AEROSTAT_FUZZ_SEED"].flatMap { Int($0) } ?? (isFull ? Int.random(in: 0..<1_000_000_000) : 1)
        self.tries = isFull || seconds != nil ? nil : tries
        self.seconds = seconds ?? Int(minutes * 60)
        input = environment["AEROSTAT_FUZZ_INPUT"]
    }
}
