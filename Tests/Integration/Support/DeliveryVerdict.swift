/// What became of the samples of one queue, compared with all that were handed over.
struct DeliveryVerdict {
    /// Samples that were expected and never taken.
    let lost: Set<String>
    /// Samples that were taken and that nobody expected.
    let unexpected: Set<String>
    /// How many samples were taken more often than once, each time counted.
    let doubled: Int
    /// How many samples were taken by requests whose answer told nothing: these have to come again.
    let unheard: Int
    /// Whether the samples were first taken in the order in which they were expected.
    let isInOrder: Bool

    /// Compares the ids of all samples that were handed over, in order, with what a collector took.
    init(expected: [String], taken: [ReceivedPayload]) {
        var seen: Set<String> = []
        var first: [String] = []
        var count = 0
        for sample in taken.lazy.flatMap(\.samples) {
            count += 1
            if seen.insert(sample.id).inserted { first.append(sample.id) }
        }
        let wanted = Set(expected)
        lost = wanted.subtracting(seen)
        unexpected = seen.subtracting(wanted)
        doubled = count - seen.count
        unheard = taken.filter { $0.fate == .takenUnheard }.reduce(0) { $0 + $1.samples.count }
        isInOrder = first == expected.filter(seen.contains)
    }
}
